import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Connection, type Driver, StoreError, type StoreFailure } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { clubOn, problemOf } from './support/running.ts'

/** What the next statements of calls fail with; a transaction's statements count too. */
const failures: StoreFailure[] = []
let statements = 0

const failing = (connection: Connection): Connection => ({
  ...connection,
  query(statement, options) {
    statements++
    const failure = failures.shift()
    const cause = new Error('duplicate key value violates unique constraint "secret_column_key"')
    return failure
      ? Promise.reject(new StoreError(failure, { constraint: 'secret_column_key', table: 'secret_table', cause }))
      : connection.query(statement, options)
  },
  transaction: (f, options) => connection.transaction((inner) => f(failing(inner)), options),
})

const real = openStore('memory://')
const driver: Driver = { ...real, open: async () => failing(await real.open()), close: () => real.close() }
const club = await clubOn('', { driver })
const ada = await club.member('faults-ada')
test.after(() => club.backend.close())

const write = (title: string) => () => club.as(ada, 'writeNote', { title })
const titles = () => club.rows('select title from note order by title')

test('what the database undid because others were in the way is done again', async () => {
  for (const [index, failure] of (['serialization', 'deadlock'] as const).entries()) {
    failures.push(failure, failure)
    assert.equal((await write(`again ${index}`)()).status, 201)
  }
  failures.push('deadlock')
  const call = (title: string) => ({ operation: 'writeNote', input: { title }, actor: ada })
  const both = await club.backend.engine.batch([call('batch 1'), call('batch 2')])
  assert.deepEqual(
    both.map(({ status }) => status),
    [201, 201],
  )
  assert.deepEqual(await titles(), [['again 0'], ['again 1'], ['batch 1'], ['batch 2']])
})

test('not for ever: then it is a 503 that says when to come back', async () => {
  failures.push('deadlock', 'deadlock', 'deadlock', 'deadlock')
  const problem = await problemOf(write('never'))
  assert.deepEqual([problem.status, problem.code, problem.retryAfter], [503, 'unavailable', 1])
  assert.equal(failures.length, 0)
})

test('a handler is not run twice', async () => {
  failures.push('deadlock')
  const before = statements
  assert.equal((await problemOf(() => club.as(ada, 'bulkNotes', { titles: ['h'] }))).status, 503)
  assert.equal(statements - before, 1)
})

test('each failure has its status, and none says what the database said (class 13)', async () => {
  const expected: [StoreFailure, number, string][] = [
    ['unavailable', 503, 'unavailable'],
    ['timeout', 504, 'deadline-exceeded'],
    ['canceled', 499, 'canceled'],
    ['value', 422, 'invalid-value'],
    ['other', 500, 'internal'],
    ['unique', 500, 'internal'],
    ['foreign', 500, 'internal'],
    ['check', 500, 'internal'],
    ['not-null', 500, 'internal'],
  ]
  const before = await club.fingerprint()
  for (const [failure, status, code] of expected) {
    failures.push(failure)
    const problem = await problemOf(write('failing'))
    assert.deepEqual([problem.status, problem.code], [status, code], failure)
    assert.doesNotMatch(
      JSON.stringify([problem.message, problem.hint, problem.details]),
      /secret_|duplicate|constraint/,
    )
  }
  assert.equal(await club.fingerprint(), before)
  assert.ok(
    club.lines.some((line) => line.includes('secret_column_key')),
    'whoever runs it finds it in the log',
  )
})

test('a credential that cannot be looked up is a 503 and not nobody', async () => {
  failures.push('unavailable')
  const problem = await problemOf(() => club.backend.authenticate('A'.repeat(43)))
  assert.deepEqual([problem.status, problem.code], [503, 'unavailable'])
  failures.push('unavailable')
  assert.equal((await problemOf(() => club.backend.ready())).status, 503)
})

test('a key is not looked for when the database is away, and works when it is back', async () => {
  const keyed = () => club.as(ada, 'writeNote', { title: 'keyed' }, { idempotencyKey: 'faulty' })
  failures.push('unavailable')
  assert.equal((await problemOf(keyed)).status, 503)
  assert.deepEqual([(await keyed()).status, (await keyed()).replayed], [201, true])
})
