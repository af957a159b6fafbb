import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWriteWatch } from '../../src/engine/cache/write-watch.ts'
import { rememberSessions } from '../../src/identity/remembered-sessions.ts'
import type { Found } from '../../src/identity/sessions.ts'
import type { Connection } from '../../src/store/driver.ts'

const now = new Date('2026-11-21T12:00:00Z')
const later = (seconds: number): Date => new Date(now.valueOf() + seconds * 1000)
const found: Found = { actor: { id: 'a' }, session: 's', usedAt: now, expiresAt: later(60) }
const find = async (): Promise<Found | undefined> => found
const idle = 30_000

test('a session that was found is recalled, until it expires, is idle for too long, or is forgotten', async () => {
  const sessions = rememberSessions('user', idle, createWriteWatch())
  assert.equal(sessions.recall('t', now), undefined)
  assert.equal(await sessions.learn('t', find), found)
  assert.equal(sessions.recall('t', later(29)), found)
  assert.equal(sessions.recall('other', now), undefined)
  assert.equal(sessions.recall('t', later(31)), undefined, 'idle')
  await sessions.learn('t', async () => ({ ...found, usedAt: later(59) }))
  assert.equal(sessions.recall('t', later(61)), undefined, 'expired')
  await sessions.learn('t', find)
  sessions.forget()
  assert.equal(sessions.recall('t', now), undefined)
  assert.equal(await sessions.learn('nobody', async () => undefined), undefined)
  assert.equal(sessions.recall('nobody', now), undefined, 'who was not found is looked for again')
})

test('a write of accounts and any deletion are forgotten at once; a write of anything else is not', async () => {
  const watch = createWriteWatch()
  const sessions = rememberSessions('user', idle, watch)
  await sessions.learn('t', find)
  watch.wrote('note', false)
  assert.equal(sessions.recall('t', now), found)
  watch.wrote('user', false)
  assert.equal(sessions.recall('t', now), undefined)
  await sessions.learn('t', find)
  watch.wrote('team', true)
  assert.equal(sessions.recall('t', now), undefined)
})

test('what was read while an account changed is used once and not remembered', async () => {
  const watch = createWriteWatch()
  const sessions = rememberSessions('user', idle, watch)
  const read = Promise.withResolvers<Found>()
  const learning = sessions.learn('t', () => read.promise)
  watch.wrote('user', false)
  read.resolve(found)
  assert.equal(await learning, found)
  assert.equal(sessions.recall('t', now), undefined)
})

test('a change inside a transaction counts until the transaction has ended', async () => {
  const watch = createWriteWatch()
  const sessions = rememberSessions('user', idle, watch)
  const store: Pick<Connection, 'transaction'> = { transaction: (f) => f(connection) }
  const connection = watch.over({ ...store, query: async () => [], script: async () => {} })
  await connection.transaction(async () => {
    await sessions.learn('t', find)
    assert.equal(sessions.recall('t', now), found)
    watch.wrote('user', false)
    await sessions.learn('t', find)
    assert.equal(sessions.recall('t', now), undefined, 'others still read the old row')
  })
  await sessions.learn('t', find)
  assert.equal(sessions.recall('t', now), found)
})
