import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOutcome, startEdge } from './support/edge.ts'

/** What differs from one request to the next whoever answers it. */
const own = (answer: string): string =>
  answer
    .replace(/\r\n(?:date|x-request-id|traceparent): [^\r]*/gi, '')
    .replace(/"requestId":"[^"]*"/g, '"requestId":""')

test('the way past Fastify answers as the way through it does', async (t) => {
  const answering = () => jsonOutcome('{"slug":"x"}')
  const past = await startEdge(t, answering)
  const through = await startEdge(t, answering)
  const { server, routing } = through.server.fastify
  server.removeAllListeners('request')
  server.on('request', (request, response) => routing(request, response))
  const asked = [
    'GET /articles/x',
    'HEAD /articles/x',
    'OPTIONS /articles/x',
    'DELETE /nowhere',
    'PATCH /articles',
    'GET /articles/a%20b',
    'GET /articles/a%2Fb',
    'GET /articles/%',
    'GET /articles/%00',
    'GET /articles/',
    'GET //articles/x',
    'GET /articles/x/',
    'GET /ARTICLES/x',
    'GET /articles/x;y=1',
    'GET /articles/x?unknown=1',
    'GET /articles/x?a=1&a=2',
    'GET http://other.example/articles/x',
    'GET /articles/../articles/x',
    `GET /articles/${'x'.repeat(9000)}`,
    'GET *',
    'OPTIONS *',
    'BREW /articles/x',
  ]
  const headers = [[], ['If-None-Match: *'], ['X-Request-Id: one', 'X-Request-Id: two'], ['Authorization: Bearer no']]
  for (const line of asked) {
    for (const own of headers) await same([`${line} HTTP/1.1`, 'Host: x', ...own, 'Connection: close'].join('\r\n'))
  }
  await same('GET /articles/x HTTP/1.0')

  async function same(head: string): Promise<void> {
    const [one, other] = [await past.raw(`${head}\r\n\r\n`), await through.raw(`${head}\r\n\r\n`)]
    assert.equal(own(one), own(other), head.slice(0, 100))
    assert.notEqual(one, '', head.slice(0, 100))
  }
  assert.equal(past.calls.length, through.calls.length)
  assert.ok(past.calls.length > 0)
})

test('requests that come at once on one connection are answered in their order', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const asked = ['/articles/a', '/nowhere', '/articles/b', '/articles']
  const text = asked.map((path, n) => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: request-${n}\r\n\r\n`).join('')
  const answers = await edge.raw(text)
  assert.deepEqual(
    [...answers.matchAll(/x-request-id: (\S+)/gi)].map(([, id]) => id),
    ['request-0', 'request-1', 'request-2', 'request-3'],
  )
})
