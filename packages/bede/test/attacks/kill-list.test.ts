import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EndingEvent, killList } from '../../src/identity/ending.ts'
import { rememberedFor } from '../../src/identity/remembered-credentials.ts'
import { testStores } from '../support/stores.ts'
import {
  type Answered,
  bearer,
  besiegeLodge,
  codeFor,
  type LodgeSiege,
  type Resident,
  type Shown,
} from './support/lodge-siege.ts'
import { password } from './support/siege.ts'

/**
 * Section G of the attack classes: the kill list. Every event × every kind of credential × every route of the manifest,
 * in the process in which it happened at once, and in the other one within the bound.
 */

const chosen = 'another good password'

interface Happening {
  readonly event: EndingEvent
  readonly what: string
  /** Makes it happen. Answers what goes on of the session in which it did, where that goes on. */
  happen(given: {
    readonly siege: LodgeSiege
    readonly resident: Resident
    readonly admin: Shown
  }): Promise<Answered | undefined>
  /** Where not what the event says: by an app's own operation. */
  readonly spared?: readonly string[]
  /** Nobody has shown before that the address is theirs. */
  readonly unverified?: true
}

const here = ({ bases: [first = ''] }: LodgeSiege): string => first
const fine = (answer: Answered): Answered => {
  assert.ok(answer.status < 300, answer.text)
  return answer
}

const reset: Happening['happen'] = async ({ siege, resident }) => {
  fine(await siege.ask(here(siege), 'POST', '/auth/password/forgot', { json: { email: resident.email } }))
  const token = await siege.mailed(resident.email, '/auth/password/reset')
  fine(await siege.ask(here(siege), 'POST', '/auth/password/reset', { json: { token, password: chosen } }))
  return undefined
}

const happenings: readonly Happening[] = [
  {
    event: 'password.changed',
    what: 'a new password',
    happen: async ({ siege, resident }) =>
      fine(
        await siege.ask(here(siege), 'POST', '/auth/password', {
          headers: resident.own.headers,
          json: { current: password, password: chosen },
        }),
      ),
  },
  {
    event: 'password.changed',
    what: "a new password, by an action of the app's own",
    spared: ['the session itself'],
    async happen({ siege, resident }) {
      const path = `/users/${resident.id}/choose-password`
      fine(await siege.ask(here(siege), 'POST', path, { headers: resident.own.headers, json: { password: chosen } }))
      return undefined
    },
  },
  {
    event: 'password.changed',
    what: 'a new password that somebody else has given the account',
    async happen({ siege, resident, admin }) {
      const path = `/users/${resident.id}/choose-password`
      fine(await siege.ask(here(siege), 'POST', path, { headers: admin.headers, json: { password: chosen } }))
      return undefined
    },
  },
  {
    event: 'password.reset',
    what: 'a password chosen by a link in a mail',
    happen: reset,
  },
  {
    event: 'account.claimed',
    what: 'a password chosen by a link in a mail, to an address that nobody had confirmed',
    unverified: true,
    happen: reset,
  },
  {
    event: 'factor.changed',
    what: 'an authenticator app that was added',
    async happen({ siege, resident: { own } }) {
      const { json } = fine(await siege.ask(here(siege), 'POST', '/auth/totp', { headers: own.headers }))
      return fine(
        await siege.ask(here(siege), 'POST', '/auth/totp/confirm', {
          headers: own.headers,
          json: { code: codeFor(json.secret) },
        }),
      )
    },
  },
  {
    event: 'login.changed',
    what: 'another address',
    async happen({ siege, resident: { own, email } }) {
      const to = `moved.${email}`
      fine(
        await siege.ask(here(siege), 'POST', '/auth/email/change', {
          headers: own.headers,
          json: { email: to, password },
        }),
      )
      for (const address of [email, to]) {
        const token = await siege.mailed(address, '/auth/email/change/confirm')
        fine(await siege.ask(here(siege), 'POST', '/auth/email/change/confirm', { json: { token } }))
      }
      return undefined
    },
  },
  {
    event: 'sessions.ended',
    what: 'all other sessions ended',
    happen: async ({ siege, resident: { own } }) =>
      fine(await siege.ask(here(siege), 'DELETE', '/auth/sessions', { headers: own.headers })),
  },
  {
    event: 'account.suspended',
    what: 'a suspended account',
    async happen({ siege, resident: { id }, admin }) {
      const path = `/auth/admin/accounts/${id}/suspend`
      fine(await siege.ask(here(siege), 'POST', path, { headers: admin.headers, json: { reason: 'a test' } }))
      return undefined
    },
  },
  {
    event: 'account.signed-out',
    what: 'an account that was signed out',
    async happen({ siege, resident: { id }, admin }) {
      const path = `/auth/admin/accounts/${id}/sign-out`
      fine(await siege.ask(here(siege), 'POST', path, { headers: admin.headers, json: { reason: 'a test' } }))
      return undefined
    },
  },
  {
    event: 'account.deleted',
    what: 'an account that was deleted, and restored',
    async happen({ siege, resident: { id }, admin }) {
      fine(await siege.ask(here(siege), 'DELETE', `/users/${id}`, { headers: admin.headers }))
      const me = await siege.ask(here(siege), 'GET', '/rights', { headers: admin.headers })
      assert.equal(me.json.role, 'admin')
      fine(await siege.ask(here(siege), 'POST', `/users/${id}/restore`, { headers: admin.headers }))
      return undefined
    },
  },
  {
    event: 'account.deleted',
    what: 'an account that its owner has deleted, for good',
    async happen({ siege, resident: { id, own }, admin }) {
      fine(await siege.ask(here(siege), 'DELETE', `/users/${id}`, { headers: own.headers }))
      fine(await siege.ask(here(siege), 'POST', `/users/${id}/purge`, { headers: admin.headers }))
      return undefined
    },
  },
]

for (const token of ['opaque', 'jwt'] as const)
  for (const store of await testStores())
    describe(`the kill list, with ${token} tokens on ${store.name}`, { skip: store.skip }, () => {
      let opened: LodgeSiege | undefined
      let admin: Shown
      before(async () => {
        opened = await besiegeLodge(store, token)
        const { own, id } = await opened.resident('admin')
        await opened.rows(`update "user" set role = 'admin' where id = '${id}'`)
        await sleep(rememberedFor)
        admin = own
      })
      after(() => opened?.close())
      const siege = () => opened ?? assert.fail('there is no siege before its tests')

      /** Every route that asks who calls, from the manifest, with something in the place of each parameter; and the batch. */
      const routes = (): readonly (readonly [string, string])[] => {
        const { operations } = siege().version.manifest
        const bound = Object.values(operations).flatMap(({ http }) =>
          http ? [[http.method, http.path.replace(/:\w+/g, '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b')] as const] : [],
        )
        return [...bound, ['POST', '/batch']]
      }
      const alive = async ({ headers }: Shown, base: string) =>
        (await siege().ask(base, 'GET', '/rights', { headers })).status === 200

      /** Dead on every route of a process. */
      async function dead(shown: Shown, base: string, what: string, tried = routes()): Promise<void> {
        await Promise.all(
          tried.map(async ([method, path]) => {
            const { status, json, headers } = await siege().ask(base, method, path, { headers: shown.headers })
            const place = `${what}: ${shown.name} at ${method} ${path}`
            assert.deepEqual([status, json?.code], [401, 'invalid-credential'], place)
            assert.match(headers.get('www-authenticate') ?? '', /^Bearer realm="lodge", error="invalid_token"/)
          }),
        )
      }
      /** Waits while something is still so, for as long as the bound says that it may. */
      async function within(still: () => Promise<boolean>): Promise<void> {
        const until = performance.now() + rememberedFor
        while ((await still()) && performance.now() < until) await sleep(20)
      }
      const fates = (event: EndingEvent, { kind, name }: Shown, spared: readonly string[] = []) => {
        const fate = killList[event][kind === 'apiKey' ? 'apiKey' : 'session']
        return fate === 'none' || spared.includes(name) ? 'goes on' : 'ends'
      }

      test('class 99: the suite knows every event of the list and every route of the app', () => {
        const tried = new Set<EndingEvent>([...happenings.map(({ event }) => event), 'role.changed'])
        assert.deepEqual([...tried].sort(), Object.keys(killList).sort())
        const exposed = Object.values(siege().version.manifest.operations).filter(({ http }) => http)
        const mounted = siege()
          .version.http.routes()
          .filter(({ rule, method }) => !('open' in rule) && method !== 'HEAD')
        assert.equal(routes().length, mounted.length)
        assert.equal(exposed.length + 1, mounted.length)
        assert.ok(mounted.length > 45, `${mounted.length}`)
      })

      for (const [index, { event, what, happen, spared, unverified }] of happenings.entries())
        test(`class 99: ${what} ends what rests on it, everywhere`, async () => {
          const resident = await siege().resident(`r${index}`, unverified ? { verified: false } : {})
          const all = [resident.own, ...resident.others]
          const links = () => siege().rows(`select purpose from bede.one_time where account_id = '${resident.id}'`)
          const passkeys = async () =>
            (await siege().rows(`select 1 from bede.passkey where credential_id = 'key of r${index}'`)).length
          fine(await siege().ask(here(siege()), 'POST', '/auth/magic', { json: { email: resident.email } }))
          await siege().mailed(resident.email, '/auth/magic/redeem')
          assert.deepEqual([(await links()).length > 0, await passkeys()], [true, 1])
          for (const base of siege().bases)
            for (const shown of all) assert.ok(await alive(shown, base), `${shown.name} before`)
          const answer = await happen({ siege: siege(), resident, admin })

          const [first = '', ...others] = siege().bases
          const ended = all.filter((shown) => fates(event, shown, spared) === 'ends')
          const spare = all.filter((shown) => fates(event, shown, spared) !== 'ends')
          for (const shown of ended) await dead(shown, first, 'at once')
          for (const base of others) {
            await within(async () => (await Promise.all(ended.map((shown) => alive(shown, base)))).includes(true))
            // What is tried there is whether it has heard: every route of it asks at the same door.
            const tried =
              index === 0 ? routes() : routes().filter(([, path]) => path === '/rights' || path === '/batch')
            for (const shown of ended) await dead(shown, base, 'in another process', tried)
          }
          for (const base of siege().bases)
            for (const shown of spare) assert.ok(await alive(shown, base), `${shown.name} goes on after ${what}`)
          // What goes on of the session in which it happened.
          if (answer) {
            const next: Shown = {
              kind: 'session',
              name: 'the session under its next token',
              headers: bearer(answer.json.token),
            }
            for (const base of siege().bases) assert.ok(await alive(next, base), `${next.name} after ${what}`)
          }
          for (const refreshToken of spared ? resident.refresh.slice(1) : resident.refresh) {
            const { status } = await siege().ask(first, 'POST', '/auth/refresh', { json: { refreshToken } })
            assert.equal(status, 401, 'a refresh token')
          }
          if (killList[event].oneTime === 'all') assert.deepEqual(await links(), [], 'links on their way')
          else assert.ok((await links()).length > 0, 'links on their way')
          assert.equal(await passkeys(), killList[event].passkey === 'all' ? 0 : 1, 'passkeys')
        })

      test('class 99: a role that is given or taken away counts for all that was there before, by whatever operation', async () => {
        const resident = await siege().resident('roles')
        const all = [resident.own, ...resident.others]
        const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
          [
            'editor',
            async () =>
              fine(
                await siege().ask(here(siege()), 'PATCH', `/users/${resident.id}`, {
                  headers: admin.headers,
                  json: { role: 'editor' },
                }),
              ),
          ],
          [
            'member',
            async () =>
              fine(
                await siege().ask(here(siege()), 'POST', `/users/${resident.id}/promote`, {
                  headers: admin.headers,
                  json: { role: 'member' },
                }),
              ),
          ],
        ]
        const role = async (shown: Shown, base: string) =>
          (await siege().ask(base, 'GET', '/rights', { headers: shown.headers })).json?.role
        for (const [next, change] of changes) {
          for (const base of siege().bases) for (const shown of all) assert.ok(await role(shown, base))
          await change()
          const [first = '', ...others] = siege().bases
          for (const shown of all) assert.equal(await role(shown, first), next, `${shown.name} at once`)
          for (const base of others) {
            await within(async () =>
              (await Promise.all(all.map((shown) => role(shown, base)))).some((one) => one !== next),
            )
            for (const shown of all) assert.equal(await role(shown, base), next, `${shown.name} in another process`)
          }
        }
      })

      test('class 99: a sign-out ends that session and all that shows it, and nothing else', async () => {
        const resident = await siege().resident('out')
        const all = [resident.own, ...resident.others]
        for (const base of siege().bases) for (const shown of all) assert.ok(await alive(shown, base))
        fine(await siege().ask(here(siege()), 'POST', '/auth/sign-out', { headers: resident.own.headers }))
        await dead(resident.own, here(siege()), 'at once')
        for (const base of siege().bases) await within(() => alive(resident.own, base))
        for (const base of siege().bases) await dead(resident.own, base, 'everywhere')
        for (const base of siege().bases)
          for (const shown of resident.others) assert.ok(await alive(shown, base), shown.name)
      })
    })
