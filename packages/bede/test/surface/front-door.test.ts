import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type Edge, jane, jsonOutcome, startEdge } from './support/edge.ts'

const id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
const request = (line: string, headers = '', body = ''): string =>
  `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)

test('class 12: an unknown parameter is refused with a hint, never dropped', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const [query, meant] of [
    ['statuss=draft', "Did you mean 'status'?"],
    ['filter[status]=draft', 'Accepted here: status, createdAt[gte], featured, rating, ids, sort, limit, cursor.'],
    ['status[eq]=draft', "Accepted for 'status': status."],
    ['status.eq=draft', ''],
    ['createdAt[gt]=2026-01-01', "Accepted for 'createdAt': createdAt[gte]."],
    ['createdAt=2026-01-01', "Accepted for 'createdAt': createdAt[gte]."],
    ['page=2', 'Pages go by cursor: follow `next`'],
    ['offset=20', 'Pages go by cursor: follow `next`'],
    ['where=1', ''],
    ['q=1', 'Accepted here: status, '],
    ['__proto__=x', ''],
    ['__proto__[admin]=1', ''],
    ['constructor=1', ''],
    ['toString=1', ''],
  ] as const) {
    const answer = await edge.fetch(`/articles?${query}`)
    const body = await answer.text()
    assert.equal(answer.status, 400, query)
    assert.match(body, /"code":"unknown-parameter"/, query)
    assert.equal(body.split(meant || '"hint"').length, 2, `the hint is given once: ${body}`)
  }
  assert.equal((await edge.fetch('/page?x=1')).status, 400)
  assert.equal(edge.calls.length, 0)
})

test('class 16: a value of the address does not come from the body as well', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const answer = await edge.fetch(`/articles/${id}`, {
    method: 'PATCH',
    body: '{"id":"0190a1b2-c3d4-7e5f-8a9b-000000000000","title":"x"}',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer good' },
  })
  assert.equal(answer.status, 400)
  assert.match(await answer.text(), /"code":"unknown-field".*\/body\/id/)
  assert.equal((await edge.fetch(`/articles/${id}?id=${id}`)).status, 400)
  assert.equal(edge.calls.length, 0)
})

test('class 23: members of the body named like the context of a call change nothing of it', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const body = JSON.stringify({
    title: 'x',
    actor: { id: 'root' },
    operation: 'internal',
    now: 0,
    idempotencyKey: 'k',
    ifMatch: [],
    deadline: 9e9,
  })
  await edge.fetch('/articles', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer good' },
  })
  const [call] = edge.calls
  assert.equal(call?.operation, 'article.create')
  assert.deepEqual(call?.actor, jane)
  assert.equal(call?.idempotencyKey, undefined)
  assert.equal(call?.ifMatch, undefined)
  assert.notEqual(call?.deadline, 9e9)
})

test('class 52: every spelling of a path reaches the same operation under the same rule, or nothing', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const targets = [
    '/articles',
    '/%61rticles',
    '/article%73',
    '//articles',
    '/articles/',
    '/./articles',
    '/x/../articles',
    '/ARTICLES',
    '/articles;x',
    '/articles%2f',
    '/articles%00',
    '/articles%20',
    '/articles#x',
    '/%2farticles',
    '/%2e/articles',
    '\\articles',
    '/articles\\',
    'articles',
    'http://x/articles',
    'http://evil.example/articles',
    '/articles%ff',
    '/articles%',
    '/articles?',
    '*',
    '//x/articles',
    '/%c0%afarticles',
    '/articles\u0001',
    'ftp://x/articles',
  ]
  for (const target of targets) {
    const answer = statusOf(
      await edge.raw(
        Buffer.from(
          request(`POST ${target}`, 'Content-Type: application/json\r\nContent-Length: 2\r\n', '{}'),
          'latin1',
        ),
      ),
    )
    assert.ok([401, 400, 404, 405].includes(answer), `${target}: ${answer}`)
  }
  assert.equal(edge.calls.length, 0, 'no spelling of the path came past the rule of the operation')
  for (const target of ['/articles', '/%61rticles', 'http://x/articles', '/articles?']) {
    assert.equal(statusOf(await edge.raw(request(`GET ${target}`))), 200, target)
  }
  assert.deepEqual(new Set(edge.calls.map((call) => call.operation)), new Set(['article.list']))
})

test('class 52: an encoded slash is part of a value and never of the path', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  assert.equal((await edge.fetch('/api/articles/a%2Fb%2e%2e?full=true')).status, 200)
  assert.deepEqual(edge.calls[0]?.input, { params: { slug: 'a/b..' }, query: { full: true } })
})

test('class 53: every method is answered by the rules of the path, and only by them', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{"secret":1}'))
  const got = await edge.fetch('/articles')
  const head = await edge.fetch('/articles', { method: 'HEAD' })
  assert.equal(await head.text(), '')
  for (const name of ['etag', 'content-type', 'content-length', 'vary', 'cache-control'])
    assert.equal(head.headers.get(name), got.headers.get(name), name)
  assert.deepEqual(
    edge.calls.map((call) => call.operation),
    ['article.list', 'article.list'],
    'HEAD ran the very operation',
  )
  const allowed = 'GET, HEAD, OPTIONS, POST'
  for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'LINK', 'PURGE', 'SEARCH', 'QUERY']) {
    const answer = await edge.raw(request(`${method} /articles`, 'X-Echo: secret-header\r\n'))
    assert.equal(statusOf(answer), 405, method)
    assert.match(answer, new RegExp(`\r\nAllow: ${allowed}\r\n`, 'i'), method)
    assert.ok(!answer.includes('secret-header'), `${method} does not echo`)
  }
  for (const method of ['get', 'Post', 'FOO', ''])
    assert.equal(statusOf(await edge.raw(request(`${method} /articles`))), 400, method)
  for (const override of ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE']) {
    await edge.raw(request(`GET /articles/${id}`, `${override}\r\n`))
    assert.equal(edge.calls.at(-1)?.operation, 'article.get', override)
  }
  const options = await edge.fetch('/articles', { method: 'OPTIONS' })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, allowed])
  assert.equal((await edge.fetch('/nothing', { method: 'OPTIONS' })).status, 404)
  assert.equal(
    (await edge.fetch(`/articles/${id}`, { method: 'POST' })).headers.get('allow'),
    'DELETE, GET, HEAD, OPTIONS, PATCH',
  )
})

test('class 103: a credential that cannot be read is a 401, never nobody and never a crash', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const line of [
    'Authorization: Bearer',
    'Authorization: Bearer ',
    'Authorization: Bearer  good',
    'Authorization: Bearer good ok',
    'Authorization: Bearer go%od',
    'Authorization: Bearergood',
    'Authorization: good',
    'Authorization: Basic Z29vZA==',
    'Authorization: Token good',
    'Authorization: Bearer bad',
    'Authorization: Bearer good,Bearer good',
    'Authorization: Bearer "good"',
    'Authorization: Bearer \u00e9',
    `Authorization: Bearer ${'a'.repeat(5000)}`,
    'Authorization: Bearer bad\r\nAuthorization: Bearer good',
    'Authorization: Bearer good\r\nAuthorization: Bearer good',
    'Authorization:',
  ]) {
    const answer = await edge.raw(Buffer.from(request('GET /articles', `${line}\r\n`), 'latin1'))
    assert.equal(statusOf(answer), 401, line)
    assert.match(answer, /\r\nWWW-Authenticate: Bearer realm="articles", error="invalid_token"\r\n/i, line)
  }
  assert.equal(edge.calls.length, 0)
  for (const line of ['Authorization: Bearer good', 'authorization: bearer good', 'Authorization: BEARER good']) {
    assert.equal(statusOf(await edge.raw(request('GET /articles', `${line}\r\n`))), 200, line)
    assert.deepEqual(edge.calls.at(-1)?.actor, jane)
  }
})

test('class 103: malformed percent-encoding anywhere is a 400', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const target of [
    '/articles/%',
    '/articles/%zz',
    '/articles/%c3%28',
    '/articles/%ed%a0%80',
    '/nothing/%zz',
    '/articles?status=%',
    '/articles?%zz=1',
    '/articles?status=%ff',
    '/articles?ids=a,%c0%80',
    '/articles?status=%00',
    '/api/articles/%00',
    '/articles/\u00e9',
    '/articles?status=\u00e9',
    '/articles?a=1#b',
  ]) {
    const answer = await edge.raw(Buffer.from(request(`GET ${target}`), 'latin1'))
    assert.equal(statusOf(answer), 400, target)
    assert.match(answer, /"code":"(malformed-request|invalid-text|unknown-parameter)"/, target)
  }
  assert.equal(edge.calls.length, 0)
})

test('a scheme of the contract', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { scheme: 'Token' })
  assert.equal((await edge.fetch('/articles', { headers: { Authorization: 'Token good' } })).status, 200)
  const refused = await edge.fetch('/articles', { headers: { Authorization: 'Bearer good' } })
  assert.equal(refused.status, 401)
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Token realm=/)
})

test('class 76: a parameter or a header that means one thing is given once', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const query of ['status=draft&status=published', 'limit=1&l%69mit=2', 'ids=1&ids=2']) {
    const answer = await edge.fetch(`/articles?${query}`)
    assert.equal(answer.status, 400, query)
    assert.match(await answer.text(), /given twice/)
  }
  for (const header of [
    'Idempotency-Key: a',
    'Origin: https://a.example',
    'traceparent: x',
    'X-Request-Id: abcdefgh',
  ]) {
    assert.equal(statusOf(await edge.raw(request('GET /articles', `${header}\r\n${header}\r\n`))), 400, header)
  }
  assert.equal(edge.calls.length, 0)
})

test('class 132: in development the server listens to this machine only, unless the network is meant', () => {
  for (const host of [
    '0.0.0.0',
    '::',
    '192.168.1.5',
    'example.org',
    '::ffff:10.0.0.1',
    '1270.0.0.1',
    '127.0.0.1.example.org',
  ]) {
    assert.throws(
      () => createHttpServer({ name: 'x', host, development: true }),
      (thrown) => isProblem(thrown) && thrown.code === 'cannot-listen' && thrown.hint?.includes('exposed') === true,
      host,
    )
    createHttpServer({ name: 'x', host, development: true, exposed: true })
    createHttpServer({ name: 'x', host })
  }
  for (const host of [undefined, 'localhost', '127.0.0.1', '127.8.8.8', '::1']) {
    createHttpServer({ name: 'x', development: true, ...(host ? { host } : {}) })
  }
})

test('class 132: loopback is where it listens when nothing is said', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const address = edge.server.fastify.server.address()
  assert.equal(typeof address === 'object' && address?.address, '127.0.0.1')
})

test('classes 18 and 29: a route that names no rule does not start', async () => {
  const server = createHttpServer({ name: 'x' })
  assert.throws(
    () => server.fastify.get('/admin', async () => 'open'),
    (thrown) => isProblem(thrown) && /GET \/admin names no rule/.test(thrown.message),
  )
  const borrowed = { config: { rule: { operation: 'article.get', auth: 'required' as const } } }
  assert.throws(
    () => server.fastify.get('/other', borrowed, async () => 'open'),
    isProblem,
    'a rule that nobody applies is none',
  )
  server.fastify.get('/status', { config: { rule: { open: 'a status page' } } }, async () => 'ok')
  assert.deepEqual(server.routes(), [{ method: 'GET', path: '/status', rule: { open: 'a status page' } }])
})

test('classes 18 and 29: the inventory names the rule of every route', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const lines = edge.server.routes().map(({ method, path, rule }) => `${method} ${path} ${JSON.stringify(rule)}`)
  assert.deepEqual(
    lines.filter((line) => line.includes('"open"')).map((line) => line.split(' ', 2).join(' ')),
    ['GET /health/live', 'HEAD /health/live', 'GET /health/ready', 'HEAD /health/ready'],
  )
  assert.ok(lines.includes('POST /articles {"operation":"article.create","auth":"required"}'))
  assert.ok(lines.includes('POST /batch {"operations":"exposed"}'))
  assert.ok(!lines.some((line) => line.includes('internal')), 'what is not exposed has no route')
})

test('class 62: what two readers could understand differently ends the connection', async (t) => {
  const edge: Edge = await startEdge(t, () => jsonOutcome('{}'))
  const smuggled = 'GET /articles HTTP/1.1\r\nHost: y\r\n\r\n'
  const head = 'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n'
  for (const bytes of [
    `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${smuggled}`,
    `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
    `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${head}Content-Length: +2\r\n\r\n{}${smuggled}`,
    `${head}Content-Length: 2 2\r\n\r\n{}${smuggled}`,
    `${head}Content-Length : 2\r\n\r\n{}${smuggled}`,
    `${head}X: a\rb\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
    `${head}X: a\u0000b\r\n\r\n${smuggled}`,
    `${head} folded: x\r\n\r\n${smuggled}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n2;\n\r\n{}\r\n0\r\n\r\n${smuggled}`,
    `POST /articles HTTP/1.1\nHost: x\n\n${smuggled}`,
    `GET /articles HTTP/1.1\r\n\r\n`,
    `GET /articles HTTP/9.9\r\nHost: x\r\n\r\n${smuggled}`,
  ]) {
    const before = edge.calls.length
    const answer = await edge.raw(Buffer.from(bytes, 'latin1'))
    assert.match(answer, /^HTTP\/1\.1 (400|415|413)/, JSON.stringify(bytes.slice(90, 160)))
    assert.equal(answer.match(/HTTP\/1\.1 \d{3}/g)?.length, 1, `one answer: ${answer}`)
    assert.equal(edge.calls.length, before, JSON.stringify(bytes))
  }
})

test('an empty segment names nothing: there is no row without an id', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const path of ['/articles/', '/api/articles/', '/api/articles//notes', '/articles/?full=true']) {
    for (const method of ['GET', 'HEAD', 'PATCH', 'DELETE', 'POST', 'OPTIONS']) {
      const answer = await edge.fetch(path, { method, headers: { Authorization: 'Bearer good' } })
      assert.equal(answer.status, 404, `${method} ${path}`)
      assert.equal(answer.headers.get('allow'), null)
      if (method !== 'HEAD') assert.match(await answer.text(), /"code":"not-found"/)
    }
  }
  assert.equal(edge.calls.length, 0)
})
