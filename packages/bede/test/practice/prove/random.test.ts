import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../../../src/practice/prove/random.ts'

test('what is made up is the same again for the same seed, and other for another', () => {
  const drawn = (seed: number) => {
    const random = seeded(seed)
    return [random.uuid(), random.uuid(), random.bytes(40).toString('hex')]
  }
  assert.deepEqual(drawn(5), drawn(5))
  assert.equal(new Set([...drawn(5), ...drawn(6)]).size, 6)
  const uuid = seeded(5).uuid()
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(seeded(5).bytes(40).length, 40)
})
