import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAllowances } from '../../src/identity/allowances.ts'
import { clubs } from '../engine/support/running.ts'

for (const { store, run } of await clubs()) {
  const { skip } = store
  const allowed = { what: 'mail', whose: 'ada@example.com', most: 5, per: 3_600 }
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000)

  test(`class 126: ${store.name}: of twenty that come at once, as many are let through as are allowed`, {
    skip,
  }, async () => {
    const { backend, rows } = await run()
    const { take, purge } = createAllowances(backend.planner)
    const taking = (now: Date, more = {}) => take(backend.connection, { ...allowed, ...more }, now)
    const many = async (now: Date) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => taking(now)))
      return all.filter((one) => one).length
    }
    assert.equal(await many(at(0)), 5)
    assert.equal(await taking(at(3_599)), false)
    assert.equal(await taking(at(3_599), { whose: 'bob@example.com' }), true, 'another one')
    assert.equal(await taking(at(3_599), { what: 'code' }), true, 'of something else')
    assert.equal(await many(at(3_600)), 5, 'and again in the next hour')
    const kept = await rows('select key from bede.allowance')
    assert.equal(kept.length, 3)
    assert.ok(
      kept.every(([key]) => /^[0-9a-f]{64}$/.test(key ?? '')),
      'nobody’s address',
    )
    await purge(backend.connection, at(90_000))
    assert.deepEqual(await rows('select key from bede.allowance'), [])
  })
}
