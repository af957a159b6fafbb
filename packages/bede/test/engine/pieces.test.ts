import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, joined } from '../../src/engine/canonical.ts'
import { readCursor, sealCursor } from '../../src/engine/cursor.ts'
import { Deadline } from '../../src/engine/deadline.ts'
import { gate } from '../../src/engine/gate.ts'
import { argon2Hasher } from '../../src/engine/hasher.ts'
import { plainJson } from '../../src/engine/input/plain.ts'
import { schemaMistakes, validatorOf } from '../../src/engine/input/validate.ts'
import type { InputField, Operation } from '../../src/manifest/manifest.ts'
import { isProblem, Problem, type ProblemDetail } from '../../src/telemetry/problem.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (isProblem(error)) return error.code
    throw error
  }
  return 'none'
}
const validator = (input: Readonly<Record<string, InputField>>) =>
  validatorOf({ kind: 'invoke', auth: 'optional', input } satisfies Operation)

test('equal values have one canonical text, and joined parts cannot be shifted (class 118)', () => {
  assert.equal(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}')
  assert.notEqual(joined('ab', 'c'), joined('a', 'bc'))
  assert.notEqual(joined('1:a'), joined('', 'a'))
})

test('a cursor is bound to its key, operation, filter and sort, and not to the length of a page', () => {
  const key = Buffer.alloc(32, 1)
  const scope = { operation: 'a.list', input: { sort: 'x', limit: 2, tag: 'y' } }
  const cursor = sealCursor(key, scope, '["1",null]')
  assert.deepEqual(
    readCursor([key], { ...scope, input: { tag: 'y', sort: 'x', limit: 50, count: true, cursor } }, cursor),
    ['1', null],
  )
  assert.equal(sealCursor(key, scope, '["1",null]'), cursor, 'the same place has the same cursor')
  const secret = sealCursor(key, scope, '["a hidden value"]')
  assert.ok(
    !Buffer.from(secret, 'base64url').toString('latin1').includes('hidden'),
    'what a list is sorted by is not shown',
  )
  for (let at = 0; at < cursor.length; at++) {
    const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
    assert.equal(
      codeOf(() => readCursor([key], scope, changed)),
      'invalid-cursor',
    )
  }
  for (const none of ['', 'AAAA', `${cursor}=`, `${cursor}A`, '__proto__', '\0'])
    assert.equal(
      codeOf(() => readCursor([key], scope, none)),
      'invalid-cursor',
    )
  const others = [
    [Buffer.alloc(32, 2), scope],
    [key, { ...scope, operation: 'b.list' }],
    [key, { ...scope, input: { sort: '-x', tag: 'y' } }],
    [key, { ...scope, input: { sort: 'x' } }],
  ] as const
  for (const [other, where] of others)
    assert.equal(
      codeOf(() => readCursor([other], where, cursor)),
      'invalid-cursor',
    )
})

test('a cursor of a previous key is read, and none is made with it', () => {
  const [now, before] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const scope = { operation: 'a.list', input: {} }
  const cursor = sealCursor(before, scope, '["1"]')
  assert.deepEqual(readCursor([now, before], scope, cursor), ['1'])
  assert.equal(
    codeOf(() => readCursor([now], scope, cursor)),
    'invalid-cursor',
  )
})

test('only JSON comes in: everything else is named by its place', () => {
  const value = { a: [1, 'x', null, { b: true }] }
  assert.deepEqual(plainJson({ ...value, gone: undefined }), value)
  const getter = Object.defineProperty({}, 'x', { enumerable: true, get: () => 'computed once' })
  assert.deepEqual(plainJson(getter), { x: 'computed once' })
  for (const wrong of [
    undefined,
    () => 1,
    Symbol('x'),
    1n,
    Number.NaN,
    new Map(),
    new Date(),
    Object.create({ a: 1 }),
  ]) {
    assert.throws(
      () => plainJson({ a: { 'b/c': [wrong] } }),
      (error) => isProblem(error) && error.details[0]?.place === '/a/b~1c/0',
      String(wrong?.constructor),
    )
  }
})

test('deep input is refused before it can overflow anything', () => {
  let deep: unknown = 'x'
  for (let level = 0; level < 100_000; level++) deep = [deep]
  assert.equal(
    codeOf(() => plainJson(deep)),
    'too-deep',
  )
})

test('defaults are applied at every depth, and e-mail addresses become lower case', () => {
  const check = validator({
    limit: { type: { kind: 'integer' }, default: 20 },
    query: {
      type: { kind: 'object' },
      fields: { tag: { type: { kind: 'text' }, optional: true }, page: { type: { kind: 'integer' }, default: 1 } },
    },
    to: {
      type: { kind: 'array', of: { kind: 'object' } },
      items: {
        type: { kind: 'object' },
        fields: { mail: { type: { kind: 'email' } }, copy: { type: { kind: 'boolean' }, default: false } },
      },
    },
  })
  assert.deepEqual(check({ to: [{ mail: 'Ada@Example.COM' }] }), {
    limit: 20,
    query: { page: 1 },
    to: [{ mail: 'ada@example.com', copy: false }],
  })
})

test('values that JSON writes as text keep their bounds in their own order', () => {
  const fields: Readonly<Record<string, InputField>> = {
    big: { type: { kind: 'bigint' }, min: '10', optional: true },
    sum: { type: { kind: 'decimal' }, max: '9.5', optional: true },
    at: { type: { kind: 'timestamp' }, min: '2026-01-01T00:00:00Z', optional: true },
    day: { type: { kind: 'date' }, max: '2026-12-31', optional: true },
    wait: { type: { kind: 'duration' }, max: 'PT1H', optional: true },
    bytes: { type: { kind: 'bytes' }, min: 2, max: 3, optional: true },
  }
  const find = schemaMistakes(fields)
  const places = (value: Record<string, string>) => find(value).map(({ place }: ProblemDetail) => place)
  assert.deepEqual(
    places({ big: '9', sum: '10', at: '2025-12-31T23:59:59Z', day: '2027-01-01', wait: 'PT61M', bytes: 'AA==' }),
    ['/big', '/sum', '/at', '/day', '/wait', '/bytes'],
  )
  assert.deepEqual(
    places({
      big: '100',
      sum: '9.50',
      at: '2026-01-01T01:00:00+01:00',
      day: '2026-12-31',
      wait: 'PT60M',
      bytes: 'AAAA',
    }),
    [],
  )
})

test('every mistake is listed, up to a hundred', () => {
  const check = validator({
    all: { type: { kind: 'array', of: { kind: 'integer' } }, items: { type: { kind: 'integer' } } },
  })
  assert.throws(
    () => check({ all: Array.from({ length: 30 }, () => 'x') }),
    (error) => isProblem(error) && error.details.length === 30,
  )
  assert.throws(
    () => check({ all: Array.from({ length: 5_000 }, () => 'x') }),
    (error) => isProblem(error) && error.details.length === 100,
  )
})

test('hashing takes turns, and a queue that is too long is a 503', async () => {
  const turns = gate({ atOnce: 2, waiting: 3 })
  let running = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  }
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => turns.pass(work)))
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  )
  assert.equal(most, 2)
  await turns.pass(work)
  await assert.rejects(
    turns.pass(() => Promise.reject(new Error('x'))),
    /x/,
  )
  await Promise.all([turns.pass(work), turns.pass(work)])
  assert.equal(running, 0)
})

test('a secret is hashed with its own salt, and what is no hash matches nothing', async () => {
  const hasher = argon2Hasher()
  const [one, two] = [await hasher.hash('x'), await hasher.hash('x')]
  assert.notEqual(one, two)
  assert.deepEqual(
    [
      await hasher.verify(one, 'x'),
      await hasher.verify(two, 'y'),
      await hasher.verify('', ''),
      await hasher.verify('no hash', 'x'),
    ],
    [true, false, false, false],
  )
  const salt = new Uint8Array(16)
  assert.equal(await hasher.digest('x', salt), await hasher.digest('x', salt))
})

test('a deadline leaves nothing behind on the signal it was given', async () => {
  const caller = new AbortController()
  const limit = new Deadline(10_000, caller.signal)
  const ended = new Deadline(10_000, caller.signal)
  ended.end()
  assert.equal(limit.problem(), undefined)
  assert.equal(await limit.race(Promise.resolve(1)), 1)
  caller.abort()
  assert.equal(limit.problem()?.code, 'canceled')
  assert.equal(ended.problem(), undefined, 'what has ended hears nothing')
  assert.equal(limit.signal.aborted, true, 'as an AbortSignal too')
  await assert.rejects(
    limit.race(new Promise(() => {})),
    (error) => error instanceof Problem && error.code === 'canceled',
  )
})

test('deadlines of one length are over in their order, each at its time, whatever became of those before', async () => {
  const late = [1, 2, 3].map(() => new Deadline(20, undefined))
  late[0]?.end()
  const other = new Deadline(1, undefined)
  const over = await Promise.allSettled([...late.slice(1), other].map((limit) => limit.race(new Promise(() => {}))))
  for (const { until } of late.slice(1)) assert.ok(performance.now() >= until - 1)
  assert.deepEqual(
    over.map((result) => result.status === 'rejected' && result.reason instanceof Problem && result.reason.code),
    ['deadline-exceeded', 'deadline-exceeded', 'deadline-exceeded'],
  )
  assert.equal(late[0]?.problem(), undefined, 'it had ended')
  await assert.rejects(new Deadline(1, undefined).race(new Promise(() => {})), 'a length is watched again')
})
