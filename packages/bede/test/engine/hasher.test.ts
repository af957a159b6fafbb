import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { argon2Hasher } from '../../src/engine/hasher.ts'

const hasher = argon2Hasher()
const decomposed = 'cafe\u0301 au lait, s’il vous plai\u0302t'
const composed = decomposed.normalize('NFC')

test('the same letters are the same secret, however a keyboard has put them together', async () => {
  assert.notEqual(composed, decomposed)
  const hashed = await hasher.hash(decomposed)
  for (const typed of [decomposed, composed, composed.normalize('NFKD')])
    assert.equal(await hasher.verify(hashed, typed), true)
  assert.equal(await hasher.verify(await hasher.hash('ｐａｓｓ ﬁve'), 'pass five'), true, 'compatible forms')
  for (const other of ['cafe au lait, s’il vous plait', composed.toUpperCase(), `${composed} `])
    assert.equal(await hasher.verify(hashed, other), false, other)
})

test('what was hashed as it was typed is verified as it is typed', async () => {
  const before = await hash(decomposed)
  assert.equal(await hasher.verify(before, decomposed), true)
  assert.equal(await hasher.verify(before, composed), false, 'as it always was')
})

test('a hash of other parameters is outdated, and so is what is none', async () => {
  assert.equal(hasher.outdated(await hasher.hash('a secret')), false)
  for (const weaker of [
    { memoryCost: 8_192, timeCost: 2, parallelism: 1 },
    { memoryCost: 19_456, timeCost: 1, parallelism: 1 },
    { memoryCost: 19_456, timeCost: 2, parallelism: 2 },
    { algorithm: 1, memoryCost: 19_456, timeCost: 2, parallelism: 1 },
  ])
    assert.equal(hasher.outdated(await hash('a secret', weaker)), true, JSON.stringify(weaker))
  assert.equal(hasher.outdated('$2b$10$abcdefghijklmnopqrstuv'), true)
  assert.equal(hasher.outdated(''), true)
})
