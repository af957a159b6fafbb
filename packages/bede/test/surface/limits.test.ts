import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { jsonOutcome, startEdge } from './support/edge.ts'

const json = { 'Content-Type': 'application/json', Authorization: 'Bearer good' }
const post = (body: string) => ({ method: 'POST', body, headers: json })

test('class 129: deep, wide and large bodies are refused, and the server lives on', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { bytes: 3_000_000 } })
  for (const [body, status, code] of [
    [`{"meta":${'['.repeat(10_000)}`, 400, 'too-deep'],
    [`{"meta":${'{"a":'.repeat(10_000)}`, 400, 'too-deep'],
    [`{"meta":[${'0,'.repeat(1_000_000)}0]}`, 400, 'too-many'],
    [`{${Array.from({ length: 200_000 }, (_, i) => `"k${i}":0`).join()}}`, 400, 'too-many'],
    [JSON.stringify({ title: 'x'.repeat(3_000_000) }), 413, 'too-large'],
  ] as const) {
    const answer = await edge.fetch('/articles', post(body))
    assert.deepEqual([answer.status, JSON.parse(await answer.text()).code], [status, code], body.slice(0, 30))
  }
  assert.equal(edge.calls.length, 0)
  assert.equal((await edge.fetch('/articles', post('{"title":"x"}'))).status, 200)
})

test('a body of unknown length is limited too, and the connection serves on', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { bytes: 1000 } })
  const head =
    'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`
  const answers = await edge.raw(`${head}${chunk}${chunk}${chunk}0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 413', 'HTTP/1.1 200'])
  assert.equal(edge.calls.length, 0)
})

test('long addresses, large headers and many parameters are refused', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  assert.equal((await edge.fetch(`/articles?sort=${'x'.repeat(8_200)}`)).status, 414)
  assert.equal(
    (await edge.fetch(`/api/articles/${'x'.repeat(8_000)}`)).status,
    200,
    'a long parameter is no other path',
  )
  assert.equal((await edge.fetch('/articles', { headers: { 'X-Long': 'x'.repeat(17_000) } })).status, 431)
  assert.match(
    await edge.raw(`GET /articles HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 [\s\S]*header-too-large/,
  )
  const lines = Array.from({ length: 3_000 }, (_, i) => `A${i}: 1\r\n`).join('')
  assert.match(await edge.raw(`GET /articles HTTP/1.1\r\nHost: x\r\n${lines}\r\n`), /^HTTP\/1\.1 431 /)
  const many = await edge.fetch(`/articles?${Array.from({ length: 101 }, (_, i) => `p${i}=1`).join('&')}`)
  assert.deepEqual([many.status, JSON.parse(await many.text()).code], [400, 'too-many'])
  assert.equal((await edge.fetch('/articles?&&limit=1&')).status, 200)
})

test('a request that does not come is not waited for', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { headersTime: 300, requestTime: 600 } })
  const silence = 4_000
  assert.match(
    await edge.raw('GET /articles HTTP/1.1\r\nHost: x\r\n', silence),
    /^HTTP\/1\.1 408 [\s\S]*request-timeout/,
  )
  const head =
    'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
  assert.match(await edge.raw(`${head}{"title"`, silence), /^HTTP\/1\.1 408 /)
  assert.equal(edge.calls.length, 0)
})

test('a request that drips in is cut off as well', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { headersTime: 300, requestTime: 600 } })
  const answer = await new Promise<string>((resolve) => {
    let received = ''
    const socket = connect(edge.port, '127.0.0.1')
    const drip = setInterval(() => socket.writable && socket.write('X'), 50)
    socket.on('error', () => {})
    socket.on('data', (data) => (received += data))
    socket.on('close', () => {
      clearInterval(drip)
      resolve(received)
    })
    socket.write('GET /articles HTTP/1.1\r\nHost: x\r\nA: ')
  })
  assert.match(answer, /^HTTP\/1\.1 408 /)
})
