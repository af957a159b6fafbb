import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { system } from '../../src/engine/call.ts'
import { type Backend, start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { keyring } from '../attacks/support/keyring.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'

/** Two processes on one database, both of which remember a key. The clock by which they do stands still. */
const url = await postgresUrl()
describe('what ends a key in one process ends it in another at once', { skip: url ? false : NO_POSTGRES }, () => {
  let both: Promise<readonly [Backend, Backend]> | undefined
  const open = () => start(keyring(), { database: url ?? '', mode: 'development', log: silent })
  // One after the other: the first makes the tables.
  const processes = () => (both ??= open().then(async (here) => [here, await open()] as const))
  after(async () => {
    for (const backend of (await both) ?? []) await backend.close()
  })

  const asked = async (backend: Backend, token: string, operation: string, input: object) => {
    const actor = await backend.authenticate(token)
    const { answer } = await backend.call(operation, input, actor)
    return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
  }

  async function remembered(name: string) {
    const [here, there] = await processes()
    const { answer } = await here.call('auth.register', {
      email: `${name}@example.com`,
      handle: name,
      password: 'correct horse battery',
    })
    const token: string = answer.kind === 'json' ? JSON.parse(answer.text).token : ''
    const scopes = ['articles:read', 'auth.keys:write']
    const { key, id } = await asked(here, token, 'auth.keys.create', { name, scopes })
    const child = await asked(here, key, 'auth.keys.create', { name: 'child', scopes: ['articles:read'] })
    for (const backend of [here, there])
      for (const one of [key, child.key]) assert.ok(await backend.authenticate(one), 'both know it')
    return { here, there, token, id, key, child: child.key as string }
  }
  type Given = Awaited<ReturnType<typeof remembered>>

  const ends: readonly [string, boolean, (given: Given) => Promise<unknown>][] = [
    ['a revocation', true, ({ here, token, id }) => asked(here, token, 'auth.keys.revoke', { id })],
    ['a revocation by itself', true, ({ here, key, id }) => asked(here, key, 'auth.keys.revoke', { id })],
    ['a rotation', false, ({ here, token, id }) => asked(here, token, 'auth.keys.rotate', { id, overlap: 'PT0S' })],
    [
      'the end of its account',
      true,
      ({ here, token }) =>
        here
          .authenticate(token)
          .then((actor) => here.call('auth.admin.suspend', { id: actor?.id, reason: 'a test' }, system('a test'))),
    ],
  ]
  for (const [what, childToo, end] of ends) {
    test(what, async (t) => {
      const given = await remembered(what.replaceAll(/\W/g, ''))
      const now = performance.now()
      t.mock.method(performance, 'now', () => now)
      await end(given)
      assert.equal(await given.here.authenticate(given.key), null, 'here before it is answered')
      while ((await given.there.authenticate(given.key)) !== null) await sleep(5)
      for (const backend of [given.here, given.there])
        assert.equal((await backend.authenticate(given.child)) === null, childToo, 'what it has made')
    })
  }

  test('another name and a use make nobody look again', async (t) => {
    const { here, there, token, id, key } = await remembered('quiet')
    const now = performance.now()
    t.mock.method(performance, 'now', () => now)
    const known = await there.authenticate(key)
    await asked(here, token, 'auth.keys.rename', { id, name: 'other' })
    await here.authenticate(key)
    await sleep(50)
    assert.equal(await there.authenticate(key), known, 'the same object')
  })
})
