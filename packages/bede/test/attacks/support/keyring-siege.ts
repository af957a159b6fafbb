import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { testStores } from '../../support/stores.ts'
import { keyring } from './keyring.ts'
import { type Answered, type Asked, type Name, type Served, type SiegeOptions, serveApp } from './siege.ts'

/** A key that was made, as its maker was told of it. */
export interface Key {
  readonly id: string
  readonly key: string
  readonly prefix: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresAt: string
}

/** A press in which Ada and Bob each have a draft and Ada has a published article. Eve is an editor, and makes services. */
export interface KeyringSiege extends Served {
  readonly things: { readonly open: string; readonly draft: string; readonly bobs: string }
  /** The test's own clock, when it is set. */
  readonly time: { now?: Date }
  /** A key that somebody makes with their session, or with a key. */
  key(as: Name | string, scopes: readonly string[], more?: object): Promise<Key>
  /** Asks with this credential, whatever it is. */
  with(credential: string, method: string, path: string, asked?: Asked): Promise<Answered>
  /** The same, and it was refused, and nothing was written. */
  refusedWith(credential: string, status: number, method: string, path: string, asked?: Asked): Promise<Answered>
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

const isName = (text: string): text is Name => text === 'ada' || text === 'bob' || text === 'eve'

export async function keyringOnBothStores(
  what: string,
  suite: (siege: () => KeyringSiege) => void,
  options: SiegeOptions = {},
): Promise<void> {
  for (const store of await testStores()) {
    describe(`${what}, on ${store.name}`, { skip: store.skip }, () => {
      let siege: KeyringSiege | undefined
      before(async () => {
        const time: KeyringSiege['time'] = {}
        const served = await serveApp(keyring(), store, { ...options, clock: () => time.now ?? new Date() })
        const { ask, refused, tokens } = served
        const of = (token: string, { headers, ...asked }: Asked = {}): Asked => ({
          ...asked,
          headers: { ...headers, ...bearer(token) },
        })
        const article = async (as: Name, title: string): Promise<string> => {
          const made = await ask('POST', '/api/articles', { as, json: { title } })
          assert.equal(made.status, 201, made.text)
          return made.json.id
        }
        const open = await article('ada', 'open')
        assert.equal((await ask('POST', `/api/articles/${open}/publish`, { as: 'ada' })).status, 200)
        const things = { open, draft: await article('ada', 'draft'), bobs: await article('bob', 'of bob') }
        siege = {
          ...served,
          time,
          things,
          async key(as, scopes, more = {}) {
            const json = { name: scopes.join(', ').slice(0, 100), scopes, ...more }
            const made = await ask('POST', '/auth/keys', of(isName(as) ? tokens[as] : as, { json }))
            assert.equal(made.status, 201, made.text)
            return made.json
          },
          with: (credential, method, path, asked) => ask(method, path, of(credential, asked)),
          refusedWith: (credential, status, method, path, asked) =>
            refused(status, method, path, of(credential, asked)),
        }
      })
      after(() => siege?.close())
      suite(() => siege ?? assert.fail('there is no siege before its tests'))
    })
  }
}

export { test } from './siege.ts'
