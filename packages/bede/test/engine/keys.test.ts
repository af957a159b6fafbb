import assert from 'node:assert/strict'
import { hkdfSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Keys, keysOf, requireSecret } from '../../src/engine/keys/keys.ts'
import { open, seal, sealedUnder } from '../../src/engine/keys/seal.ts'
import { isProblem } from '../../src/telemetry/problem.ts'

const [one, two] = [randomBytes(32), randomBytes(32)]
const keys = keysOf([one], { apart: true })
const rotated = keysOf([two, one], { apart: true })

const refused = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    assert.ok(isProblem(error))
    return error.code
  }
  return 'opened'
}
const hex = (key: Uint8Array) => Buffer.from(key).toString('hex')

test('class 86: each purpose has its own key of 32 bytes, the same in every process, by RFC 5869', () => {
  const purposes = ['cursor', 'fingerprint', 'field:user.phone', 'field:user.phone:search', '', 'cursor ', 'id']
  const made = purposes.map((purpose) => hex(keys.derive(purpose)))
  assert.equal(new Set([...made, hex(one)]).size, purposes.length + 1)
  assert.deepEqual(
    purposes.map((purpose) => hex(keysOf([one], { apart: true }).derive(purpose))),
    made,
  )
  assert.equal(
    hex(keys.derive('cursor')),
    Buffer.from(hkdfSync('sha256', one, 'bede keys 1', 'key cursor', 32)).toString('hex'),
  )
  for (const key of made) assert.equal(key.length, 64)
})

test('class 86: what one purpose has sealed, no other opens', () => {
  const sealed = seal(keys, 'magic-link', 'ada', ['x'])
  assert.equal(open(keys, 'magic-link', sealed, ['x']).toString(), 'ada')
  for (const other of ['oauth-state', 'magic-lin', 'magic-link ', 'cursor', ''])
    assert.equal(
      refused(() => open(keys, other, sealed, ['x'])),
      'sealed-value',
      other,
    )
})

test('class 118: what a value is bound to cannot be shifted from one part to the next', () => {
  const sealed = seal(keys, 'field', 'x', ['user', 'phone', '1'])
  for (const other of [
    ['user', 'phone1', ''],
    ['user', 'phone', '11'],
    ['userphone', '1'],
    ['user', 'phone', '1', ''],
    ['phone', 'user', '1'],
    ['5:phone', 'user', '1'],
    [],
  ])
    assert.equal(
      refused(() => open(keys, 'field', sealed, other)),
      'sealed-value',
      other.join('|'),
    )
  assert.equal(open(keys, 'field', sealed, ['user', 'phone', '1']).toString(), 'x')
})

test('a sealed text is never the same twice, holds nothing of the value, and opens only as it was made', () => {
  const sealed = seal(keys, 'p', 'a canary', [])
  assert.notEqual(seal(keys, 'p', 'a canary', []), sealed)
  assert.ok(!Buffer.from(sealed, 'base64url').toString('latin1').includes('canary'))
  for (let at = 0; at < sealed.length; at++) {
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
    assert.equal(
      refused(() => open(keys, 'p', changed, [])),
      'sealed-value',
      String(at),
    )
  }
  for (const none of ['', 'AQ', 'a canary', `${sealed}=`, `${sealed}AAAA`, sealed.slice(0, -4), '\0'])
    assert.equal(
      refused(() => open(keys, 'p', none, [])),
      'sealed-value',
      none,
    )
  for (const value of ['', 'é\u0000\ud83d\ude00', 'x'.repeat(100_000)])
    assert.equal(open(keys, 'p', seal(keys, 'p', value, []), []).toString(), value)
})

test('rotation: the previous secret opens what it sealed, seals nothing more, and gone it opens nothing', () => {
  const old = seal(keys, 'p', 'old', [])
  assert.equal(open(rotated, 'p', old, []).toString(), 'old')
  const fresh = seal(rotated, 'p', 'new', [])
  assert.deepEqual([sealedUnder(old), sealedUnder(fresh)], [keys.ids[0], rotated.ids[0]])
  assert.notEqual(rotated.ids[0], keys.ids[0])
  assert.equal(
    refused(() => open(keys, 'p', fresh, [])),
    'sealed-value',
  )
  assert.equal(
    refused(() => open(keysOf([two], { apart: true }), 'p', old, [])),
    'sealed-value',
  )
  assert.deepEqual(rotated.all('p').map(hex), [hex(rotated.derive('p')), hex(keys.derive('p'))])
})

test('a refusal says in the log why, and neither it nor the log holds a key or the value', () => {
  const sealed = seal(keysOf([two], { apart: true }), 'p', 'a canary', ['row 7'])
  try {
    open(keys, 'p', sealed, ['row 7'])
  } catch (error) {
    assert.ok(isProblem(error) && error.cause instanceof Error)
    assert.match(error.cause.message, new RegExp(`sealed under the secret ${rotated.ids[0]}.*BEDE_SECRET_PREVIOUS`))
    assert.ok(!`${error.stack}${error.cause.stack}${JSON.stringify(error)}`.includes('canary'))
  }
})

test('class 103: without a secret apart from the database nothing is sealed', () => {
  const stored: Keys = keysOf([one], { apart: false })
  assert.equal(
    refused(() => seal(stored, 'p', 'x', [])),
    'invalid-setting',
  )
  assert.equal(
    refused(() => requireSecret(stored, 'user.phone is encrypted')),
    'invalid-setting',
  )
  assert.equal(
    refused(() => requireSecret(keys, 'user.phone is encrypted')),
    'opened',
  )
})
