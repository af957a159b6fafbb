import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { distance, earthRadius, type Point } from '../../src/expr/point.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { testStores } from '../support/stores.ts'

/** What memory and a store may differ by: a float has 16 digits, and a store computes with degrees. */
const micrometre = 1e-6

const degree = (limit: number) =>
  fc.oneof(
    fc.double({ min: -limit, max: limit, noNaN: true }),
    fc.constantFrom(0, limit, -limit, limit - 1e-9, 1e-300, -5e-324, limit / 2),
    fc.double({ min: 0, max: 1e-3, noNaN: true }).map((x) => limit - x),
  )
const place = fc.record({ lat: degree(90), lon: degree(180) })
const antipode = ({ lat, lon }: Point): Point => ({ lat: -lat, lon: lon <= 0 ? lon + 180 : lon - 180 })
/** Two places, the second often one that is hard to tell from the first or from its antipode, and a radius that is about their distance. */
const cases = fc
  .tuple(place, place, fc.constantFrom(0, 1, 2, 3, 4, 5), fc.constantFrom(0, 0.5, 0.99, 0.999999, 1.000001, 1.01, 3))
  .map(([a, b, how, part]) => {
    const near = { lat: Math.min(90, Math.max(-90, a.lat - b.lat * 1e-7)), lon: a.lon }
    const other = [b, a, antipode(a), { lat: a.lat, lon: -a.lon }, near, antipode(near)][how] ?? b
    return { a, b: other, metres: distance(a, other) * part }
  })

test('a distance is the one of the great circle', () => {
  const quarter = (earthRadius * Math.PI) / 2
  const known: readonly (readonly [Point, Point, metres: number])[] = [
    [{ lat: 0, lon: 0 }, { lat: 0, lon: 90 }, quarter],
    [{ lat: 90, lon: 7 }, { lat: 0, lon: 90 }, quarter],
    [{ lat: 90, lon: 7 }, { lat: -90, lon: 90 }, 2 * quarter],
    [{ lat: 12, lon: 180 }, { lat: 12, lon: -180 }, 0],
    [{ lat: 90, lon: 1 }, { lat: 90, lon: 100 }, 0],
    [{ lat: 52.52, lon: 13.405 }, { lat: 48.8566, lon: 2.3522 }, 877_464.538],
  ]
  for (const [a, b, metres] of known)
    assert.ok(Math.abs(distance(a, b) - metres) < 0.001, `${distance(a, b)} ${metres}`)
  fc.assert(
    fc.property(place, place, place, (a, b, c) => {
      assert.equal(distance(a, a), 0)
      assert.ok(Math.abs(distance(a, b) - distance(b, a)) < micrometre)
      assert.ok(distance(a, c) <= distance(a, b) + distance(b, c) + micrometre)
      assert.ok(Math.abs(distance(a, b) + distance(antipode(a), b) - 2 * quarter) < micrometre)
    }),
  )
})

for (const store of await testStores()) {
  describe(`distances in memory and on ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let connection: Connection
    before(async () => {
      driver = openStore(store.url)
      connection = await driver.open()
    })
    after(() => driver.close())

    test('agree to a micrometre, and so does who is within, by a box or without', async () => {
      const all = fc.sample(cases, 2000)
      const column = (name: string, kind: 'point' | 'float') => ({ sql: `"t"."${name}"`, type: { kind } }) as const
      const [a, b, m] = [column('a', 'point'), column('b', 'point'), column('m', 'float')]
      const apart = { ...a, sql: `(${a.sql})` }
      const list = (numbers: readonly number[]): string => `{${numbers.join(',')}}`
      const rows = await connection.query({
        sql:
          `select ${postgres.call('distance', [a, b])}::text, ${postgres.call('within', [a, b, m])}::text, ${postgres.call('within', [apart, { ...b, sql: `(${b.sql})` }, m])}::text` +
          ` from (select point(ax, ay) as "a", point(bx, by) as "b", m as "m", n from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[], $5::float8[]) with ordinality as u(ax, ay, bx, by, m, n)) "t" order by n`,
        params: [
          list(all.map((one) => one.a.lon)),
          list(all.map((one) => one.a.lat)),
          list(all.map((one) => one.b.lon)),
          list(all.map((one) => one.b.lat)),
          list(all.map((one) => one.metres)),
        ],
        shape: [],
      })
      assert.equal(rows.length, all.length)
      for (const [at, { a, b, metres }] of all.entries()) {
        const [found, boxed, plain] = rows[at] ?? []
        const expected = distance(a, b)
        const says = JSON.stringify({ a, b, metres, expected, found })
        assert.ok(Math.abs(Number(found) - expected) <= micrometre, says)
        assert.equal(boxed, plain, says)
        if (Math.abs(expected - metres) > micrometre) assert.equal(boxed, String(expected <= metres), says)
      }
    })
  })
}
