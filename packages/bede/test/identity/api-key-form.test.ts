import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKey, keyWord, newKey } from '../../src/identity/api-keys/key.ts'

test('a key is of the form that the how-to tells scanners, begins with its prefix, and is another each time', () => {
  const keys = Array.from({ length: 200 }, () => newKey('acme'))
  for (const { key, prefix } of keys) {
    assert.match(key, /^acme_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
    assert.ok(key.startsWith(`${prefix}_`) && isKey(key))
  }
  assert.equal(new Set(keys.map(({ key }) => key)).size, keys.length)
  assert.equal(new Set(keys.map(({ prefix }) => prefix)).size, keys.length)
})

test('what only looks like a key is told from one by its checksum', () => {
  const { key } = newKey('acme')
  for (let at = 0; at < key.length; at++) {
    const other = key[at] === 'a' ? 'b' : 'a'
    assert.equal(isKey(key.slice(0, at) + other + key.slice(at + 1)), false, `letter ${at}`)
  }
  for (const text of ['', '_', 'acme', `${key} `, ` ${key}`, `${key}\n`, key.replaceAll('_', '-'), key + key])
    assert.equal(isKey(text), false, text)
})

test('an app that does not say what its keys begin with has its name there', () => {
  assert.deepEqual(['press', 'My Shop', '3d-prints', 'große-firma', 'x', '日本', 'a'.repeat(50)].map(keyWord), [
    'press',
    'myshop',
    'dprints',
    'groefirma',
    'key',
    'key',
    'a'.repeat(20),
  ])
  for (const name of ['press', 'My Shop', '日本', 'a'.repeat(50)]) assert.ok(isKey(newKey(keyWord(name)).key))
})
