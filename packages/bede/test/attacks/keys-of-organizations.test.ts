import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { testStores } from '../support/stores.ts'
import { guild } from './support/guild.ts'
import { bearer } from './support/keyring-siege.ts'
import { emailOf, password, type Served, serveApp } from './support/siege.ts'

/** A key acts in the organization that its maker acted in, and in no other, whatever its maker does later. */

for (const store of await testStores()) {
  describe(`keys of organizations, on ${store.name}`, { skip: store.skip }, () => {
    let served: Served | undefined
    const time: { now?: Date } = {}
    before(async () => {
      served = await serveApp(guild(), store, { mail: 'elsewhere', clock: () => time.now ?? new Date() })
    })
    after(() => served?.close())
    const siege = (): Served => served ?? assert.fail('there is none')

    const found = async (name: string): Promise<string> => {
      const made = await siege().ask('POST', '/auth/organizations', { as: 'ada', json: { name } })
      assert.equal(made.status, 201, made.text)
      return made.json.id
    }
    const actIn = async (organizationId: string) => {
      const { status, text } = await siege().ask('POST', '/auth/organizations/switch', {
        as: 'ada',
        json: { organizationId },
      })
      assert.ok(status < 300, text)
    }
    const key = async (headers?: Record<string, string>): Promise<string> => {
      const json = { name: 'of an organization', scopes: ['papers:read', 'papers:write', 'auth.keys:write'] }
      const made = await siege().ask('POST', '/auth/keys', headers ? { headers, json } : { as: 'ada', json })
      assert.equal(made.status, 201, made.text)
      return made.json.key
    }
    const titles = async (key: string): Promise<string[]> => {
      const { json } = await siege().ask('GET', '/papers', { headers: bearer(key) })
      return json.items.map(({ title }: { title: string }) => title)
    }

    test('class 33: a key made in one organization is nothing in another, nor are those it makes', async () => {
      const { ask, rows, ids } = siege()
      const nowhere = await key()
      const first = await found('first')
      const inFirst = await key()
      const second = await found('second')
      const inSecond = await key()
      for (const [credential, title] of [
        [inFirst, 'paper of the first'],
        [inSecond, 'paper of the second'],
      ] as const) {
        const made = await ask('POST', '/papers', { headers: bearer(credential), json: { title } })
        assert.equal(made.status, 201, made.text)
      }
      const child = await key(bearer(inFirst))
      const apart = async () => {
        assert.deepEqual(await titles(inFirst), ['paper of the first'])
        assert.deepEqual(await titles(child), ['paper of the first'])
        assert.deepEqual(await titles(inSecond), ['paper of the second'])
        assert.deepEqual(await titles(nowhere), [])
      }
      await apart()
      await actIn(first)
      await apart()
      await actIn(second)
      await apart()
      const [paper] = await rows(`select id::text from paper where organization_id = '${second}'`)
      await siege().refused(404, 'GET', `/papers/${paper?.[0]}`, { headers: bearer(inFirst) })
      await siege().refused(404, 'PATCH', `/papers/${paper?.[0]}`, { headers: bearer(child), json: { title: 'x' } })
      await siege().refused(403, 'POST', '/papers', { headers: bearer(nowhere), json: { title: 'x' } })
      // None of what says where a session acts can be asked for with a key.
      for (const [method, path, json] of [
        ['POST', '/auth/organizations/switch', { organizationId: second }],
        ['POST', '/auth/organizations', { name: 'mine' }],
        ['GET', '/auth/organizations', undefined],
        ['POST', '/auth/organizations/invitations', { email: 'x@example.com', role: 'owner' }],
      ] as const)
        await siege().refused(403, method, path, { headers: bearer(inFirst), ...(json && { json }) })
      await siege().refused(400, 'POST', '/auth/keys', {
        as: 'ada',
        json: { name: 'x', scopes: ['papers:read'], organizationId: first },
      })
      // Whoever has left has left with all their keys: they act in nothing.
      await rows(`delete from bede.membership where account_id = '${ids.ada}' and organization_id = '${first}'`)
      await new Promise((resolve) => setTimeout(resolve, 1_050))
      assert.deepEqual(await titles(inFirst), [])
      assert.deepEqual(await titles(child), [])
      await siege().refused(403, 'POST', '/papers', { headers: bearer(inFirst), json: { title: 'x' } })
      assert.deepEqual(await titles(inSecond), ['paper of the second'])
    })

    test('class 28: a session that was left open makes no key: its owner proves again who they are', async () => {
      const { ask } = siege()
      const signedIn = await ask('POST', '/auth/sign-in', { json: { email: emailOf('bob'), password } })
      const of = (token: string) => ({ headers: bearer(token) })
      const json = { name: 'x', scopes: ['papers:read', 'auth.keys:write'] }
      const made = await ask('POST', '/auth/keys', { ...of(signedIn.json.token), json })
      assert.equal(made.status, 201, made.text)
      const { id, key } = made.json
      time.now = new Date(Date.now() + 11 * 60_000)
      try {
        const stale = of(signedIn.json.token)
        for (const [path, body] of [
          ['/auth/keys', json],
          [`/auth/keys/${id}/rotate`, {}],
        ] as const) {
          const refused = await siege().refused(401, 'POST', path, { ...stale, json: body })
          assert.equal(refused.json.code, 'step-up-required')
        }
        // A key is nobody who could be asked, and is held by what it has itself.
        assert.equal((await ask('POST', '/auth/keys', { ...of(key), json })).status, 201)
        const rotated = await ask('POST', `/auth/keys/${id}/rotate`, { ...of(key), json: { overlap: 'PT0S' } })
        assert.equal(rotated.status, 200, rotated.text)
        await siege().refused(403, 'POST', '/auth/step-up', { ...of(rotated.json.key), json: { password } })
        // To end one needs no proof: what is in wrong hands is ended by whoever sees it.
        assert.equal((await ask('DELETE', `/auth/keys/${id}`, stale)).status, 204)
        const proven = await ask('POST', '/auth/step-up', { ...stale, json: { password } })
        assert.equal(proven.status, 200, proven.text)
        assert.equal((await ask('POST', '/auth/keys', { ...of(proven.json.token), json })).status, 201)
      } finally {
        delete time.now
      }
    })
  })
}
