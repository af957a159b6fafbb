import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeSettings } from '../../src/cli/settings/edge.ts'
import { Reading } from '../../src/cli/settings/reading.ts'
import { createHosts } from '../../src/surface/http/edge/hosts.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type Edge, jsonOutcome, startEdge } from './support/edge.ts'

const head = (host: string, more = '') => `GET /articles HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
const asks = async (edge: Edge, host: string, more = '') => statusOf(await edge.raw(head(host, more)))

test('class 56: where the origin is known, a call for another host is misdirected; health is asked by any name', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), {
    origin: 'https://app.example',
    hosts: ['api.example', '*.tenants.example'],
  })
  for (const host of [
    'app.example',
    'APP.example',
    'app.example:443',
    'api.example',
    'acme.tenants.example',
    'a.b.tenants.example',
    '127.0.0.1:3000',
    'localhost',
    '[::1]:80',
    'app.localhost',
  ])
    assert.equal(await asks(edge, host), 200, host)
  const before = edge.calls.length
  for (const host of [
    'evil.example',
    'app.example.evil.example',
    'xapp.example',
    'app.example.',
    'tenants.example',
    'xtenants.example',
    'evil.example#app.example',
    'app.example@evil.example',
    'evil.example/app.example',
    'app.example, evil.example',
    'app.example:80:80',
    'app.example:',
    '192.0.2.1',
    '10.0.0.1:3000',
    '',
    'app.example evil.example',
    'localhost.evil.example',
  ]) {
    const answer = await edge.raw(head(host))
    assert.equal(statusOf(answer), 421, host)
    assert.match(answer, /"code":"misdirected-request"/)
  }
  for (const target of [
    'http://evil.example/articles',
    'http://evil.example:80/articles',
    'http://u@app.example/articles',
  ])
    assert.equal(
      statusOf(await edge.raw(`GET ${target} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`)),
      421,
    )
  assert.equal(statusOf(await edge.raw('GET /articles HTTP/1.0\r\n\r\n')), 421, 'no host is no name')
  // Nobody in front is trusted: what they say of the host is nothing.
  assert.equal(await asks(edge, 'evil.example', 'X-Forwarded-Host: app.example\r\n'), 421)
  assert.equal(edge.calls.length, before)
  for (const path of ['/health/live', '/health/ready'])
    assert.match(
      await edge.raw(`GET ${path} HTTP/1.1\r\nHost: 10.1.2.3\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 200/,
    )
})

test('class 56: a proxy that is trusted says which host was asked for', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), {
    origin: 'https://app.example',
    trustedProxies: ['127.0.0.1'],
  })
  assert.equal(await asks(edge, 'upstream', 'X-Forwarded-Host: app.example\r\n'), 200)
  assert.equal(await asks(edge, 'app.example', 'X-Forwarded-Host: evil.example\r\n'), 421)
})

test('without an origin and names, production answers by any name', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  assert.equal(await asks(edge, 'whatever.example'), 200)
})

test('class 131: in development a name that was made to mean this machine is no name, and a foreign page is not answered', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), {
    development: true,
    hosts: ['tunnel.example'],
    cors: { origins: ['https://front.example'] },
  })
  const own = `127.0.0.1:${edge.port}`
  for (const host of [
    own,
    'localhost',
    'LOCALHOST:5173',
    'app.localhost',
    '[::1]',
    '192.168.1.5:3000',
    'tunnel.example',
  ])
    assert.equal(await asks(edge, host), 200, host)
  for (const origin of [
    'http://localhost:5173',
    `http://${own}`,
    'https://front.example',
    'http://[::1]:8080',
    'http://x.localhost',
  ])
    assert.equal(await asks(edge, own, `Origin: ${origin}\r\n`), 200, origin)
  const before = edge.calls.length
  for (const host of [
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.nip.example',
    '127.0.0.1.',
    '0x7f.1',
  ])
    assert.equal(await asks(edge, host), 421, host)
  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'file://',
    'http://127.0.0.1.evil.example',
    'evil',
  ])
    for (const [method, more] of [
      ['GET', ''],
      ['POST', 'Content-Type: application/json\r\nContent-Length: 2\r\n'],
      ['OPTIONS', 'Access-Control-Request-Method: POST\r\n'],
    ] as const) {
      const answer = await edge.raw(
        `${method} /articles HTTP/1.1\r\nHost: ${own}\r\nConnection: close\r\nOrigin: ${origin}\r\n${more}\r\n${method === 'POST' ? '{}' : ''}`,
      )
      assert.equal(statusOf(answer), 403, `${method} from ${origin}`)
      assert.doesNotMatch(answer, /access-control-allow/i)
    }
  assert.equal(edge.calls.length, before)
})

test('what is no name of a host is refused where it is set', () => {
  const mistakes = (text: string) => {
    const reading = new Reading({ BEDE_HOSTS: text })
    edgeSettings(reading)
    return reading.mistakes.length
  }
  for (const text of [
    'api.example',
    '*.app.example',
    'a.example, b.example',
    'localhost',
    '192.0.2.1',
    '::1',
    'my_host',
  ])
    assert.equal(mistakes(text), 0, text)
  for (const text of [
    'https://api.example',
    'api.example:443',
    'API.example',
    '*',
    '*.',
    'a.*.example',
    'a..example',
    '.example',
    'a.example,',
    'a b',
    '-a.example',
  ])
    assert.equal(mistakes(text), 1, text)
  assert.throws(
    () => createHosts({ development: false, names: ['a.example'] }).check('b.example', () => true),
    isProblem,
  )
})
