import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from '../../src/sql/uuid.ts'

test('ids are UUIDs of version 7 with the time in front, never twice, never backwards', () => {
  const before = Date.now()
  const ids = Array.from({ length: 20_000 }, uuidv7)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual([...ids].sort(), ids)
  const time = Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16)
  assert.ok(time >= before && time <= Date.now() + 10)
})

test('the random part is not the same twice', () => {
  const tails = Array.from({ length: 1000 }, () => uuidv7().slice(24))
  assert.equal(new Set(tails).size, tails.length)
})
