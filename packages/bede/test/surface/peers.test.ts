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

test('class 61: whoever has a /64 of IPv6 is one caller', () => {
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff'))
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
  assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.2.2'))
  fc.assert(
    fc.property(fc.ipV6(), (address) => assert.equal(plainAddress(plainAddress(address) ?? ''), plainAddress(address))),
  )
})
