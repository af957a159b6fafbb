import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoundedMap } from '../../src/sql/bounded.ts'

test('a bounded map holds no more than its limit, and forgets what was not used for longest', () => {
  const map = new BoundedMap<number>(10)
  for (let i = 0; i < 1_000; i++) {
    map.set(`k${i}`, i)
    assert.equal(map.get('k0'), 0, 'what is used all the time stays')
    assert.equal(map.get(`k${i}`), i)
    assert.ok(map.size <= 10, String(map.size))
  }
  assert.equal(map.get('k900'), undefined)
  assert.equal(map.get('k998'), 998)
})
