import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCors } from '../../src/surface/http/answer/cors.ts'
import { isProblem, Problem } from '../../src/telemetry/problem.ts'
import { jsonOutcome, startEdge } from './support/edge.ts'

/** Headers of an answer without those that differ from one to the next. */
const snapshot = (answer: Response): Record<string, string> =>
  Object.fromEntries(
    [...answer.headers].filter(
      ([name]) =>
        !['date', 'connection', 'keep-alive', 'x-request-id', 'traceparent', 'etag', 'content-length'].includes(name),
    ),
  )

const base = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  vary: 'Authorization, Origin, Accept',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
/** On what a browser shows as a page, and on files, which it may take for one. */
const permissions =
  'accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=()'
const raw = (headers: Record<string, string>, body = 'x') => ({
  status: 200,
  timings: [],
  answer: { kind: 'raw', headers, body } as const,
})

test('class 133: the headers of every kind of page', async (t) => {
  let page: Record<string, string> = {}
  const edge = await startEdge(t, ({ operation }) => (operation === 'page' ? raw(page) : jsonOutcome('{}')))
  const json = 'application/json; charset=utf-8'
  assert.deepEqual(snapshot(await edge.fetch('/articles')), {
    ...base,
    'cache-control': 'private, no-cache',
    'content-type': json,
  })
  assert.deepEqual(snapshot(await edge.fetch('/nothing')), {
    ...base,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json; charset=utf-8',
  })
  assert.deepEqual(snapshot(await edge.fetch('/health/live')), {
    ...base,
    'cache-control': 'no-store',
    'content-type': json,
  })
  page = { 'Content-Type': 'text/html; charset=utf-8' }
  assert.deepEqual(snapshot(await edge.fetch('/page')), {
    ...base,
    'cache-control': 'private, no-cache',
    'content-type': 'text/html; charset=utf-8',
    'permissions-policy': permissions,
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  })
  page = { 'Content-Type': 'image/svg+xml' }
  assert.deepEqual(snapshot(await edge.fetch('/page')), {
    ...base,
    'cache-control': 'private, no-cache',
    'content-type': 'image/svg+xml',
    'permissions-policy': permissions,
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  })
  assert.equal((await edge.fetch('/page')).headers.get('strict-transport-security'), null, 'not over http')
})

test('HSTS where the origin is one of TLS, for as long as was set, and not where a proxy says that this call had none', async (t) => {
  const origin = 'https://127.0.0.1'
  const hsts = async (options: Parameters<typeof startEdge>[2], headers: Record<string, string> = {}) =>
    (await (await startEdge(t, () => jsonOutcome('{}'), options)).fetch('/articles', { headers })).headers.get(
      'strict-transport-security',
    )
  assert.equal(await hsts({ origin }), 'max-age=31536000')
  assert.equal(await hsts({ origin, hsts: 300 }), 'max-age=300')
  assert.equal(await hsts({ origin, hsts: 0 }), 'max-age=0')
  assert.equal(await hsts({ origin: 'http://127.0.0.1' }), null)
  const proxied = { origin, trustedProxies: ['127.0.0.1'] }
  assert.equal(await hsts(proxied, { 'X-Forwarded-Proto': 'http' }), null)
  assert.equal(await hsts(proxied), 'max-age=31536000')
})

test('HSTS where the connection came over TLS, as a trusted proxy says and nobody else', async (t) => {
  const trusting = await startEdge(t, () => jsonOutcome('{}'), { trustedProxies: ['127.0.0.1'] })
  const wary = await startEdge(t, () => jsonOutcome('{}'))
  const headers = { 'X-Forwarded-Proto': 'https' }
  assert.equal(
    (await trusting.fetch('/articles', { headers })).headers.get('strict-transport-security'),
    'max-age=31536000',
  )
  assert.equal((await wary.fetch('/articles', { headers })).headers.get('strict-transport-security'), null)
})

test('class 58: no cache keeps what depends on who asks, and refusals are kept nowhere', async (t) => {
  const edge = await startEdge(t, ({ actor }) => jsonOutcome(JSON.stringify({ actor })))
  const mine = await edge.fetch('/articles', { headers: { Authorization: 'Bearer good' } })
  const etag = mine.headers.get('etag') ?? ''
  assert.match(mine.headers.get('vary') ?? '', /Authorization/)
  assert.match(mine.headers.get('cache-control') ?? '', /private/)
  const theirs = await edge.fetch('/articles', { headers: { 'If-None-Match': etag } })
  assert.equal(theirs.status, 200, "one actor's tag says nothing to another")
  const again = await edge.fetch('/articles', {
    headers: { 'If-None-Match': `"x", W/${etag}`, Authorization: 'Bearer good' },
  })
  assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', etag])
  assert.match(again.headers.get('vary') ?? '', /Authorization/)
  const refused = await edge.fetch('/articles', { headers: { 'If-None-Match': '*', Authorization: 'Bearer bad' } })
  assert.deepEqual([refused.status, refused.headers.get('cache-control')], [401, 'no-store'])
})

test('class 58: what a handler says of caches stands, and what an answer depends on is added to what all do', async (t) => {
  let said: Record<string, string> = {}
  const edge = await startEdge(t, () => jsonOutcome('{}', { answer: { kind: 'json', text: '{}', headers: said } }))
  for (const name of ['Cache-Control', 'cache-control']) {
    said = { [name]: 'no-store' }
    assert.equal((await edge.fetch('/articles')).headers.get('cache-control'), 'no-store', name)
  }
  for (const name of ['Vary', 'vary']) {
    said = { [name]: 'Accept-Language', 'Cache-Control': 'public, max-age=60' }
    const { headers } = await edge.fetch('/articles')
    assert.equal(headers.get('vary'), 'Authorization, Origin, Accept, Accept-Language', name)
  }
  said = { ETag: 'W/"1"' }
  for (const tag of ['W/"1"', '"1"'])
    assert.equal((await edge.fetch('/articles', { headers: { 'If-None-Match': tag } })).status, 304, tag)
  assert.equal((await edge.fetch('/articles', { headers: { 'If-None-Match': 'W/"2"' } })).status, 200)
})

test('class 60: no header value of ours can end its line', async (t) => {
  let headers: Record<string, string> = {}
  const logged: string[] = []
  const logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (message: string) => void logged.push(message),
    with: () => logger,
  }
  const edge = await startEdge(
    t,
    ({ operation }) => (operation === 'page' ? raw(headers) : jsonOutcome('{}', { next: 'c\r\nX: 1>;"' })),
    { log: logger },
  )
  for (const bad of [
    { Location: '/x\r\nSet-Cookie: a=b' },
    { 'X-A': 'a\nb' },
    { 'X-A': 'a\u0000' },
    { 'X-A': 'a\u007f' },
    { 'X-A': 'ä' },
    { 'X A': 'a' },
    { 'X-A\r\nX-B': 'a' },
    { '': 'a' },
    { 'Content-Length': '0' },
    { 'transfer-encoding': 'chunked' },
    { Connection: 'close' },
  ]) {
    headers = bad
    const answer = await edge.fetch('/page')
    assert.equal(answer.status, 500, JSON.stringify(bad))
    assert.match(await answer.text(), /"code":"internal"/)
    assert.equal(answer.headers.get('set-cookie'), null)
  }
  assert.equal(logged.length, 11)
  for (const inbound of ['a\tb--------', '<script>alert(1)</script>', 'x'.repeat(65), 'short']) {
    const { headers } = await edge.fetch('/articles', { headers: { 'X-Request-Id': inbound } })
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  }
  const link = (
    await edge.raw('GET /articles?status=%0d%0aX:1&cursor=old&sort="> HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  ).match(/\r\nlink: (.*)\r\n/i)?.[1]
  assert.equal(link, '</articles?status=%0d%0aX:1&sort=%22%3E&cursor=c%0D%0AX%3A%201%3E%3B%22>; rel="next"')
})

test('class 13: what was not meant to be said is not said', async (t) => {
  const secret = 'relation "user" column "password_hash" at /srv/app/db.ts'
  const logged: unknown[] = []
  const logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (_: string, data?: object) => void logged.push(data),
    with: () => logger,
  }
  const failures = [
    new Error(secret),
    new Problem('internal', {
      message: secret,
      hint: secret,
      details: [{ place: secret, code: 'internal', message: secret }],
    }),
    new Problem('store-schema', { message: secret, hint: secret }),
    new Problem('unavailable', { cause: new Error(secret) }),
    secret,
    null,
    { status: 200, body: secret },
  ]
  let failure: unknown
  const edge = await startEdge(t, () => Promise.reject(failure), { log: logger })
  for (failure of failures) {
    const answer = await edge.fetch('/articles')
    const body = await answer.text()
    assert.ok([500, 503].includes(answer.status))
    assert.ok(!body.includes('password_hash') && !body.includes('/srv/'), body)
    assert.ok(![...answer.headers.values()].some((value) => value.includes('password_hash')))
    assert.equal(JSON.parse(body).requestId, answer.headers.get('x-request-id'))
  }
  assert.equal(logged.length, failures.length, 'each is in the log, with its request id')
})

test('class 134: no origin is allowed until it is named, and then letter by letter', async (t) => {
  const origin = 'https://app.example'
  const closed = await startEdge(t, () => jsonOutcome('{}'))
  const open = await startEdge(t, () => jsonOutcome('{}'), { cors: { origins: [origin], credentials: true } })
  const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' }
  for (const edge of [closed, open]) {
    for (const foreign of [
      'https://evil.example',
      'https://app.example.evil.example',
      'https://evil-app.example',
      'http://app.example',
      'https://app.example:8443',
      'null',
      'https://APP.example',
      'https://app.example/',
      'file://',
      '*',
      `${origin}, https://evil.example`,
    ]) {
      for (const init of [
        { headers: { Origin: foreign } },
        { method: 'OPTIONS', headers: { Origin: foreign, ...preflight } },
      ]) {
        const names = [...(await edge.fetch('/articles', init)).headers.keys()].filter((name) =>
          name.startsWith('access-control'),
        )
        assert.deepEqual(names, [], foreign)
      }
    }
  }
  const allowed = await open.fetch('/articles', { headers: { Origin: origin } })
  assert.equal(allowed.headers.get('access-control-allow-origin'), origin)
  assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true')
  assert.equal(allowed.headers.get('cross-origin-resource-policy'), 'cross-origin')
  assert.match(allowed.headers.get('vary') ?? '', /Origin/)
  assert.match(allowed.headers.get('access-control-expose-headers') ?? '', /RateLimit, RateLimit-Policy, Retry-After/)
  const asked = await open.fetch('/articles', { method: 'OPTIONS', headers: { Origin: origin, ...preflight } })
  assert.equal(asked.status, 204)
  assert.equal(asked.headers.get('access-control-allow-methods'), 'GET, HEAD, OPTIONS, POST')
  assert.match(
    asked.headers.get('access-control-allow-headers') ?? '',
    /^Authorization, Bede-Consistency, Content-Type, Idempotency-Key, If-Match, /,
  )
  assert.match(asked.headers.get('vary') ?? '', /Access-Control-Request-Method/)
  const refused = await open.fetch('/articles', { method: 'POST', headers: { Origin: origin } })
  assert.deepEqual(
    [refused.status, refused.headers.get('access-control-allow-origin')],
    [401, origin],
    'a page can read why',
  )
})

test('class 134: every origin, only without credentials; and no origin that no browser sends', () => {
  assert.deepEqual(createCors({ origins: ['*'] }).answer('https://x.example')['Access-Control-Allow-Origin'], '*')
  for (const options of [
    { origins: ['*'], credentials: true },
    { origins: ['*', 'https://a.example'] },
    { origins: ['null'] },
    { origins: ['https://a.example/'] },
    { origins: ['a.example'] },
    { origins: ['https://*.example'] },
    { origins: [''] },
  ]) {
    if (options.origins[0] === 'https://*.example' && URL.canParse('https://*.example')) continue
    assert.throws(
      () => createCors(options),
      (thrown) => isProblem(thrown) && thrown.code === 'invalid-declaration',
      JSON.stringify(options),
    )
  }
})

test('traceparent goes on where it is valid and begins anew where it is not', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const out = async (traceparent: string) =>
    (await edge.fetch('/articles', { headers: { traceparent } })).headers.get('traceparent') ?? ''
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  assert.match(
    await out(`00-${trace}-00f067aa0ba902b7-01`),
    new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
  )
  assert.match(await out(`cc-${trace}-00f067aa0ba902b7-00-what-comes-later`), new RegExp(`^00-${trace}-`))
  for (const bad of [
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `ff-${trace}-00f067aa0ba902b7-01`,
    `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${trace}-00f067aa0ba902b7-01-more`,
    `00-${trace}-00f067aa0ba902b7`,
    'x',
    `00-${trace}-00f067aa0ba902b7-1`,
  ]) {
    assert.match(await out(bad), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/, bad)
    assert.ok(!(await out(bad)).includes(trace), bad)
  }
})

test('the form of a problem, and the form an app gives it', async (t) => {
  const problem = new Problem('already-exists', {
    message: 'There is one.',
    hint: 'Take another.',
    details: [{ place: '/title', code: 'already-exists', message: 'taken' }],
    retryAfter: 2.2,
  })
  const fail = () => Promise.reject(problem)
  const usual = await startEdge(t, fail)
  const send = {
    method: 'POST',
    body: '{"title":"x"}',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer good' },
  }
  const answer = await usual.fetch('/articles', send)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  assert.equal(answer.headers.get('retry-after'), '3')
  assert.deepEqual(await answer.json(), {
    type: 'urn:bede:problem:already-exists',
    title: 'There is already a row with that value',
    status: 409,
    detail: 'There is one.',
    code: 'already-exists',
    details: [{ place: '/body/title', code: 'already-exists', message: 'taken' }],
    hint: 'Take another.',
    requestId: answer.headers.get('x-request-id'),
  })
  const own = await startEdge(t, fail, {
    problem: ({ details }) => ({
      status: 422,
      body: { errors: { [details[0]?.place ?? '']: ['taken'] } },
      headers: { 'X-Own': '1' },
    }),
  })
  const shaped = await own.fetch('/articles', send)
  assert.deepEqual(
    [shaped.status, shaped.headers.get('x-own'), await shaped.json()],
    [422, '1', { errors: { '/body/title': ['taken'] } }],
  )
  const broken = await startEdge(t, fail, {
    problem: () => {
      throw new Error('oops')
    },
  })
  assert.deepEqual([(await broken.fetch('/articles', send)).status], [500])
})
