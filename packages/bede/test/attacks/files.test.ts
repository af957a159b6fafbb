import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { signedUrl } from '../../src/engine/files/signed.ts'
import { policyMatrix } from '../../src/practice/policies/matrix.ts'
import { png } from '../support/samples.ts'
import { studioOnBothStores, test } from './support/studio-siege.ts'

/** Section H of the attack classes: files that strangers send, and what they are given back. */

const image = (extra = 0): Buffer => Buffer.concat([png(10, 10), Buffer.alloc(extra, 7)])
const nowhere = '0190a1b2-c3d4-7e5f-8a9b-00000000dead'

await studioOnBothStores('files', (siege) => {
  test('a file comes back as it went in, whole and in parts, and is said in the row', async () => {
    const { make, send, bytes, ask, stored, until } = siege()
    const id = await make('ada', '/pictures', { title: 'one' })
    const file = image(5_000)
    const put = await send('ada', `/pictures/${id}/image?name=${encodeURIComponent('Sommer/..\\härlich".png')}`, file)
    assert.equal(put.status, 200, put.text)
    const { id: fileId, sha256, ...said } = put.json
    assert.deepEqual(said, { name: 'härlich_.png', type: 'image/png', size: file.length, width: 10, height: 10 })
    assert.deepEqual((await ask('GET', `/pictures/${id}`, { as: 'ada' })).json.image, put.json)
    const got = await bytes(`/pictures/${id}/image`, { as: 'ada' })
    assert.ok(got.body.equals(file))
    assert.equal(got.headers.get('content-type'), 'image/png')
    assert.equal(got.headers.get('content-length'), String(file.length))
    assert.match(
      got.headers.get('content-disposition') ?? '',
      /^inline; filename="h_rlich_\.png"; filename\*=UTF-8''h%C3%A4rlich_\.png$/,
    )
    const etag = got.headers.get('etag') ?? ''
    const known = await bytes(`/pictures/${id}/image`, { as: 'ada', headers: { 'If-None-Match': etag } })
    assert.deepEqual([known.status, known.body.length], [304, 0])
    for (const [range, from, to] of [
      ['bytes=0-9', 0, 9],
      ['bytes=5000-', 5000, file.length - 1],
      ['bytes=-4', file.length - 4, file.length - 1],
    ] as const) {
      const part = await bytes(`/pictures/${id}/image`, { as: 'ada', headers: { Range: range, 'If-Range': etag } })
      assert.equal(part.status, 206)
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${to}/${file.length}`)
      assert.ok(part.body.equals(file.subarray(from, to + 1)))
    }
    const outside = await bytes(`/pictures/${id}/image`, { as: 'ada', headers: { Range: 'bytes=99999-' } })
    assert.deepEqual([outside.status, outside.headers.get('content-range')], [416, `bytes */${file.length}`])
    const other = await bytes(`/pictures/${id}/image`, {
      as: 'ada',
      headers: { Range: 'bytes=0-9', 'If-Range': '"x"' },
    })
    assert.equal(other.status, 200)
    const head = await ask('HEAD', `/pictures/${id}/image`, { as: 'ada' })
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(file.length)])

    // Another takes its place, and the first goes.
    const again = await send('ada', `/pictures/${id}/image`, image(1))
    assert.equal(again.status, 200)
    await until(async () => !(await stored()).some((path) => path.includes(fileId)))
    assert.equal((await ask('DELETE', `/pictures/${id}/image`, { as: 'ada' })).status, 204)
    assert.equal((await ask('GET', `/pictures/${id}/image`, { as: 'ada' })).status, 404)
    assert.equal((await ask('DELETE', `/pictures/${id}/image`, { as: 'ada' })).status, 204)
    await until(async () => (await stored()).length === 0)
  })

  test('class 19: who may not write a file is refused before a byte of it is read, and nothing has changed', async () => {
    const { make, send, unstored, port, tokens } = siege()
    const draft = await make('ada', '/pictures', { title: 'draft' })
    await send('ada', `/pictures/${draft}/image`, image())
    const tries = [
      [404, 'bob', `/pictures/${draft}/image`],
      [404, 'ada', `/pictures/${nowhere}/image`],
      [401, undefined, `/pictures/${draft}/image`],
      [403, 'ada', `/pictures/${draft}/proof`],
      [404, 'bob', `/pictures/${draft}/proof`],
    ] as const
    for (const [status, as, path] of tries) await unstored(status, () => send(as, path, image(), 'image/png'))
    // The answer comes while not one byte of the body has been sent.
    for (const [status, as, path] of tries) {
      const credential = as === undefined ? '' : `Authorization: Bearer ${tokens[as]}\r\n`
      const answer = await firstLine(
        port,
        `PUT ${path} HTTP/1.1\r\nHost: x\r\n${credential}Content-Length: 10000000\r\nContent-Type: image/png\r\n\r\n`,
      )
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    }
  })

  test('class 19: who may see a row and not change it sends no file to it, and reads none that its rule hides', async () => {
    const { make, send, ask, unstored } = siege()
    const shown = await make('ada', '/pictures', { title: 'shown' })
    assert.equal((await send('ada', `/pictures/${shown}/image`, image())).status, 200)
    assert.equal((await ask('PATCH', `/pictures/${shown}`, { as: 'ada', json: { state: 'shown' } })).status, 200)
    assert.equal((await ask('GET', `/pictures/${shown}/image`, { as: 'bob' })).status, 200)
    await unstored(403, () => send('bob', `/pictures/${shown}/image`, image()))
    await unstored(403, () => ask('DELETE', `/pictures/${shown}/image`, { as: 'bob' }))
    // The rule about the row as it will be holds here, too.
    await unstored(403, () => ask('DELETE', `/pictures/${shown}/image`, { as: 'ada' }))
    assert.equal((await send('eve', `/pictures/${shown}/proof`, 'a proof')).status, 200)
    assert.equal((await ask('GET', `/pictures/${shown}/proof`, { as: 'eve' })).text, 'a proof')
    for (const as of ['ada', 'bob', undefined] as const)
      assert.equal((await ask('GET', `/pictures/${shown}/proof`, { as })).status, 404)
  })

  test('class 111: no name that is sent leaves its place, or names one', async () => {
    const { make, send, stored, ask } = siege()
    const id = await make('ada', '/pictures', { title: 'names' })
    const names = ['../../../etc/passwd', '..%2f..%2fx', '/etc/passwd', 'C:\\x', '....//x', '.', '..', 'a\u202egnp.exe']
    for (const name of names) {
      const put = await send('ada', `/pictures/${id}/image?name=${encodeURIComponent(name)}`, image())
      assert.equal(put.status, 200, put.text)
      assert.ok(!/[/\\\u202e]|^\.+$/.test(put.json.name ?? 'none'), put.text)
      const got = await ask('GET', `/pictures/${id}/image`, { as: 'ada' })
      assert.doesNotMatch(got.headers.get('content-disposition') ?? '', /\.\.\/|%2F|%5C|\u202e/)
    }
    for (const path of await stored())
      assert.match(path, /^(?:unsettled\/|\.incoming\/|[0-9a-f]{6}\/[0-9a-f]{2}\/)[0-9a-f-]{36}$/)
    const put = await send('ada', `/pictures/${id}/image?name=a%00b`, image())
    assert.equal(put.status, 400)
  })

  test('class 59: no path is a file, however its separators are written', async () => {
    const { make, send, ask, raw, tokens, stored } = siege()
    const id = await make('ada', '/pictures', { title: 'paths' })
    await send('ada', `/pictures/${id}/image`, image())
    const [path = ''] = (await stored()).filter((one) => !one.startsWith('unsettled'))
    for (const asked of [
      `/${path}`,
      `/pictures/${id}/image/${path}`,
      `/pictures/..%2f..%2f${encodeURIComponent(path)}/image`,
      `/pictures/${id}/image%2f..%2f..%2f`,
      `/pictures/${id}%2fimage`,
      `/pictures//${id}/image`,
      `/pictures/${id}/image%5c..%5c`,
      `/signed-files/${path}`,
      `/signed-files/..%2f..%2fpackage.json`,
      `/signed-files/%2e%2e%2f%2e%2e%2fetc%2fpasswd`,
    ]) {
      const answer = await ask('GET', asked, { as: 'ada' })
      assert.ok([400, 404, 422].includes(answer.status), `${asked} ${answer.status}`)
      const told = await raw(
        `GET ${asked} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.ada}\r\nConnection: close\r\n\r\n`,
      )
      assert.match(told, /^HTTP\/1.1 4(?:00|04|22) /, asked)
    }
  })

  test('class 112: JSON is never taken for an upload, whatever it pretends', async () => {
    const { make, send, ask, refused, everything } = siege()
    const id = await make('ada', '/pictures', { title: 'json' })
    const theirs = await make('bob', '/pictures', { title: 'bobs' })
    const kept = (await send('bob', `/pictures/${theirs}/image`, image())).json
    const forged = { ...kept, filepath: '/etc/passwd', path: '/etc/passwd' }
    for (const image of [kept, forged, kept.id, { id: kept.id }, null]) {
      await refused(400, 'PATCH', `/pictures/${id}`, { as: 'ada', json: { image } })
      await refused(400, 'POST', '/pictures', { as: 'ada', json: { title: 'x', image } })
      await refused(400, 'POST', '/pictures/batch', { as: 'ada', json: { items: [{ title: 'x', image }] } })
      for (const input of [{ id, file: image }, { id, image }, { id, content: image }, { id }])
        await refused(400, 'POST', '/batch', {
          as: 'ada',
          json: { operations: [{ operation: 'picture.putImage', input }] },
        })
    }
    const before = await everything()
    const sent = await ask('PUT', `/pictures/${id}/image`, { as: 'ada', json: forged })
    assert.equal(sent.status, 415, sent.text)
    assert.ok((await everything()) === before)
    await refused(400, 'PUT', `/pictures/${id}/image`, { as: 'ada' })
  })

  test('class 115: what a file is stands in its bytes; what a browser could run is saved, in a sandbox', async () => {
    const { make, send, ask, unstored } = siege()
    const id = await make('ada', '/pictures', { title: 'types' })
    const page = '<!doctype html><script>alert(1)</script>'
    const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    await unstored(415, () => send('ada', `/pictures/${id}/image?name=a.png`, page, 'image/png'))
    const put = await send('ada', `/pictures/${id}/image?name=a.png`, drawing, 'image/png')
    assert.equal(put.json.type, 'image/svg+xml')
    const runs = [['image', 'image/svg+xml', drawing]] as const
    for (const [field, type] of runs) {
      const got = await ask('GET', `/pictures/${id}/${field}`, { as: 'ada' })
      assert.equal(got.headers.get('content-type'), type)
      assert.match(got.headers.get('content-disposition') ?? '', /^attachment/)
      assert.equal(got.headers.get('x-content-type-options'), 'nosniff')
      assert.match(got.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox(?!\s+allow)/)
    }
    for (const [body, said] of [
      [page, 'text/html'],
      [page, 'image/png'],
      ['%PDF-1.7 <script>', 'text/html'],
      ['\0\x01 <html>', 'text/html'],
      ['just words', 'text/html'],
    ] as const) {
      assert.equal((await send('eve', `/pictures/${id}/proof?name=x.html`, body, said)).status, 200)
      const got = await ask('GET', `/pictures/${id}/proof`, { as: 'eve' })
      assert.match(got.headers.get('content-disposition') ?? '', /^attachment/, body)
      assert.equal(got.headers.get('content-type')?.includes('html'), body === page, body)
      assert.match(got.headers.get('content-security-policy') ?? '', /sandbox/)
    }
  })

  test('class 116: a small file that would be a giant picture is refused by its header', async () => {
    const { make, send, unstored } = siege()
    const id = await make('ada', '/pictures', { title: 'bombs' })
    for (const bomb of [png(1001, 1000), png(65_000, 65_000), png(0xffff_ffff, 0xffff_ffff), png(0, 1)])
      await unstored(422, () => send('ada', `/pictures/${id}/image`, bomb))
    assert.equal((await send('ada', `/pictures/${id}/image`, png(1000, 1000))).status, 200)
  })

  test('class 125: a file is put or taken away only where it is still the one that the sender has seen', async () => {
    const { make, send, ask, unstored, bytes, port, tokens } = siege()
    const id = await make('ada', '/pictures', { title: 'seen' })
    const path = `/pictures/${id}/image`
    const put = await send('ada', path, image(1))
    const first = put.headers.get('etag') ?? ''
    assert.match(first, /^"[0-9a-f]{32}"$/)
    assert.equal((await ask('HEAD', path, { as: 'ada' })).headers.get('etag'), first)
    const match = (tag: string, file = image(2)): ReturnType<typeof ask> =>
      ask('PUT', path, { as: 'ada', body: new Uint8Array(file), headers: { 'If-Match': tag } })
    for (const wrong of ['"00000000000000000000000000000000"', `W/${first}`, '"x"'])
      await unstored(412, () => match(wrong))
    await unstored(400, () => match('*'))
    await unstored(400, () => match('x'))
    await unstored(412, () =>
      ask('DELETE', path, { as: 'ada', headers: { 'If-Match': '"00000000000000000000000000000000"' } }),
    )
    // Refused before a byte is read.
    const early = await firstLine(
      port,
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.ada}\r\nIf-Match: "00000000000000000000000000000000"\r\nContent-Length: 5000\r\n\r\n`,
    )
    assert.match(early, /^HTTP\/1.1 412 /)
    const sent = await Promise.all(Array.from({ length: 6 }, (_, n) => match(first, image(10 + n))))
    const codes = sent.map(({ status }) => status).sort()
    assert.deepEqual(codes, [200, 412, 412, 412, 412, 412])
    const good = sent.find(({ status }) => status === 200)
    const now = await bytes(path, { as: 'ada' })
    assert.equal(now.headers.get('etag'), good?.headers.get('etag'))
    assert.equal(now.body.length, good?.json.size)
    await unstored(412, () => ask('DELETE', path, { as: 'ada', headers: { 'If-Match': first } }))
    const current = now.headers.get('etag') ?? ''
    assert.equal((await ask('DELETE', path, { as: 'ada', headers: { 'If-Match': current } })).status, 204)
    await unstored(412, () => match(current))
  })

  test('class 117: uploads that are too large, wrong or broken off leave nothing', async () => {
    const { make, send, unstored, until, port, tokens, everything, stored, crowd } = siege()
    const id = await make('ada', '/pictures', { title: 'broken' })
    await unstored(413, () => send('ada', `/pictures/${id}/image`, image(30_000)))
    await unstored(415, () => send('ada', `/pictures/${id}/image`, 'GIF89a'))
    const before = [await everything(), await stored()]
    const head = `PUT /pictures/${id}/proof HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.eve}\r\n`
    const body = 'x'.repeat(20_000)
    for (let i = 0; i < 4; i++) {
      await Promise.all(
        Array.from({ length: crowd }, async (_, n) => {
          const framing =
            n % 2 ? `Content-Length: 100000\r\n\r\n${body}` : `Transfer-Encoding: chunked\r\n\r\n4e20\r\n${body}\r\n`
          await breakOff(port, `${head}${framing}`)
        }),
      )
    }
    // What was broken off is cleared away after its connection is gone, and some of it may not have begun by now.
    await until(async () => isDeepStrictEqual([await everything(), await stored()], before), 30)
  })

  test('class 33: the file of another tenant is not there, by any id of it', async () => {
    const { make, send, ask, unstored } = siege()
    const organizationOf = { ada: 'ours', bob: 'theirs' } as const
    const ids = { ada: '', bob: '' }
    for (const name of ['ada', 'bob'] as const) {
      ids[name] = await make(name, '/papers', { title: organizationOf[name] })
      assert.equal((await send(name, `/papers/${ids[name]}/scan`, `of ${name}`, 'text/plain')).status, 200)
    }
    assert.equal((await ask('GET', `/papers/${ids.ada}/scan`, { as: 'ada' })).text, 'of ada')
    await unstored(404, () => ask('GET', `/papers/${ids.bob}/scan`, { as: 'ada' }))
    await unstored(404, () => send('ada', `/papers/${ids.bob}/scan`, 'mine now', 'text/plain'))
    await unstored(404, () => ask('DELETE', `/papers/${ids.bob}/scan`, { as: 'ada' }))
    assert.equal((await ask('GET', `/papers/${ids.bob}/scan`, { as: 'bob' })).text, 'of bob')
  })

  test('a file stays with a row that is deleted and kept, and goes when the row does', async () => {
    const { make, send, ask, backend, stored } = siege()
    const id = await make('ada', '/papers', { title: 'kept' })
    const { json: file } = await send('ada', `/papers/${id}/scan`, 'a,b\n1,2\n', 'text/csv')
    assert.equal(file.type, 'text/csv')
    const isThere = async () => (await stored()).some((path) => path.endsWith(file.id))
    assert.equal((await ask('DELETE', `/papers/${id}`, { as: 'ada' })).status, 204)
    assert.equal((await ask('GET', `/papers/${id}/scan`, { as: 'ada' })).status, 404)
    const { files } = backend
    assert.ok(files)
    await files.sweep(backend.connection, new Date())
    assert.ok(await isThere())
    assert.equal((await ask('POST', `/papers/${id}/restore`, { as: 'ada' })).status, 200)
    assert.equal((await ask('GET', `/papers/${id}/scan`, { as: 'ada' })).text, 'a,b\n1,2\n')
    const history = (await ask('GET', `/papers/${id}/history`, { as: 'ada' })).json.items
    assert.ok(history.some(({ after }: { after: { scan?: unknown } }) => after?.scan))
    assert.equal((await ask('DELETE', `/papers/${id}`, { as: 'ada' })).status, 204)
    assert.equal((await ask('POST', `/papers/${id}/purge`, { as: 'ada' })).status, 204)
    await files.sweep(backend.connection, new Date())
    assert.ok(!(await isThere()))
  })

  test('what a process that died has left is swept after a day, and nothing else', async () => {
    const { make, send, ask, backend, stored } = siege()
    const id = await make('ada', '/pictures', { title: 'swept' })
    const { json: file } = await send('ada', `/pictures/${id}/image`, image())
    const { files } = backend
    assert.ok(files)
    const storage = files.storage()
    async function* bytes() {
      yield Buffer.from('x')
    }
    // Between the bytes and the commit, and between the commit and the end.
    const lost = '0190a1b2-c3d4-7e5f-8a9b-0000000000aa'
    for (const key of [`unsettled/${lost}`, `0190a1/aa/${lost}`, `unsettled/${file.id}`])
      await storage.write(key, bytes())
    await files.sweep(backend.connection, new Date())
    assert.ok(!(await stored()).some((path) => path.includes(lost)))
    assert.ok((await stored()).includes(`unsettled/${file.id}`))
    await files.sweep(backend.connection, new Date(Date.now() + 2 * 86_400_000))
    assert.ok(!(await stored()).some((path) => path.startsWith('unsettled')))
    assert.equal((await ask('GET', `/pictures/${id}/image`, { as: 'ada' })).status, 200)
  })

  test('class 34: who has the id of a file has nothing; its owner, its row and the system have it', async () => {
    const { make, send, ask, unstored, until, stored } = siege()
    const { json: kept } = await ask('POST', '/kept', { as: 'ada', json: { words: 'ada keeps this' } })
    assert.equal((await ask('GET', `/kept/${kept.id}`, { as: 'ada' })).text, 'ada keeps this')
    assert.equal((await ask('GET', `/archive/${kept.id}`, { as: 'eve' })).text, 'ada keeps this')
    const scan = await make('bob', '/papers', { title: 'bobs' })
    const theirs = (await send('bob', `/papers/${scan}/scan`, 'bobs words', 'text/plain')).json.id
    const picture = await make('ada', '/pictures', { title: 'mine' })
    for (const [id, as] of [
      [kept.id, 'bob'],
      [kept.id, undefined],
      [theirs, 'ada'],
      [theirs, 'eve'],
      [nowhere, 'ada'],
      ['../../x', 'ada'],
    ] as const) {
      const at = encodeURIComponent(id)
      await unstored(404, () => ask('GET', `/kept/${at}`, { as }))
      if (as === undefined) continue
      await unstored(404, () => ask('DELETE', `/kept/${at}`, { as }))
      await unstored(404, () => ask('POST', `/kept/${at}/links`, { as, json: {} }))
      await unstored(404, () => ask('POST', `/pictures/${picture}/image/from/${at}`, { as, json: {} }))
    }
    // Of a row one sees, the row's own rules.
    assert.equal((await ask('GET', `/kept/${theirs}`, { as: 'bob' })).text, 'bobs words')
    await unstored(422, () => ask('POST', `/pictures/${picture}/image/from/${kept.id}`, { as: 'ada', json: {} }))
    assert.equal((await ask('DELETE', `/kept/${kept.id}`, { as: 'ada' })).status, 204)
    await until(async () => !(await stored()).some((path) => path.includes(kept.id)))
  })

  test("what a handler keeps is kept with its transaction, runs nothing where it is shown, and can become a row's", async () => {
    const { make, ask, unstored, rows } = siege()
    await unstored(409, () => ask('POST', '/kept', { as: 'ada', json: { words: 'no', fail: true } }))
    await unstored(413, () => ask('POST', '/kept', { as: 'ada', json: { words: 'x'.repeat(11_000) } }))
    await unstored(415, () => ask('POST', '/kept', { as: 'ada', json: { words: '<?xml version="1.0"?><a/>' } }))
    const { json: page } = await ask('POST', '/kept', {
      as: 'ada',
      json: { words: '<html><script>1</script>', name: '../x.html' },
    })
    const shown = await ask('GET', `/kept/${page.id}`, { as: 'ada' })
    assert.match(shown.headers.get('content-disposition') ?? '', /^attachment; filename="x.html"/)
    assert.match(shown.headers.get('content-security-policy') ?? '', /sandbox/)
    const drawing = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    const picture = await make('ada', '/pictures', { title: 'given' })
    // What the field does not take is not given to it, whoever kept it.
    await rows(`update bede.file set type = 'image/svg+xml' where id = '${page.id}'`)
    assert.equal(
      (await ask('POST', `/pictures/${picture}/image/from/${page.id}`, { as: 'ada', json: {} })).status,
      204,
      drawing,
    )
    assert.equal((await ask('GET', `/pictures/${picture}`, { as: 'ada' })).json.image.id, page.id)
    await unstored(409, () => ask('POST', `/pictures/${picture}/image/from/${page.id}`, { as: 'ada', json: {} }))
  })

  test('class 118: a signed address is good for one file, for a while, and for nothing that looks like it', async () => {
    const { make, send, ask, unstored, until } = siege()
    const picture = await make('ada', '/pictures', { title: 'signed' })
    const first = (await send('ada', `/pictures/${picture}/image`, image(1))).json
    const linked = await ask('POST', `/kept/${first.id}/links`, { as: 'ada', json: {} })
    assert.equal(linked.status, 200, linked.text)
    const { url } = linked.json
    const got = await ask('GET', url)
    assert.deepEqual([got.status, got.headers.get('etag')], [200, `"${first.sha256.slice(0, 32)}"`])
    const [, token = ''] = url.split('/signed-files/')
    const [id = '', until36 = '', form = '', mac = ''] = token.split('.')
    const second = (
      await send('ada', `/pictures/${await make('ada', '/pictures', { title: 'other' })}/image`, image(2))
    ).json
    const later = (Number.parseInt(until36, 36) + 3600).toString(36)
    // Parts moved, exchanged, left out, or put where another ends.
    for (const forged of [
      [second.id, until36, form, mac],
      [id, later, form, mac],
      [id, until36, 's', mac],
      [id, `0${until36}`, form, mac],
      [id, until36.slice(1), form, mac],
      [id + until36.slice(0, 1), until36.slice(1), form, mac],
      [id.slice(0, -1), id.slice(-1) + until36, form, mac],
      [id, until36 + form, form, mac],
      [id, until36, form, ''],
      [id, until36, form, 'A'.repeat(43)],
      [id, until36, form, `${mac}A`],
      [id.toUpperCase(), until36, form, mac],
      [id, until36, form],
    ])
      await unstored(404, () => ask('GET', `/signed-files/${forged.join('.')}`))
    await unstored(404, () =>
      ask('GET', `/signed-files/${token}%00`).then((a) => ({ ...a, status: a.status === 400 ? 404 : a.status })),
    )
    for (const method of ['PUT', 'DELETE', 'POST']) await unstored(405, () => ask(method, url))
    // A new file in its place, and the address is worth nothing.
    assert.equal((await send('ada', `/pictures/${picture}/image`, image(3))).status, 200)
    await until(async () => (await ask('GET', url)).status === 404)
  })

  test('an address that was signed ends with its time, and goes with the row', async () => {
    const { make, send, ask, backend } = siege()
    const paper = await make('ada', '/papers', { title: 'signed' })
    const file = (await send('ada', `/papers/${paper}/scan`, 'words', 'text/plain')).json
    const { json } = await ask('POST', `/kept/${file.id}/links`, { as: 'ada', json: { for: '1s' } })
    const expired = signedUrl(backend.keys, { id: file.id, until: Math.floor(Date.now() / 1000), saved: false })
    assert.equal((await ask('GET', expired)).status, 404)
    assert.match(json.url, /^\/signed-files\//)
    const good = signedUrl(backend.keys, { id: file.id, until: Math.floor(Date.now() / 1000) + 60, saved: true })
    const got = await ask('GET', good)
    assert.deepEqual([got.status, got.text], [200, 'words'])
    assert.equal((await ask('DELETE', `/papers/${paper}`, { as: 'ada' })).status, 204)
    assert.equal((await ask('GET', good)).status, 404)
  })

  test('who may do what with a file is told as it is', async () => {
    const { ask, backend, make, send } = siege()
    const may = async (as: 'ada' | 'eve') => (await ask('GET', '/me/permissions', { as })).json.operations
    const [ada, eve] = [await may('ada'), await may('eve')]
    assert.deepEqual(
      ['getProof', 'putProof', 'putImage', 'getImage'].map((name) => [ada[`picture.${name}`], eve[`picture.${name}`]]),
      [
        ['depends', 'yes'],
        ['no', 'depends'],
        ['depends', 'depends'],
        ['depends', 'yes'],
      ],
    )
    const rows = policyMatrix(backend.manifest).sections.flatMap(({ operations }) => operations)
    const put = rows.find(({ operation }) => operation === 'picture.putImage')
    assert.equal(put?.cells[0]?.may, 'no')
    const id = await make('ada', '/pictures', { title: 'short' })
    const brief = await ask('PUT', `/pictures/${id}/image`, {
      as: 'ada',
      body: new Uint8Array(image()),
      headers: { Prefer: 'return=minimal' },
    })
    assert.deepEqual([brief.status, brief.text], [204, ''])
    assert.equal((await send('ada', `/pictures/${id}/image`, image())).status, 200)
  })

  test('an account has room for so many files and bytes, however many come at once', async () => {
    const { make, send, ask } = siege()
    const ids = await Promise.all(Array.from({ length: 8 }, (_, n) => make('bob', '/papers', { title: `p${n}` })))
    const big = 'x'.repeat(900_000)
    const sent = await Promise.all(ids.map((id) => send('bob', `/papers/${id}/scan`, big, 'text/plain')))
    const codes = sent.map(({ status }) => status).sort()
    assert.deepEqual([codes.filter((one) => one === 200).length, codes.filter((one) => one === 413).length], [4, 4])
    assert.ok(sent.some(({ json }) => json.code === 'quota-exceeded'))
    for (const id of ids) assert.equal((await ask('DELETE', `/papers/${id}/scan`, { as: 'bob' })).status, 204)
  })
})

/** The first line of the answer to a head whose body never comes. */
const firstLine = (port: number, head: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(head))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString().split('\r\n')[0] ?? '')
    })
    socket.once('error', reject)
  })

const breakOff = (port: number, bytes: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, () => socket.destroy()))
    socket.once('close', () => resolve())
    socket.once('error', () => {})
  })
