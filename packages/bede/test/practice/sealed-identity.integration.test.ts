import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { type Backend, start } from '../../src/identity/start.ts'
import {
  anyone,
  app,
  defineSchema,
  email,
  id,
  isProblem,
  model,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import { rotate, secretStatus } from '../../src/practice/secrets/rotate.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'

const door = () => {
  const models = defineSchema({
    user: model({ id: id<'user'>(), email: email({ unique: true }), password: secret(), name: text() }),
  })
  const { user: Users } = resources(models, { id: ref('user') })
  const policy = Users.policy(() => ({ read: anyone }))
  const view = Users.view(({ row }) => ({ id: row.id }))
  const identity = Users.identity({ register: ['name'], view, totp: true, sessions: { token: 'jwt' } })
  return app({ name: 'The door', schema: models, use: { all: { policy, view, identity } } })
}

const fresh = () => randomBytes(32).toString('base64url')
const [first, second] = [fresh(), fresh()]
const login = { email: 'ada@door.example', password: 'correct horse battery' }

for (const store of await testStores()) {
  describe(`what identity seals follows the secret, on ${store.name}`, { skip: store.skip }, () => {
    const driver = openStore(store.url)
    let shared: typeof driver | undefined
    let backend: Backend | undefined
    before(async () => {
      const connection = await driver.open()
      shared = { ...driver, open: async () => connection, close: async () => {} } // the database outlives each start
    })
    after(async () => {
      await backend?.close()
      await driver.close()
    })
    const from = async (current: string, previous: readonly string[] = []): Promise<Backend> => {
      await backend?.close()
      backend = undefined
      backend = await start(door(), {
        driver: shared ?? assert.fail('not open yet'),
        mode: 'production',
        log: silent,
        origin: 'https://door.example',
        secrets: { current, previous },
        mail: 'elsewhere',
      })
      return backend
    }

    test('codes of an app and signed tokens go on working when the secret is changed', async () => {
      let running = await from(first)
      // biome-ignore lint/suspicious/noExplicitAny: what is in an answer is asserted
      const call = async (operation: string, input: unknown, token?: string): Promise<any> => {
        const actor = token === undefined ? null : await running.authenticate(token)
        const { answer } = await running.call(operation, input, actor)
        return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
      }
      const code = (shared: string, steps: number) =>
        TOTP.generate({ secret: Secret.fromBase32(shared), timestamp: Date.now() + steps * 30_000 })
      const registered = await call('auth.register', { ...login, name: 'Ada' })
      const { secret: app } = await call('auth.totp.begin', {}, registered.token)
      const { token } = await call('auth.totp.confirm', { code: code(app, -1) }, registered.token)
      const published = await call('auth.jwks', {})

      running = await from(second, [first])
      assert.deepEqual(await call('auth.jwks', {}), published)
      assert.notEqual(await running.authenticate(token), null)
      const { resealed, left } = await rotate(running)
      // A key of the days to come is made ahead: there may be two.
      assert.deepEqual([resealed, left], [1 + published.keys.length, []])
      const { current, columns } = await secretStatus(running)
      assert.deepEqual(
        columns.map(({ under }) => Object.keys(under)),
        [[current], [current]],
      )

      running = await from(second)
      assert.deepEqual(await call('auth.jwks', {}), published)
      assert.notEqual(await running.authenticate(token), null)
      const { challenge } = await call('auth.signIn', login).catch((error) => (isProblem(error) ? error.members : {}))
      const entered = await call('auth.secondFactor.complete', { challenge, code: code(app, 0) })
      assert.notEqual(await running.authenticate(entered.token), null)
    })
  })
}
