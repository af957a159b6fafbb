import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { rangeOf } from '../../../src/toolkit/http/address-range.ts'

/** By range, an address at each end of every block that IANA registers for a special purpose. */
const known = {
  public: [
    '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0',
    '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0',
    '198.17.255.255', '198.20.0.0', '223.255.255.255', '2606:4700:4700::1111', '2a00:1450:4001::200e', '2001:4860:4860::8888',
    '2001:200::', '2003::', '3ffe::', '3fff:1000::',
  ],
  private: [
    '10.0.0.0', '10.255.255.255', '127.0.0.1', '127.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0',
    '192.168.255.255', '100.64.0.0', '100.127.255.255', '::1', 'fc00::', 'fdff:ffff::1', '0:0:0:0:0:0:0:1',
  ],
  refused: [
    '0.0.0.0', '0.255.255.255', '169.254.0.1', '169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16',
    '192.0.0.1', '192.0.0.170', '192.0.0.192', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1', '192.175.48.1',
    '198.18.0.0', '198.19.255.255', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1',
    '255.255.255.255', '::', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::ffff:0:7f00:1', '::127.0.0.1',
    '::7f00:1', '64:ff9b::127.0.0.1', '64:ff9b::808:808', '64:ff9b:1::1', '100::1', '2001::1', '2001:0:4136:e378::',
    '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1', '2002:7f00:1::', '2002:a9fe:a9fe::', '2620:4f:8000::1',
    '3fff::1', '5f00::1', 'fd00:ec2::254', 'fd20:ce::254', 'fe80::1', 'fe80::1%eth0', 'fe80::1%25lo', 'fec0::1', 'ff02::1',
    '', 'localhost', '127.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.0.0.1 ', '[::1]', '1.2.3.4%eth0',
  ],
} as const // biome-ignore format: a list of addresses

test('class 104: every special-purpose block is known from its first address to its last', () => {
  for (const [range, addresses] of Object.entries(known))
    for (const address of addresses) assert.equal(rangeOf(address), range, address)
})

test('class 104: what a second implementation takes for special is never public, of any address', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const special4 = fc.constantFrom(0, 10, 100, 127, 168, 169, 172, 192, 198, 203, 224, 240, 255)
  const some4 = fc.tuple(special4, octets(3)).map(([first, rest]) => Uint8Array.from([first, ...rest]))
  const prefix6 = fc.constantFrom(
    [0, 0], [0, 0x64], [1, 0], [0x20, 1], [0x20, 2], [0x26, 0x20], [0x3f, 0xff], [0xfc, 0], [0xfe, 0x80], [0xff, 2],
  ) // biome-ignore format: a list of prefixes
  const zeros = (bytes: readonly number[]) => [...bytes, ...Array<number>(16 - bytes.length).fill(0)]
  const some6 = fc
    .tuple(prefix6, octets(14), fc.nat(14))
    .map(([prefix, rest, kept]) => Uint8Array.from(zeros([...prefix, ...rest.slice(0, kept)])))
  fc.assert(
    fc.property(fc.oneof(octets(4), octets(16), some4, some6), (bytes) => {
      const address = ipaddr.fromByteArray([...bytes])
      const range = rangeOf(address.toString())
      if (address.range() !== 'unicast') assert.notEqual(range, 'public', `${address} is ${address.range()}`)
      else if (range === 'private') assert.fail(`${address} is taken for private`)
    }),
    { numRuns: 3_000 },
  )
})
