import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { edgeSettings } from '../../src/cli/settings/edge.ts'
import { Reading } from '../../src/cli/settings/reading.ts'
import { networkOf } from '../../src/engine/limits/network.ts'
import { plainAddress, readNetworks } from '../../src/surface/http/edge/networks.ts'
import { createPeers, type Peers } from '../../src/surface/http/edge/peers.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { jsonOutcome, startEdge } from './support/edge.ts'

const asked = (remoteAddress: string | undefined, headers: IncomingMessage['headers'] = {}) =>
  ({ socket: { remoteAddress }, headers }) as IncomingMessage
const from = (peers: Peers, remote: string, forwarded?: string) =>
  peers.addressOf(asked(remote, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }))

test('class 55: a proxy is an address or a network as it stands, and nothing that could be read as more', () => {
  for (const good of [
    '10.0.0.0/8',
    '10.1.2.3',
    '192.168.0.0/16',
    '172.16.0.0/12',
    '203.0.113.128/25',
    '10.1.2.3/32',
    '::1',
    'fd00::/8',
    'fc00::/7',
    '2001:db8::/32',
    '2001:DB8:0:0::1',
    'fe80::1/128',
  ])
    assert.doesNotThrow(() => createPeers([good]), good)
  for (const bad of [
    '::ffff:10.0.0.0/8',
    '::ffff:10.0.0.0/104',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::FFFF:0:0/96',
    '::ffff:0:0/97',
    '::/16',
    '::/80',
    '0.0.0.0/0',
    '0.0.0.0/1',
    '10.0.0.0/7',
    '::/0',
    'fc00::/6',
    '10.0.0.1/8',
    '10.1.0.0/15',
    'fd00::1/64',
    '10.0.0.0/08',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fd00::/129',
    '010.0.0.1',
    '0x0a000001',
    '167772161',
    '10.0.1',
    'fe80::1%eth0',
    '[::1]',
    '10.0.0.1:80',
    'loopback',
    'proxy.example',
    '*',
    'true',
    '1',
    '',
    ' 10.0.0.1',
  ]) {
    assert.throws(
      () => createPeers([bad]),
      (thrown) => isProblem(thrown) && thrown.code === 'invalid-setting',
      bad,
    )
    const reading = new Reading({ BEDE_TRUSTED_PROXIES: `10.0.0.0/8,${bad}` })
    edgeSettings(reading)
    if (bad.trim() === bad) assert.equal(reading.mistakes[0]?.place, 'BEDE_TRUSTED_PROXIES', bad)
  }
})

test('class 55: a network holds the addresses with its first bits, and no other', () => {
  const four = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  const text = (bytes: readonly number[]) => bytes.join('.')
  const value = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  fc.assert(
    fc.property(four, four, fc.integer({ min: 8, max: 32 }), fc.boolean(), (network, address, length, near) => {
      const size = 2 ** (32 - length)
      const first = Math.floor(value(network) / size) * size
      const bytesOf = (sum: number) => [24, 16, 8, 0].map((shift) => Math.floor(sum / 2 ** shift) % 256)
      const one = near ? bytesOf(first + (value(address) % size)) : address
      const networks = readNetworks([`${text(bytesOf(first))}/${length}`], (entry, reason) =>
        assert.fail(entry + reason),
      )
      const inside = value(one) >= first && value(one) < first + size
      assert.equal(networks.has(text(one)), inside)
      assert.equal(networks.has(`::ffff:${text(one)}`), inside, 'as a socket for both families says it')
      assert.equal(networks.has(`::${text(one)}`), false)
    }),
  )
})

test('class 55: only the word of a proxy that is trusted counts, from the last hop outward', () => {
  const peers = createPeers(['10.0.0.0/8', 'fd00::/8'])
  for (const [remote, forwarded, expected] of [
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['203.0.113.9', '10.0.0.1', '203.0.113.9'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '1.2.3.4, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', 'unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1,', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['10.0.0.1', '[2001:DB8::1]:4711', '2001:db8::1'],
    ['10.0.0.1', '2001:db8:0:0::1', '2001:db8::1'],
    ['10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['fd00::5', '198.51.100.1', '198.51.100.1'],
    ['fe80::1%eth0', '198.51.100.1', 'fe80::1'],
    ['10.0.0.1', '010.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, <script>', '10.0.0.1'],
  ] as const)
    assert.equal(from(peers, remote, forwarded), expected, `${remote} says ${forwarded}`)
  assert.equal(from(createPeers(), '10.0.0.1', '198.51.100.1'), '10.0.0.1', 'nobody is trusted until named')
  assert.equal(peers.addressOf(asked(undefined)), '')
})

test('class 55: whatever a caller writes, what the proxy has added stands at the end and is what counts', () => {
  const peers = createPeers(['10.0.0.1'])
  const address = fc.ipV4().filter((text) => text !== '10.0.0.1')
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), address, (claimed, real) => {
      assert.equal(from(peers, '10.0.0.1', [...claimed, real].join(', ')), real)
      assert.equal(from(peers, real, claimed.join(', ')), real)
    }),
  )
})

test('class 55: TLS and the host are what the nearest proxy says, which is the last', () => {
  const peers = createPeers(['10.0.0.1'])
  const secure = (remote: string, proto: string) => peers.secureOf(asked(remote, { 'x-forwarded-proto': proto }))
  assert.equal(secure('10.0.0.1', 'https'), true)
  assert.equal(secure('10.0.0.1', 'HTTPS'), true)
  assert.equal(secure('10.0.0.1', 'https, http'), false)
  assert.equal(secure('10.0.0.1', 'http, https'), true)
  assert.equal(secure('10.0.0.1', 'httpsx'), false)
  assert.equal(secure('10.0.0.1', ''), undefined)
  assert.equal(secure('203.0.113.9', 'https'), undefined)
  const host = (remote: string, said: string) =>
    peers.hostOf(asked(remote, { host: 'app.example', 'x-forwarded-host': said }))
  assert.equal(host('10.0.0.1', 'evil.example, api.example'), 'api.example')
  assert.equal(host('203.0.113.9', 'evil.example'), 'app.example')
})

test('class 57: no other spelling of these headers says anything, and neither does Forwarded', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { trustedProxies: ['127.0.0.1'] })
  const ask = async (...lines: readonly string[]) =>
    edge.raw(
      `GET /articles HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
    )
  assert.match(await ask('X-Forwarded-Proto: https'), /strict-transport-security/i)
  for (const line of [
    'X_Forwarded_Proto: https',
    'X-Forwarded_Proto: https',
    'X.Forwarded.Proto: https',
    'X-Forwarded-Protocol: https',
    'X-Forwarded-Ssl: on',
    'Front-End-Https: on',
    'X-Url-Scheme: https',
    'X-Scheme: https',
    'Forwarded: proto=https;host=evil.example;for=198.51.100.1',
  ])
    assert.doesNotMatch(await ask(line), /strict-transport-security/i, line)
  for (const name of [
    'x_forwarded_for',
    'x-forwarded_for',
    'x-real-ip',
    'client-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'forwarded',
  ])
    assert.equal(edge.server.peers.addressOf(asked('127.0.0.1', { [name]: '198.51.100.1' })), '127.0.0.1', name)
})

const said = (peers: Peers, remote: string, forwarded: string) => peers.addressOf(asked(remote, { forwarded }))

test('class 55: Forwarded is read where proxies are said to write it, from its end as well', () => {
  const peers = createPeers(['10.0.0.0/8', 'fd00::/8'], 'forwarded')
  for (const [remote, forwarded, expected] of [
    ['203.0.113.9', 'for=198.51.100.1', '203.0.113.9'],
    ['10.0.0.1', 'for=198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', 'For=198.51.100.1;Proto=https;by=10.0.0.1', '198.51.100.1'],
    ['10.0.0.1', ' by=10.0.0.1 ; for="198.51.100.1:4711" ', '198.51.100.1'],
    ['10.0.0.1', 'for="[2001:DB8::1]:4711"', '2001:db8::1'],
    ['10.0.0.1', 'for="[2001:db8::1]"', '2001:db8::1'],
    ['10.0.0.1', 'for=1.2.3.4, for=198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', 'for=1.2.3.4,for=198.51.100.1, for=10.9.9.9', '198.51.100.1'],
    ['10.0.0.1', 'for="[fd00::7]";proto=http,for=10.9.9.9', 'fd00::7'],
    ['10.0.0.1', 'for=198.51.100.1, for=unknown', '10.0.0.1'],
    ['10.0.0.1', 'for=198.51.100.1, for=_hidden', '10.0.0.1'],
    ['10.0.0.1', 'for=198.51.100.1, proto=https', '10.0.0.1'],
    ['10.0.0.1', 'for=198.51.100.1,', '10.0.0.1'],
    ['10.0.0.1', 'for=198.51.100.1;for=1.2.3.4', '10.0.0.1'],
    ['10.0.0.1', 'for=198.51.100.1 proto=https', '10.0.0.1'],
    ['10.0.0.1', 'for=[2001:db8::1]', '10.0.0.1'],
    ['10.0.0.1', 'for="198.51.100.1', '10.0.0.1'],
    ['10.0.0.1', 'for="198.51\\.100.1"', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1', '10.0.0.1'],
    ['10.0.0.1', 'for=010.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
  ] as const)
    assert.equal(said(peers, remote, forwarded), expected, `${remote} says ${forwarded}`)
  const request = (forwarded: string) => asked('10.0.0.1', { forwarded, host: 'app.example' })
  assert.equal(peers.secureOf(request('proto=http, for=1.2.3.4;proto=HTTPS')), true)
  assert.equal(peers.secureOf(request('proto=https, for=1.2.3.4;proto=http')), false)
  assert.equal(peers.secureOf(request('proto=https, for=1.2.3.4')), undefined)
  assert.equal(peers.hostOf(request('host=evil.example, for=1.2.3.4;host="api.example:443"')), 'api.example:443')
  assert.equal(peers.hostOf(request('host=evil.example, for=1.2.3.4')), 'app.example')
  assert.equal(
    peers.hostOf(asked('203.0.113.9', { forwarded: 'host=evil.example', host: 'app.example' })),
    'app.example',
  )
})

test('class 55: whatever a caller has written into Forwarded, no mark of it reaches into what the proxy adds', () => {
  const peers = createPeers(['10.0.0.1'], 'forwarded')
  const letters = fc.string({ unit: fc.constantFrom(...'for=;," \\[]:1.2a'), maxLength: 30 })
  const node = fc.oneof(
    fc.ipV4().map((address) => [address, address] as const),
    fc.ipV6().map((address) => [`"[${address}]"`, address] as const),
  )
  fc.assert(
    fc.property(letters, node, ([...claimed], [written, real]) => {
      fc.pre(plainAddress(real) !== '10.0.0.1')
      const header = `${claimed.join('')}, for=${written};proto=https;host=app.example`
      assert.equal(said(peers, '10.0.0.1', header), plainAddress(real))
      assert.equal(peers.hostOf(asked('10.0.0.1', { forwarded: header })), 'app.example')
    }),
    { numRuns: 2_000 },
  )
})

test('class 57: of the two families of headers one is read and never the other', async (t) => {
  const both = {
    'x-forwarded-for': '198.51.100.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'x.example',
    forwarded: 'for=198.51.100.2;proto=https;host=f.example',
    host: 'app.example',
  }
  for (const [header, address, secure, host] of [
    ['x-forwarded', '198.51.100.1', false, 'x.example'],
    ['forwarded', '198.51.100.2', true, 'f.example'],
  ] as const) {
    const peers = createPeers(['10.0.0.1'], header)
    const request = asked('10.0.0.1', both)
    assert.deepEqual(
      [peers.addressOf(request), peers.secureOf(request), peers.hostOf(request)],
      [address, secure, host],
    )
    // A proxy that writes one of them may pass on the other as its caller has written it.
    const others =
      header === 'forwarded' ? { ...both, forwarded: undefined } : { forwarded: both.forwarded, host: both.host }
    const passed = asked('10.0.0.1', others)
    assert.deepEqual(
      [peers.addressOf(passed), peers.secureOf(passed), peers.hostOf(passed)],
      ['10.0.0.1', undefined, 'app.example'],
    )
  }
  const edge = await startEdge(t, () => jsonOutcome('{}'), { trustedProxies: ['127.0.0.1'], proxyHeader: 'forwarded' })
  const ask = async (line: string) =>
    edge.raw(`GET /articles HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${line}\r\n\r\n`)
  assert.match(await ask('Forwarded: for=198.51.100.1;proto=https'), /strict-transport-security/i)
  assert.match(await ask('Forwarded: for=1.2.3.4;proto=http\r\nForwarded: proto=https'), /strict-transport-security/i)
  for (const line of ['X-Forwarded-Proto: https', 'For_warded: proto=https', 'X-Forwarded: proto=https'])
    assert.doesNotMatch(await ask(line), /strict-transport-security/i, line)
  assert.deepEqual(
    edge.calls.map(({ from }) => from?.address),
    ['198.51.100.1', '127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
  )
})

test('a setting names the headers of proxies, and there have to be proxies', () => {
  const read = (environment: Record<string, string>) => {
    const reading = new Reading(environment)
    const { proxyHeader } = edgeSettings(reading)
    return [proxyHeader, ...reading.mistakes.map(({ place }) => place)]
  }
  assert.deepEqual(read({ BEDE_TRUSTED_PROXIES: '10.0.0.1' }), ['x-forwarded'])
  assert.deepEqual(read({ BEDE_TRUSTED_PROXIES: '10.0.0.1', BEDE_PROXY_HEADER: 'forwarded' }), ['forwarded'])
  assert.deepEqual(read({ BEDE_PROXY_HEADER: 'forwarded' }), ['forwarded', 'BEDE_PROXY_HEADER'])
  for (const wrong of ['Forwarded', 'both', 'x-forwarded,forwarded', 'x-real-ip'])
    assert.deepEqual(read({ BEDE_TRUSTED_PROXIES: '10.0.0.1', BEDE_PROXY_HEADER: wrong }).slice(1), [
      'BEDE_PROXY_HEADER',
    ])
})

test('class 61: whoever has a /64 of IPv6 is one caller', () => {
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff'))
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
  assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.2.2'))
  fc.assert(
    fc.property(fc.ipV6(), (address) => assert.equal(plainAddress(plainAddress(address) ?? ''), plainAddress(address))),
  )
})
