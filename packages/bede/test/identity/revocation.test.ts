import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { clubOn, type Running } from '../engine/support/running.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'

const password = 'correct horse battery'

/**
 * Two processes on one database. The clock by which a session is remembered stands still: what is forgotten was heard
 * of, and not just old.
 */
const url = await postgresUrl()
describe('what one process ends, another forgets at once', { skip: url ? false : NO_POSTGRES }, () => {
  let both: Promise<readonly [Running, Running]> | undefined
  const start = () => (both ??= Promise.all([clubOn(url ?? ''), clubOn(url ?? '')]))
  after(async () => {
    for (const { backend } of (await both) ?? []) await backend.close()
  })

  /** Somebody whom both processes remember. */
  async function remembered(name: string) {
    const [here, there] = await start()
    const { json } = await here.as(null, 'auth.register', { email: `${name}@example.com`, name, password })
    const token: string = json.token
    const actor = await here.backend.authenticate(token)
    assert.ok(actor && (await there.backend.authenticate(token)))
    return { here, there, token, actor }
  }

  async function until(done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await sleep(5)
  }

  for (const [what, end] of [
    ['a sign-out', ({ here, actor }) => here.as(actor, 'auth.signOut')],
    [
      'an account deleted by hand that says so',
      ({ here, actor }) =>
        here.rows(
          `with gone as (delete from member where id = '${actor.id}') select pg_notify('bede_changed', 'bede_session')`,
        ),
    ],
  ] as readonly [string, (given: Awaited<ReturnType<typeof remembered>>) => Promise<unknown>][]) {
    test(what, async (t) => {
      const given = await remembered(what.replaceAll(/\W/g, ''))
      const now = performance.now()
      t.mock.method(performance, 'now', () => now)
      await end(given)
      await until(async () => (await given.there.backend.authenticate(given.token)) === null)
    })
  }

  test('a role that is taken away, by whatever operation', async (t) => {
    const { here, there, token, actor } = await remembered('role')
    const editor = await here.member('editor', 'editor')
    const now = performance.now()
    t.mock.method(performance, 'now', () => now)
    const known = await there.backend.authenticate(token)
    await here.as({ ...editor, id: actor.id }, 'member.update', { id: actor.id, data: { role: 'editor' } })
    assert.equal((await here.backend.authenticate(token))?.role, 'editor', 'here before it is answered')
    await until(async () => (await there.backend.authenticate(token))?.role === 'editor')
    assert.equal(known?.role, 'member')
  })

  test('what does not concern anybody’s credentials makes nobody look again', async (t) => {
    const { here, there, token, actor } = await remembered('quiet')
    const now = performance.now()
    t.mock.method(performance, 'now', () => now)
    const known = await there.backend.authenticate(token)
    await here.as(actor, 'member.update', { id: actor.id, data: { name: 'other' } })
    await here.as(actor, 'writeNote', { title: 'quiet' })
    await here.as(null, 'auth.signIn', { email: 'quiet@example.com', password })
    await sleep(50)
    assert.equal(await there.backend.authenticate(token), known, 'the same object')
    assert.equal(await here.backend.authenticate(token), actor)
  })
})
