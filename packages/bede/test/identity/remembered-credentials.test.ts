import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Changes } from '../../src/engine/cache/changes.ts'
import { type Hearing, hearing } from '../../src/engine/cache/hearing.ts'
import { watchedConnection } from '../../src/engine/cache/watched-connection.ts'
import { rememberCredentials } from '../../src/identity/remembered-credentials.ts'
import type { Found } from '../../src/identity/sessions.ts'
import { credentialsChanged } from '../../src/plan/credentials.ts'
import type { Connection } from '../../src/store/driver.ts'
import { silent } from '../../src/telemetry/logger.ts'

const now = new Date('2026-11-21T12:00:00Z')
const later = (seconds: number): Date => new Date(now.valueOf() + seconds * 1000)
const found: Found = { actor: { id: 'a' }, session: 's', usedAt: now, expiresAt: later(60) }
const find = async (): Promise<Found | undefined> => found
const idle = 30_000
const write = { sql: '', params: [], shape: [], changes: [credentialsChanged] }

/** A process's hearing, and what another process would have it hear. */
function ears(): { heard: Hearing; other: Parameters<Changes['listen']> } {
  const other: Parameters<Changes['listen']> = [() => {}, () => {}]
  const changes: Changes = {
    listen: async (changed, listening) => {
      other[0] = changed
      other[1] = listening
      listening(true)
      return async () => {}
    },
  }
  return { heard: hearing({ changes, log: silent }), other }
}

test('a session that was found is recalled, until it expires, is idle for too long, or is forgotten', async () => {
  const { heard } = ears()
  const sessions = rememberCredentials<Found>(idle, heard)
  assert.equal(sessions.recall('t', now), undefined)
  assert.equal(await sessions.learn('t', find), found)
  assert.equal(sessions.recall('t', later(29)), found)
  assert.equal(sessions.recall('other', now), undefined)
  assert.equal(sessions.recall('t', later(31)), undefined, 'idle')
  await sessions.learn('t', async () => ({ ...found, usedAt: later(59) }))
  assert.equal(sessions.recall('t', later(61)), undefined, 'expired')
  await sessions.learn('t', find)
  await heard.changed([credentialsChanged])
  assert.equal(sessions.recall('t', now), undefined)
  assert.equal(await sessions.learn('nobody', async () => undefined), undefined)
  assert.equal(sessions.recall('nobody', now), undefined, 'who was not found is looked for again')
})

test('what another process changes is forgotten when it is heard, and everything when something may have been missed', async () => {
  const { heard, other } = ears()
  const sessions = rememberCredentials<Found>(idle, heard)
  for (const [says, remembered] of [
    [() => other[0](['note']), found],
    [() => other[0](['note', credentialsChanged]), undefined],
    [() => other[0](undefined), undefined],
    [() => other[1](false), undefined],
    [() => other[1](true), undefined],
  ] as const) {
    await sessions.learn('t', find)
    says()
    assert.equal(sessions.recall('t', now), remembered)
  }
})

test('what was read while credentials changed is used once and not remembered', async () => {
  const { heard } = ears()
  const sessions = rememberCredentials<Found>(idle, heard)
  const read = Promise.withResolvers<Found>()
  const learning = sessions.learn('t', () => read.promise)
  await heard.changed([credentialsChanged])
  read.resolve(found)
  assert.equal(await learning, found)
  assert.equal(sessions.recall('t', now), undefined)
})

test('a change inside a transaction is heard when it has ended, by whatever was remembered meanwhile', async () => {
  const { heard } = ears()
  const sessions = rememberCredentials<Found>(idle, heard)
  const store: Connection = { transaction: (f) => f(store), query: async () => [], script: async () => {} }
  const connection = watchedConnection(store, heard.changed)
  await connection.transaction(async (inner) => {
    await inner.query(write)
    await sessions.learn('t', find)
    assert.equal(sessions.recall('t', now), found, 'others still read the old row')
  })
  assert.equal(sessions.recall('t', now), undefined)
  await sessions.learn('t', find)
  await connection.query({ ...write, changes: ['note'] })
  assert.equal(sessions.recall('t', now), found)
  await connection.query(write)
  assert.equal(sessions.recall('t', now), undefined)
})
