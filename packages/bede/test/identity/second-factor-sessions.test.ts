import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { start } from '../../src/identity/start.ts'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { testStores } from '../support/stores.ts'
import { guild, password } from './support/guild.ts'

const forms = {
  token: { sessions: {}, given: ['expiresAt', 'token'] },
  cookie: { sessions: { cookie: true }, given: ['expiresAt'] },
  // The last: it brings columns and tables, and what a database has is not taken away by being no longer declared.
  'signed token': { sessions: { token: 'jwt' }, given: ['expiresAt', 'refreshToken', 'token'] },
} as const

for (const store of await testStores()) {
  for (const [form, { sessions, given }] of Object.entries(forms)) {
    test(`${store.name}: with a ${form}, the second step, a step-up and a changed factor each give the session anew`, {
      skip: store.skip,
    }, async () => {
      const time = { now: Math.ceil(Date.now() / 30_000) * 30_000 }
      const app = guild({ totp: true, sessions, stepUp: { within: '10m', operations: ['member.update'] } })
      const backend = await start(app, {
        database: store.url,
        mode: 'development',
        mail: 'elsewhere',
        origin: 'http://localhost:3000',
        secrets: { current: randomBytes(32).toString('base64url') },
        clock: () => new Date(time.now),
      })
      const { manifest, engine, authenticate, cookie: kept } = backend
      const server = createHttpServer({ name: 'guild', port: 0, authenticate, ...(kept && { cookie: kept }) })
      after(async () => {
        await server.close()
        await backend.close()
      })
      rest.mount(manifest, engine, server)
      const { port } = await server.listen()
      const origin = `http://127.0.0.1:${port}`
      const cookie = form === 'cookie'
      const name = form.replace(' ', '-')
      const email = `${name}@people.example`
      let shown = ''
      /** Asks, and keeps whatever session the answer gives. */
      const ask = async (method: string, path: string, json?: unknown) => {
        const answer = await fetch(`${origin}${path}`, {
          method,
          headers: {
            Origin: origin,
            ...(json !== undefined && { 'Content-Type': 'application/json' }),
            ...(shown !== '' && (cookie ? { Cookie: shown } : { Authorization: `Bearer ${shown}` })),
          },
          ...(json !== undefined && { body: JSON.stringify(json) }),
        })
        const text = await answer.text()
        const body = text === '' ? {} : JSON.parse(text)
        const set = answer.headers.get('set-cookie')?.split(';')[0]
        const fresh = cookie ? set : body.token
        if (fresh !== undefined && answer.ok) shown = fresh
        return { status: answer.status, body, fresh }
      }
      const how = cookie ? { session: 'cookie' } : {}
      const members = (body: object) => Object.keys(body).sort()

      assert.equal((await ask('POST', '/auth/register', { email, name, password, ...how })).status, 201)
      const { body: begun } = await ask('POST', '/auth/totp')
      const code = () => TOTP.generate({ secret: Secret.fromBase32(begun.secret), timestamp: time.now })
      const added = await ask('POST', '/auth/totp/confirm', { code: code() })
      assert.deepEqual(members(added.body), [...given, 'recoveryCodes'].sort(), JSON.stringify(added.body))
      assert.equal((await ask('GET', '/auth/me')).status, 200, 'under the new one')
      const { body: me } = await ask('GET', '/auth/me')

      time.now += 60_000
      shown = ''
      const { body: refused } = await ask('POST', '/auth/sign-in', { email, password, ...how })
      assert.equal(refused.code, 'second-factor-required')
      const done = await ask('POST', '/auth/second-factor', { challenge: refused.challenge, code: code(), ...how })
      assert.deepEqual(members(done.body), [...given], JSON.stringify(done.body))

      time.now += 660_000
      if (form === 'signed token') await refresh(done.body.refreshToken)
      const guarded = () => ask('PATCH', `/members/${me.id}`, { name: `${name}-renamed` })
      assert.equal((await guarded()).body.code, 'step-up-required')
      const proven = await ask('POST', '/auth/step-up', { code: code() })
      assert.deepEqual(members(proven.body), [...given, 'until'].sort(), JSON.stringify(proven.body))
      assert.equal((await guarded()).status, 200)
      const gone = await ask('DELETE', '/auth/totp')
      assert.deepEqual(members(gone.body), [...given], JSON.stringify(gone.body))
      assert.equal((await ask('GET', '/auth/me')).status, 200)

      async function refresh(refreshToken: string) {
        shown = ''
        assert.equal((await ask('POST', '/auth/refresh', { refreshToken })).status, 200)
      }
    })
  }
}
