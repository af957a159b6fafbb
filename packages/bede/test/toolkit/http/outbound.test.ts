import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { bodyOf, type Caller, caller, httpPeer, type Peer, traceparent } from '../support/peers.ts'

/** What the client does with those who mean well, and with those who are not well. */
describe('the outbound client', () => {
  let peer: Peer
  let made: Caller
  /** What the peer answers next, and from then on the last of it. */
  let statuses: number[] = []
  let heard: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = []

  before(async () => {
    peer = await httpPeer(async (request, response) => {
      heard.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: await bodyOf(request),
      })
      const [path = ''] = (request.url ?? '').split('?')
      const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200
      if (path === '/cut') request.socket.destroy()
      else if (path === '/gzip') {
        const packed = gzipSync(JSON.stringify({ packed: 'é'.repeat(500) }))
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)
      } else if (path === '/latin') {
        response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from([0xe9]))
      } else if (path.startsWith('/moved/')) {
        response.writeHead(Number(path.slice(7)), { location: '/here' }).end('moved')
      } else if (path === '/wait') {
        response.writeHead(503, { 'retry-after': '100000' }).end()
      } else if (path === '/later') response.writeHead(status, { 'retry-after': '0' }).end(String(status))
      else response.writeHead(status, { 'content-type': 'application/json' }).end('{"ok":true}')
    })
    made = caller({ private: [peer.place] })
  })
  after(async () => {
    made.close()
    await peer.close()
  })
  const fresh = (answers: number[] = []) => {
    statuses = answers
    heard = []
    made.close()
    made = caller({ private: [peer.place] })
    return made.http
  }
  const failsWith = (code: string) => (error: unknown) => {
    assert.ok(isProblem(error), String(error))
    assert.equal(error.code, code)
    assert.ok(!error.message.includes('127.0.0.1'), 'whoever called the backend learns nothing of where it called')
    return true
  }

  test('an answer has its status, its headers and its body as text, JSON and bytes', async () => {
    const answer = await fresh().get(`${peer.origin}/a`, { query: { q: 'a b&c', n: [1, 2], no: undefined } })
    assert.equal(heard[0]?.url, '/a?q=a+b%26c&n=1&n=2')
    assert.deepEqual([answer.status, answer.ok, answer.json()], [200, true, { ok: true }])
    assert.equal(answer.text(), '{"ok":true}')
    assert.equal(answer.bytes().byteLength, 11)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    const missing = await fresh([404]).get(`${peer.origin}/a`)
    assert.deepEqual([missing.status, missing.ok, heard.length], [404, false, 1])
  })

  test('JSON is checked against a schema where one is given', async () => {
    const answer = await fresh().get(peer.origin)
    const schema = (type: string) => ({ type: 'object', properties: { ok: { type } }, required: ['ok'] })
    assert.deepEqual(answer.json(schema('boolean')), { ok: true })
    assert.throws(() => answer.json(schema('string')), failsWith('upstream-failed'))
    const text = await fresh().get(`${peer.origin}/latin`)
    assert.equal(text.text(), 'é')
    assert.throws(() => text.json(), failsWith('upstream-failed'))
  })

  test('what is packed is unpacked, and a stream as it comes', async () => {
    const { headers, ...answer } = await fresh()
      .get(`${peer.origin}/gzip`)
      .then((got) => ({ headers: got.headers, json: got.json() }))
    assert.deepEqual(answer.json, { packed: 'é'.repeat(500) })
    assert.equal(headers.get('content-encoding'), null)
    const { body, status } = await fresh().stream(`${peer.origin}/gzip`)
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(Buffer.concat(chunks).toString()), { packed: 'é'.repeat(500) })
  })

  test('bodies go out as JSON, as a form and as they are', async () => {
    const http = fresh()
    await http.post(peer.origin, { json: { a: [1] } })
    await http.put(peer.origin, { form: { a: 'b c', d: '&' } })
    await http.patch(peer.origin, { body: 'text' })
    await http.delete(peer.origin)
    await http.head(peer.origin)
    await http.post(peer.origin)
    assert.deepEqual(
      heard.map(({ method, headers, body }) => [method, headers['content-type'], headers['content-length'], body]),
      [
        ['POST', 'application/json', '9', '{"a":[1]}'],
        ['PUT', 'application/x-www-form-urlencoded', '13', 'a=b+c&d=%26'],
        ['PATCH', 'text/plain; charset=utf-8', '4', 'text'],
        ['DELETE', undefined, undefined, ''],
        ['HEAD', undefined, undefined, ''],
        ['POST', undefined, '0', ''],
      ].map((row) => (row[0] === 'PUT' ? [...row.slice(0, 2), '11', row[3]] : row)),
    )
  })

  test('the trace goes along to what the app calls', async () => {
    await fresh().get(peer.origin)
    assert.equal(heard[0]?.headers.traceparent, traceparent)
  })

  test('what may be sent twice is tried again, and gives the last answer', async () => {
    assert.equal((await fresh([503, 502, 200]).get(`${peer.origin}/later`)).text(), '200')
    assert.equal(heard.length, 3)
    assert.equal((await fresh([429]).get(`${peer.origin}/later`, { retries: 1 })).status, 429)
    assert.equal(heard.length, 2)
    await assert.rejects(fresh().get(`${peer.origin}/cut`, { retries: 1 }), failsWith('upstream-failed'))
    assert.equal(heard.length, 2)
  })

  test('what may not be sent twice is not, but for a key by which the other side knows it', async () => {
    assert.equal((await fresh([503]).post(`${peer.origin}/later`)).status, 503)
    assert.equal(heard.length, 1)
    await assert.rejects(fresh().post(`${peer.origin}/cut`), failsWith('upstream-failed'))
    assert.equal(heard.length, 1)
    await fresh([503, 200]).post(`${peer.origin}/later`, { idempotencyKey: 'k-1', json: 1 })
    assert.deepEqual(
      heard.map(({ headers, body }) => [headers['idempotency-key'], body]),
      [
        ['k-1', '1'],
        ['k-1', '1'],
      ],
    )
  })

  test('whoever asks for too much patience is answered for', async () => {
    assert.equal((await fresh().get(`${peer.origin}/wait`)).status, 503)
    assert.equal(heard.length, 1)
  })

  test('a redirect is followed as its status says', async () => {
    for (const [status, method, then] of [
      [301, 'post', 'GET'],
      [302, 'post', 'GET'],
      [303, 'put', 'GET'],
      [307, 'post', 'POST'],
      [308, 'put', 'PUT'],
      [302, 'put', 'PUT'],
    ] as const) {
      const answer = await fresh()[method](`${peer.origin}/moved/${status}`, { json: 1 })
      assert.equal(answer.url, `${peer.origin}/here`)
      const last = heard.at(-1)
      assert.deepEqual(
        [last?.method, last?.body, last?.headers['content-type']],
        then === 'GET' ? ['GET', '', undefined] : [then, '1', 'application/json'],
      )
    }
    const kept = await fresh().get(`${peer.origin}/moved/302`, { redirects: 0 })
    assert.deepEqual([kept.status, kept.headers.get('location')], [302, '/here'])
  })

  test('a call that is over takes its requests with it', async () => {
    const slow = await httpPeer(() => {})
    const own = caller({ private: [slow.place] })
    const reason = new Error('the caller went away')
    const asked = own.http.get(slow.origin)
    while (slow.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    own.ends.abort(reason)
    await assert.rejects(asked, (error) => error === reason)
    await assert.rejects(own.http.get(slow.origin), (error) => error === reason)
    assert.equal(slow.asked.length, 1)
    own.close()
    await slow.close()
  })

  test('an origin that keeps failing is left alone, and the others are not', async () => {
    const ill = await httpPeer((_request, response) => response.writeHead(503).end())
    const own = caller({ private: [ill.place, peer.place] })
    for (let n = 0; n < 10; n++) assert.equal((await own.http.post(ill.origin)).status, 503)
    await assert.rejects(own.http.post(ill.origin), (error) => {
      assert.ok(isProblem(error) && (error.retryAfter ?? 0) > 0)
      return failsWith('upstream-unavailable')(error)
    })
    assert.equal(ill.asked.length, 10)
    statuses = []
    assert.equal((await own.http.get(peer.origin)).status, 200)
    own.close()
    await ill.close()
  })

  test('so many calls at once go to one origin, some wait, and the rest are refused at once', async () => {
    let let_go: (() => void)[] = []
    const slow = await httpPeer((_request, response) => void let_go.push(() => response.end('done')))
    const own = caller({ private: [slow.place] })
    const all = Array.from({ length: 130 }, () =>
      own.http.get(slow.origin).then(
        ({ status }) => status,
        (error) => error.code,
      ),
    )
    const refused = await Promise.race(all)
    assert.equal(refused, 'upstream-unavailable')
    while (let_go.length < 20) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(slow.asked.length, 20)
    const pump = setInterval(() => {
      for (const go of let_go.splice(0)) go()
    }, 1)
    const outcomes = await Promise.all(all)
    clearInterval(pump)
    assert.equal(outcomes.filter((one) => one === 200).length, 120)
    assert.equal(outcomes.filter((one) => one === 'upstream-unavailable').length, 10)
    let_go = []
    own.close()
    await slow.close()
  })

  test('what a handler cannot have meant is said in the log, and is no failure of the other side', async () => {
    const http = fresh()
    for (const options of [
      { headers: { Host: 'x' } },
      { headers: { 'Content-Length': '1' } },
      { headers: { a: 'b\r\nc: d' } },
      { headers: { 'a b': 'c' } },
      { timeout: 'soon' as '1s' },
      { max: 'much' as '1mb' },
      { redirects: -1 },
      { retries: 1.5 },
      { json: 1, body: 'x' },
    ])
      await assert.rejects(http.post(peer.origin, options), (error) => isProblem(error) && error.code === 'internal')
    await assert.rejects(http.get(peer.origin, { json: 1 }), (error) => isProblem(error) && error.code === 'internal')
    assert.equal(heard.length, 0)
  })
})
