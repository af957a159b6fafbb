import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { png } from '../support/samples.ts'
import { studioOnBothStores, test } from './support/studio-siege.ts'
import { tusRequests } from './support/tus-requests.ts'

/** Section H of the attack classes, of files that are sent in parts (tus 1.0.0). */

const image = (extra = 0): Buffer => Buffer.concat([png(10, 10), Buffer.alloc(extra, 7)])
const nowhere = '0190a1b2-c3d4-7e5f-8a9b-00000000dead'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const day = 86_400_000

await studioOnBothStores('resumable uploads', (siege) => {
  /** Waits until nothing is under way, and every part that is there is one that counts. */
  const quiet = async () => {
    const { until, stored, rows, settled } = siege()
    await settled()
    await until(async () => {
      const [[parts] = []] = await rows('select count(*) from bede.upload_part')
      const all = await stored()
      const under = all.filter((one) => /^(?:\.incoming|unsettled)\//.test(one))
      return under.length === 0 && all.filter((one) => one.startsWith('uploads/')).length === Number(parts)
    })
  }
  /** Waits until so many bytes of a part are being written, whatever the place is: they come at the `PATCH` that `does` sends. */
  const taking = async (bytes: number, does: () => void): Promise<void> => {
    const storage = siege().backend.files?.storage()
    assert.ok(storage)
    const { write } = storage
    const { promise, resolve } = Promise.withResolvers<void>()
    storage.write = (key, source, signal) => {
      async function* counted() {
        let taken = 0
        for await (const chunk of source) {
          taken += chunk.length
          yield chunk
          if (taken >= bytes) resolve()
        }
      }
      return write.call(storage, key, key.startsWith('uploads/') ? counted() : source, signal)
    }
    does()
    await promise
    storage.write = write
  }
  test('a file comes in parts and becomes the row’s with its last byte; every answer says which protocol it speaks', async () => {
    const { ask, make, bytes, stored, backend } = siege()
    const { begin, append, head, far } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'parts' })
    const path = `/pictures/${id}/image`
    const file = image(9_000)
    const name = 'Sommer/..\\härlich".png'
    const metadata = `filename ${base64(name)},filetype ${base64('text/html')},relativePath ${base64('null')}`
    const first = await begin('ada', path, file.length, { 'Upload-Metadata': metadata })
    assert.deepEqual([first.status, first.text], [201, ''])
    const upload = first.headers.get('location') ?? ''
    assert.match(upload, new RegExp(`^${path}/uploads/[0-9a-f-]{36}$`))
    assert.ok(Date.parse(first.headers.get('upload-expires') ?? '') > Date.now() + day - 60_000)
    const asked = await head('ada', upload)
    const lines = ['upload-offset', 'upload-length', 'cache-control', 'tus-resumable']
    assert.deepEqual([asked.status, ...lines.map((line) => asked.headers.get(line))], [
      204, '0', String(file.length), 'no-store', '1.0.0',
    ]) // biome-ignore format: a line of an answer
    for (const [from, to] of [
      [0, 4_000],
      [4_000, 4_001],
      [4_001, file.length],
    ] as const) {
      assert.equal(await far('ada', upload), from)
      const answer = await append('ada', upload, from, file.subarray(from, to))
      assert.deepEqual([answer.status, answer.headers.get('upload-offset')], [204, String(to)], answer.text)
      assert.equal(answer.headers.get('tus-resumable'), '1.0.0')
    }
    assert.equal(await far('ada', upload), file.length)
    const kept = (await ask('GET', `/pictures/${id}`, { as: 'ada' })).json.image
    const { id: fileId, ...said } = kept
    assert.deepEqual(said, {
      name: 'härlich_.png',
      type: 'image/png',
      size: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
      width: 10,
      height: 10,
    })
    assert.ok((await bytes(path, { as: 'ada' })).body.equals(file))
    await quiet()
    assert.ok((await stored()).some((one) => one.endsWith(fileId)))
    // Of one that has ended, nothing goes on; to give it up leaves the file.
    assert.equal((await append('ada', upload, file.length, 'x')).status, 409)
    assert.equal((await append('ada', upload, 0, 'x')).status, 409)
    assert.equal((await tusRequests(siege()).abandon('ada', upload)).status, 204)
    assert.equal((await head('ada', upload)).status, 404)
    assert.equal((await ask('GET', path, { as: 'ada' })).status, 200)
    assert.deepEqual(
      await backend.connection.query({ sql: 'select * from bede.upload_part', params: [], shape: [] }),
      [],
    )

    const options = await ask('OPTIONS', `${path}/uploads`)
    assert.equal(options.status, 204)
    const told = ['allow', 'tus-version', 'tus-extension', 'tus-max-size', 'tus-checksum-algorithm']
    assert.deepEqual(
      told.map((line) => options.headers.get(line)),
      ['OPTIONS, POST', '1.0.0', 'creation,termination,expiration,checksum', '20480', 'sha1,sha256,sha512'],
    )
    assert.equal((await ask('OPTIONS', path)).headers.get('tus-version'), null)
    for (const version of [undefined, '0.2.2', '1.0.1', '1.0.0, 1.0.0']) {
      const other = await ask('POST', `${path}/uploads`, {
        as: 'ada',
        headers: { 'Upload-Length': '10', ...(version !== undefined && { 'Tus-Resumable': version }) },
      })
      assert.deepEqual([other.status, other.headers.get('tus-version'), other.json.code], [
        412, '1.0.0', 'unsupported-protocol',
      ]) // biome-ignore format: a line of an answer
    }
  })

  test('class 19: who may not write a file begins no upload of it, and goes on with none once that is taken away', async () => {
    const { make, ask, rows, ids, unstored, port, tokens } = siege()
    const { begin, append, begun, far } = tusRequests(siege())
    const draft = await make('ada', '/pictures', { title: 'draft' })
    const path = `/pictures/${draft}`
    for (const [status, as, at] of [
      [404, 'bob', `${path}/image`],
      [404, 'ada', `/pictures/${nowhere}/image`],
      [401, undefined, `${path}/image`],
      [403, 'ada', `${path}/proof`],
      [404, 'bob', `${path}/proof`],
    ] as const)
      await unstored(status, () => begin(as, at, 100))
    const file = image(5_000)
    const upload = await begun('ada', `${path}/image`, file.length)
    assert.equal((await append('ada', upload, 0, file.subarray(0, 1_000))).status, 204)
    await rows(`update picture set owner_id = '${ids.bob}' where id = '${draft}'`)
    await unstored(404, () => append('ada', upload, 1_000, file.subarray(1_000, 2_000)))
    // The answer comes while not one byte of the body has been sent.
    const answer = await firstLine(
      port,
      `PATCH ${upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.ada}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 1000\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 4000\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1.1 404 /)
    // Whose row it is now may write it, and does not see the upload.
    await unstored(404, () => append('bob', upload, 1_000, file.subarray(1_000, 2_000)))
    await rows(`update picture set owner_id = '${ids.ada}' where id = '${draft}'`)
    assert.equal(await far('ada', upload), 1_000)

    // Taken away while its last bytes are on their way: what it would become is not the row's, and all is as it was.
    const socket = connect(port, '127.0.0.1')
    const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
    socket.write(
      `PATCH ${upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.ada}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 1000\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${file.length - 1_000}\r\n\r\n`,
    )
    await taking(3_000, () => socket.write(file.subarray(1_000, 4_000)))
    await rows(`update picture set owner_id = '${ids.bob}' where id = '${draft}'`)
    socket.write(file.subarray(4_000))
    assert.match(await answered, /^HTTP\/1.1 404 /)
    socket.destroy()
    const [[image_, records] = []] = await rows(
      `select image::text, (select count(*) from bede.file where row_id = '${draft}') from picture where id = '${draft}'`,
    )
    assert.deepEqual([image_, Number(records)], [null, 0])
    await rows(`update picture set owner_id = '${ids.ada}' where id = '${draft}'`)
    assert.equal(await far('ada', upload), 1_000)
    assert.equal((await append('ada', upload, 1_000, file.subarray(1_000))).status, 204)
    assert.equal((await ask('GET', `${path}/image`, { as: 'ada' })).status, 200)
  })

  test('class 34: an upload is its sender’s, of its row and its field; by its id nobody has anything', async () => {
    const { make, unstored } = siege()
    const { begun, append, head, abandon, far } = tusRequests(siege())
    const one = await make('ada', '/pictures', { title: 'one' })
    const upload = await begun('ada', `/pictures/${one}/image`, 5_000)
    assert.equal((await append('ada', upload, 0, image())).status, 204)
    const came = image().length
    // Eve, an editor, may write the same file.
    for (const as of ['bob', 'eve'] as const) {
      await unstored(404, () => head(as, upload))
      await unstored(404, () => append(as, upload, came, 'x'))
      await unstored(404, () => abandon(as, upload))
    }
    for (const does of [() => head(undefined, upload), () => abandon(undefined, upload)]) await unstored(401, does)
    assert.equal(await far('ada', upload), came)
  })

  test('class 16: an upload is of the row and the field that it was begun at, whatever address names it', async () => {
    const { make, unstored } = siege()
    const { begun, append, head, abandon, far } = tusRequests(siege())
    const one = await make('ada', '/pictures', { title: 'one' })
    const other = await make('ada', '/pictures', { title: 'two' })
    const upload = await begun('ada', `/pictures/${one}/image`, 5_000)
    const id = upload.split('/').at(-1)
    const came = image().length
    assert.equal((await append('ada', upload, 0, image())).status, 204)
    for (const at of [`/pictures/${other}/image`, `/pictures/${one}/proof`, `/papers/${one}/scan`]) {
      const as = at.endsWith('proof') ? 'eve' : 'ada'
      await unstored(404, () => head(as, `${at}/uploads/${id}`))
      await unstored(404, () => append(as, `${at}/uploads/${id}`, came, 'x'))
      await unstored(404, () => abandon(as, `${at}/uploads/${id}`))
    }
    assert.equal(await far('ada', upload), came)
  })

  test('class 15: ids of uploads cannot be guessed, and what is none is refused', async () => {
    const { make, unstored } = siege()
    const { begun, head, far } = tusRequests(siege())
    const one = await make('ada', '/pictures', { title: 'guessed' })
    const uploads = [await begun('ada', `/pictures/${one}/image`, 9), await begun('ada', `/pictures/${one}/image`, 9)]
    const ids = uploads.map((upload) => upload.split('/').at(-1) ?? '')
    // Random, and not by the time: whoever has one knows nothing of the next.
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const [id = ''] = ids
    for (const guess of [nowhere, id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
      await unstored(404, () => head('ada', `/pictures/${one}/image/uploads/${guess}`))
    for (const guess of ['1', '..%2f..', '%00', "'--", '0'.repeat(2_000)])
      await unstored(400, () =>
        head('ada', `/pictures/${one}/image/uploads/${guess}`).then((a) => ({
          ...a,
          status: [400, 404, 422].includes(a.status) ? 400 : a.status,
        })),
      )
    assert.equal(await far('ada', uploads[0] ?? ''), 0)
  })

  test('class 33: no upload begins, or goes on, at a row of another tenant', async () => {
    const { make, unstored, rows } = siege()
    const { begin, begun, append } = tusRequests(siege())
    const ours = await make('ada', '/papers', { title: 'ours' })
    const theirs = await make('bob', '/papers', { title: 'theirs' })
    await unstored(404, () => begin('ada', `/papers/${theirs}/scan`, 100))
    const upload = await begun('ada', `/papers/${ours}/scan`, 4)
    await rows(`update bede.upload set row_id = '${theirs}' where row_id = '${ours}'`)
    await unstored(404, () => append('ada', upload.replace(ours, theirs), 0, 'word'))
    await rows(`update bede.upload set row_id = '${ours}' where row_id = '${theirs}'`)
    assert.equal((await append('ada', upload, 0, 'word')).status, 204)
  })

  test('lengths and offsets that are none, or lie, change nothing', async () => {
    const { make, unstored, ask } = siege()
    const { begin, begun, append, far } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'numbers' })
    const path = `/pictures/${id}/image`
    const none = [
      '-1',
      '-0',
      '+5',
      '1e3',
      '0x10',
      '1.5',
      ' ',
      'NaN',
      'Infinity',
      '٣',
      '5, 5',
      '00005',
      'null',
      '9'.repeat(400),
    ]
    const huge = ['9007199254740992', '9223372036854775807', '9223372036854775808', '18446744073709551616']
    for (const length of [...none, ...huge]) {
      const answer = await refusal(() => begin('ada', path, length))
      assert.ok([400, 422].includes(answer.status), `${length}: ${answer.status}`)
    }
    await unstored(422, () => begin('ada', path, 0))
    await unstored(413, () => begin('ada', path, 20_481))
    await unstored(413, () => begin('ada', path, Number.MAX_SAFE_INTEGER))
    await unstored(400, () => ask('POST', `${path}/uploads`, { as: 'ada', headers: { 'Tus-Resumable': '1.0.0' } }))
    await unstored(400, () =>
      ask('POST', `${path}/uploads`, {
        as: 'ada',
        headers: { 'Tus-Resumable': '1.0.0', 'Upload-Defer-Length': '1' },
      }),
    )
    const file = image(5_000)
    const upload = await begun('ada', path, file.length)
    for (const offset of [...none, ...huge]) {
      const answer = await refusal(() => append('ada', upload, offset, file))
      assert.ok([400, 409, 422].includes(answer.status), `${offset}: ${answer.status}`)
    }
    for (const offset of [1, file.length, file.length + 1, Number.MAX_SAFE_INTEGER])
      await unstored(409, () => append('ada', upload, offset, 'x'))
    // More than was said, told before and found out.
    await unstored(413, () => append('ada', upload, 0, image(5_001)))
    const chunked = new ReadableStream({
      start(controller) {
        for (const part of [image(4_000), Buffer.alloc(1_500)]) controller.enqueue(new Uint8Array(part))
        controller.close()
      },
    })
    const headers = {
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream',
    }
    const streamed: RequestInit & { duplex: 'half' } = { body: chunked, duplex: 'half' }
    await unstored(413, () => ask('PATCH', upload, { as: 'ada', ...streamed, headers }))
    for (const type of ['application/octet-stream', 'image/png', 'application/json'])
      await unstored(415, () => append('ada', upload, 0, file, { 'Content-Type': type }))
    await unstored(400, () => ask('PATCH', upload, { as: 'ada', headers }))
    assert.equal(await far('ada', upload), 0)
    assert.equal((await append('ada', upload, 0, file)).status, 204)

    async function refusal(does: () => ReturnType<typeof begin>) {
      const { everything } = siege()
      const before = await everything()
      const answer = await does().catch(() => ({ status: 400 }))
      assert.equal(await everything(), before)
      return answer
    }
  })

  test('class 111: what a client tells of a file is text for people, or it is refused', async () => {
    const { make, ask, unstored, stored } = siege()
    const { begin, begun, append } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'names' })
    const path = `/pictures/${id}/image`
    for (const [status, metadata] of [
      [400, 'filename a'],
      [400, 'filename YQ'],
      [400, 'filename YQ=='.replace('=', '!')],
      [400, 'filename YQ==,filename Yg=='],
      [400, 'filename YQ== Yg=='],
      [400, ',,'],
      [400, `filename ${Buffer.from([0xff, 0xfe, 0x00]).toString('base64')}`],
      [400, `filename ${base64('a\0b')}`],
      [400, `path ${base64('/etc/passwd')}`],
      [400, `__proto__ ${base64('x')}`],
      [400, `constructor ${base64('x')}`],
      [422, `filename ${base64('x'.repeat(9_000))}`],
    ] as const)
      await unstored(status, () => begin('ada', path, 100, { 'Upload-Metadata': metadata }))
    const names = [
      '../../../etc/passwd',
      '/etc/passwd',
      'C:\\x',
      '..',
      'a\r\nSet-Cookie: x=y',
      'a\u202egnp.exe',
      '\x1b[2J',
    ]
    for (const name of names) {
      const upload = await begun('ada', path, image().length, { 'Upload-Metadata': `filename ${base64(name)}` })
      assert.equal((await append('ada', upload, 0, image())).status, 204)
      const kept = (await ask('GET', `/pictures/${id}`, { as: 'ada' })).json.image
      assert.ok(!/[/\\\u202e]|\p{Cc}|^\.+$/u.test(kept.name ?? 'none'), JSON.stringify(kept.name))
      const got = await ask('GET', path, { as: 'ada' })
      assert.doesNotMatch(got.headers.get('content-disposition') ?? '', /\.\.\/|%2F|%5C|\u202e|%0D/)
      assert.equal(got.headers.get('set-cookie'), null)
    }
    for (const one of await stored())
      assert.match(one, /^(?:unsettled\/|\.incoming\/|uploads\/|[0-9a-f]{6}\/[0-9a-f]{2}\/)[0-9a-f-]{36}$/)
  })

  test('class 115: a file in parts is what all its bytes say, and nothing is attached before', async () => {
    const { make, ask, everything } = siege()
    const { begun, append, head, far } = tusRequests(siege())
    await quiet()
    const id = await make('ada', '/pictures', { title: 'types' })
    const path = `/pictures/${id}/image`
    const page = Buffer.from('<!doctype html><script>alert(1)</script>')
    const before = await everything()
    for (const [status, file] of [
      [415, page],
      [415, Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(500)])],
      [422, png(65_000, 65_000)],
      [422, png(0xffff_ffff, 0xffff_ffff)],
    ] as const) {
      // Each part alone looks harmless, or like nothing.
      const told = `filetype ${base64('image/png')},filename ${base64('a.png')}`
      const upload = await begun('ada', path, file.length, { 'Upload-Metadata': told })
      for (let at = 0; at < file.length - 10; at += 10)
        assert.equal((await append('ada', upload, at, file.subarray(at, at + 10))).status, 204)
      const at = (await far('ada', upload)) ?? 0
      const last = await append('ada', upload, at, file.subarray(at))
      assert.equal(last.status, status, last.text)
      assert.equal((await head('ada', upload)).status, 404, 'bytes that are none of these will not be the next time')
      await quiet()
      assert.ok((await everything()) === before)
    }
    assert.equal((await ask('GET', path, { as: 'ada' })).status, 404)
  })

  test('class 116: the beginning of a large file is looked at before the rest is taken', async () => {
    const { make, everything, ask } = siege()
    const { begun, append, head } = tusRequests(siege())
    await quiet()
    const paper = await make('ada', '/papers', { title: 'early' })
    const before = await everything()
    const upload = await begun('ada', `/papers/${paper}/scan`, 1_000_000)
    const first = await append('ada', upload, 0, Buffer.concat([png(10, 10), Buffer.alloc(600_000)]))
    assert.equal(first.status, 415, first.text)
    assert.equal((await head('ada', upload)).status, 404)
    await quiet()
    assert.ok((await everything()) === before)
    assert.equal((await ask('GET', `/papers/${paper}/scan`, { as: 'ada' })).status, 404)
  })

  test('class 117: what is broken off counts as far as it came; what is given up, or over, leaves nothing', async () => {
    const { make, rows, backend, stored, until, port, tokens, everything, ask, crowd } = siege()
    const { begun, append, abandon, far, head } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'broken' })
    await quiet()
    const before = [await everything(), await stored()]
    const upload = await begun('eve', `/pictures/${id}/proof`, 1_000_000)
    const lines = `PATCH ${upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.eve}\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n`
    const body = 'x'.repeat(20_000)
    // Many at once that all break off: one of them counts, or they come one after the other; nothing is there twice.
    for (let i = 0; i < 4; i++)
      await Promise.all(
        Array.from({ length: Math.min(25, crowd) }, async () => {
          const at = await far('eve', upload)
          await breakOff(
            port,
            `${lines}Upload-Offset: ${at}\r\nContent-Length: ${1_000_000 - (at ?? 0)}\r\n\r\n${body}`,
          )
        }),
      )
    await quiet()
    const came = (await far('eve', upload)) ?? 0
    assert.equal(came % 20_000, 0)
    // One that is cut while its bytes are being written: they count.
    const socket = connect(port, '127.0.0.1')
    await taking(20_500, () => {
      socket.write(`${lines}Upload-Offset: ${came}\r\nContent-Length: ${1_000_000 - came}\r\n\r\n${body}`)
      socket.write('y'.repeat(500))
    })
    socket.destroy()
    await until(async () => (await far('eve', upload)) === came + 20_500)
    await quiet()
    assert.equal((await abandon('eve', upload)).status, 204)
    await until(async () => isDeepStrictEqual([await everything(), await stored()], before), 10)

    // One whose time is over is not there, and is swept.
    const over = await begun('eve', `/pictures/${id}/proof`, 100)
    assert.equal((await append('eve', over, 0, 'abc')).status, 204)
    await rows(`update bede.upload set expires_at = now() - interval '1 second' where id = '${over.split('/').at(-1)}'`)
    assert.equal((await head('eve', over)).status, 404)
    assert.equal((await append('eve', over, 3, 'def')).status, 404)
    const { files } = backend
    assert.ok(files)
    await files.sweep(backend.connection, new Date())
    assert.ok(isDeepStrictEqual([await everything(), await stored()], before))
    // So are parts of a process that was killed before it had said so, after a day, and no others.
    const alive = await begun('eve', `/pictures/${id}/proof`, 100)
    assert.equal((await append('eve', alive, 0, 'abc')).status, 204)
    async function* some() {
      yield Buffer.from('x')
    }
    const lost = 'uploads/0190a1b2-c3d4-7e5f-8a9b-0000000000aa'
    await files.storage().write(lost, some())
    await files.sweep(backend.connection, new Date())
    assert.ok(!(await stored()).includes(lost))
    assert.equal((await append('eve', alive, 3, 'd'.repeat(97))).status, 204)
    assert.equal((await ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).text.length, 100)
  })

  test('class 117: a file that is whole and cannot be attached is not taken for one that has ended', async () => {
    const { make, backend, ask } = siege()
    const { begun, append, far } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'full disk' })
    const file = image(3_000)
    const upload = await begun('ada', `/pictures/${id}/image`, file.length)
    assert.equal((await append('ada', upload, 0, file.subarray(0, 1_000))).status, 204)
    const { files } = backend
    assert.ok(files)
    const storage = files.storage()
    const { write } = storage
    storage.write = async (key, ...rest) => {
      if (!key.startsWith('uploads/')) throw new Error('no space left on device')
      return write.call(storage, key, ...rest)
    }
    try {
      const answer = await append('ada', upload, 1_000, file.subarray(1_000))
      assert.deepEqual([answer.status, answer.json.code], [503, 'unavailable'])
    } finally {
      storage.write = write
    }
    assert.equal(await far('ada', upload), 1_000)
    await quiet()
    assert.equal((await append('ada', upload, 1_000, file.subarray(1_000))).status, 204)
    assert.equal((await ask('GET', `/pictures/${id}/image`, { as: 'ada' })).status, 200)
  })

  test('class 125: of requests that bring the same bytes at once one counts, and no bytes are mixed', async () => {
    const { make, bytes } = siege()
    const { begun, append, far } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'race' })
    const path = `/pictures/${id}/proof`
    for (let round = 0; round < 3; round++) {
      const upload = await begun('eve', path, 300_000)
      for (const [from, to] of [
        [0, 150_000],
        [150_000, 300_000],
      ] as const) {
        const sent = await Promise.all(
          ['a', 'b', 'c', 'd', 'e'].map((letter) => append('eve', upload, from, letter.repeat(to - from))),
        )
        const codes = sent.map(({ status }) => status)
        assert.equal(codes.filter((status) => status === 204).length, 1, String(codes))
        assert.ok(
          codes.every((status) => [204, 409, 423].includes(status)),
          String(codes),
        )
        assert.equal(await far('eve', upload), to)
      }
      const { body } = await bytes(path, { as: 'eve' })
      assert.match(body.toString(), /^(a{150000}|b{150000}|c{150000}|d{150000}|e{150000})(a+|b+|c+|d+|e+)$/)
      assert.equal(body.length, 300_000)
    }
    await quiet()
  })

  test('class 117: nobody begins uploads without end, however many at once, nor keeps more by them than they may', async () => {
    const { make, rows, ask } = siege()
    const { begin, abandon } = tusRequests(siege())
    const id = await make('bob', '/papers', { title: 'many' })
    const path = `/papers/${id}/scan`
    const begun = await Promise.all(Array.from({ length: 30 }, () => begin('bob', path, 10)))
    const let_ = begun.filter(({ status }) => status === 201)
    assert.equal(let_.length, 20)
    assert.ok(begun.every(({ status, json }) => status === 201 || (status === 413 && json.code === 'quota-exceeded')))
    for (const one of let_) assert.equal((await abandon('bob', one.headers.get('location') ?? '')).status, 204)
    // What is being sent takes of the same room as what is kept: 4 MB in all.
    const large = await Promise.all(Array.from({ length: 8 }, () => begin('bob', path, 1_000_000)))
    assert.equal(large.filter(({ status }) => status === 201).length, 4)
    const put = await ask('PUT', path, {
      as: 'bob',
      body: 'x'.repeat(900_000),
      headers: { 'Content-Type': 'text/plain' },
    })
    assert.deepEqual([put.status, put.json.code], [413, 'quota-exceeded'])
    assert.equal((await begin('ada', `/papers/${await make('ada', '/papers', { title: 'a' })}/scan`, 10)).status, 201)
    await rows('delete from bede.upload')
  })

  test('a checksum that does not fit is a 460, and the bytes count for nothing', async () => {
    const { make, unstored, ask } = siege()
    const { begun, append, far } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'sums' })
    const file = image(3_000)
    const upload = await begun('ada', `/pictures/${id}/image`, file.length)
    const sum = (algorithm: string, of: Uint8Array) => ({
      'Upload-Checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
    })
    const first = file.subarray(0, 1_000)
    await unstored(460, () => append('ada', upload, 0, first, sum('sha1', file)))
    for (const wrong of ['sha1', 'md5 1B2M2Y8AsgTpgAmY7PhCfg==', 'sha1 AAAA', 'sha1 !!', '', 'sha256 sha256 x'])
      await unstored(400, () => append('ada', upload, 0, first, { 'Upload-Checksum': wrong }))
    assert.equal((await append('ada', upload, 0, first, sum('sha1', first))).status, 204)
    await unstored(460, () => append('ada', upload, 1_000, file.subarray(1_000), sum('sha512', file)))
    assert.equal(await far('ada', upload), 1_000)
    const rest = file.subarray(1_000)
    assert.equal((await append('ada', upload, 1_000, rest, sum('sha256', rest))).status, 204)
    assert.equal((await ask('GET', `/pictures/${id}/image`, { as: 'ada' })).status, 200)
  })

  test('no other way leads to an upload: no batch, no key of an earlier request, no other method', async () => {
    const { make, refused, unstored, ask, tokens, raw } = siege()
    const { begin, begun, append } = tusRequests(siege())
    const id = await make('ada', '/pictures', { title: 'ways' })
    const path = `/pictures/${id}/image`
    const upload = await begun('ada', path, 100)
    const input = { id, upload: upload.split('/').at(-1), offset: '0', length: '5' }
    for (const operation of ['begin', 'find', 'append', 'abandon'].map((does) => `picture.${does}ImageUpload`))
      await refused(400, 'POST', '/batch', { as: 'ada', json: { operations: [{ operation, input }] } })
    await unstored(400, () => begin('ada', path, 100, { 'Idempotency-Key': 'again' }))
    await unstored(400, () => append('ada', upload, 0, 'x', { 'Idempotency-Key': 'again' }))
    await unstored(400, () => append('ada', upload, 0, 'x', { 'If-Match': '"0"' }))
    await unstored(405, () => ask('PUT', upload, { as: 'ada', headers: { 'Tus-Resumable': '1.0.0' } }))
    // A body with the POST is an extension that is not spoken, and a method in a header is none.
    await unstored(415, () =>
      ask('POST', `${path}/uploads`, {
        as: 'ada',
        body: 'abc',
        headers: {
          'Tus-Resumable': '1.0.0',
          'Upload-Length': '3',
          'Content-Type': 'application/offset+octet-stream',
        },
      }),
    )
    const overridden = await raw(
      `POST ${upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.ada}\r\nTus-Resumable: 1.0.0\r\nX-HTTP-Method-Override: DELETE\r\nConnection: close\r\n\r\n`,
    )
    assert.match(overridden, /^HTTP\/1.1 405 /)
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
