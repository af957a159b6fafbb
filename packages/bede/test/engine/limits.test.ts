import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoryCounter } from '../../src/engine/limits/memory-counter.ts'
import { isInternal, networkOf } from '../../src/engine/limits/network.ts'
import { limitOf, type Spent } from '../../src/engine/limits/quota.ts'

const limit = limitOf('actor', 'actor', { points: 10, per: 60 })
const spent = (whose: string, points = 1): Spent => ({ limit, whose, points })

test('in no stretch of time is more spent than its points and those that came back in it', () => {
  const steps = fc.array(fc.record({ later: fc.nat(20_000), points: fc.integer({ min: 1, max: 10 }) }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (all) => {
      let now = 0
      const counter = memoryCounter(() => now)
      const let_ = all.flatMap(({ later, points }) => {
        now += later
        return counter.spend([spent('a', points)]).wait === 0 ? [{ at: now, points }] : []
      })
      for (let from = 0; from < let_.length; from++) {
        let sum = 0
        for (const { at, points } of let_.slice(from)) {
          sum += points
          const most = 10 + (at - (let_[from]?.at ?? 0)) / limit.each
          assert.ok(sum <= most + 1e-6, `${sum} points where there are ${most}`)
        }
      }
    }),
  )
})

test('who waits as long as was said is let through, and who waits less is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), (first, second) => {
      let now = 5
      const counter = memoryCounter(() => now)
      counter.spend([spent('a', 10)])
      counter.spend([spent('a', first)])
      const { wait } = counter.spend([spent('a', second)])
      assert.ok(wait > 0)
      now += wait - 0.01
      assert.ok(counter.spend([spent('a', second)]).wait > 0)
      now += 0.02
      assert.equal(counter.spend([spent('a', second)]).wait, 0)
    }),
  )
})

test('of several limits that count one call all are spent, or none', () => {
  const other = limitOf('key', 'key', { points: 3, per: 60 })
  const counter = memoryCounter(() => 0)
  const both: Spent[] = [spent('a'), { limit: other, whose: 'k', points: 1 }]
  for (let n = 0; n < 3; n++) assert.equal(counter.spend(both).wait, 0)
  for (let n = 0; n < 5; n++) assert.ok(counter.spend(both).wait > 0)
  assert.equal(counter.spend([spent('a', 7)]).wait, 0, 'what was refused by the key cost the account nothing')
  assert.ok(counter.spend([spent('a')]).wait > 0)
})

test('class 61: any number of addresses takes a bounded memory, frees nobody and keeps nobody apart from their count', () => {
  let now = 0
  const counter = memoryCounter(() => now, 100)
  while (counter.spend([spent('victim')]).wait === 0);
  const refusedAt = (whose: string) => counter.spend([spent(whose)]).wait > 0
  const addresses = Array.from(
    { length: 20_000 },
    (_, n) => `2001:db8:${(n >> 8).toString(16)}:${(n & 255).toString(16)}`,
  )
  const let_ = addresses.filter((address) => !refusedAt(address))
  // 100 of their own, and a share of each of some 80 neighborhoods of 256.
  assert.ok(let_.length < 100 + 80 * 10, `${let_.length} were let through`)
  assert.ok(refusedAt('victim'), 'still')
  now += limit.per
  assert.ok(!refusedAt('victim'), 'its points are back')
  assert.ok(!refusedAt('newcomer'), 'and places are free again')
})

test('an address has one form, and its network another', () => {
  for (const [address, network] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['2002:c000:0201:1::5', '192.0.2.1'],
    ['2001:db8:0:1::1', '2001:db8:0:1'],
    ['2001:0DB8:0000:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['unknown', 'unknown'],
    [':::', ':::'],
    ['1:2:3', '1:2:3'],
    ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:9'],
    ['::ffff:999999', '::ffff:999999'],
  ] as const)
    assert.equal(networkOf(address), network, address)
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(groups, groups, (of, other) => {
      const text = (all: readonly number[]) => all.map((group) => group.toString(16)).join(':')
      const same = [...of.slice(0, 4), ...other.slice(4)]
      fc.pre(![0, 0x64, 0x2002].includes(of[0] ?? 0))
      assert.equal(networkOf(text(of)), networkOf(text(same).toUpperCase()))
      fc.pre(text(of.slice(0, 4)) !== text(other.slice(0, 4)) && ![0, 0x64, 0x2002].includes(other[0] ?? 0))
      assert.notEqual(networkOf(text(of)), networkOf(text(other)))
    }),
  )
})

test('addresses that are not reached from everywhere are known', () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '',
  ])
    assert.ok(isInternal(networkOf(address)), address)
  for (const address of [
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '192.169.0.1',
    '100.128.0.1',
    '2001:4860::8888',
    '2606:4700::1',
    'fe00::1',
  ])
    assert.ok(!isInternal(networkOf(address)), address)
})
