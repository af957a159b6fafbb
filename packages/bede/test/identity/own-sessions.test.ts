import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { testStores } from '../support/stores.ts'
import { cookieIn, type OpenHouse, openHouse, password } from './support/house.ts'

for (const store of await testStores()) {
  describe(`one's own sessions, on ${store.name}`, { skip: store.skip }, () => {
    let house: OpenHouse
    before(async () => {
      house = await openHouse(store)
    })
    after(() => house?.close())
    const own = () => ({ Origin: house.base })
    const enter = async (email: string, agent: string): Promise<string> => {
      const { json } = await house.ask('POST', '/auth/sign-in', {
        json: { email, password },
        headers: { 'User-Agent': agent },
      })
      return json.token
    }
    const listed = async (token: string) => (await house.ask('GET', '/auth/sessions', { token })).json.items

    test('they are listed with when and by what they are used, this one first, and nobody else’s', async () => {
      const { email, token } = await house.person('ada')
      const other = await house.person('bob')
      const phone = await enter(email, 'Phone/1.0 <script>\u00e4\u0007'.replaceAll(/[^\x20-\x7e]/g, ''))
      const desk = await enter(email, `Desk/2 ${'x'.repeat(400)}`)
      const items = await listed(phone)
      assert.equal(items.length, 3)
      assert.deepEqual(
        items.map(({ current }: { current: boolean }) => current),
        [true, false, false],
      )
      assert.equal(items[0].userAgent, 'Phone/1.0 <script>')
      assert.deepEqual(Object.keys(items[0]), ['id', 'current', 'createdAt', 'usedAt', 'expiresAt', 'userAgent'])
      const long = items.find(({ userAgent }: { userAgent: string }) => userAgent.startsWith('Desk'))
      assert.equal(long.userAgent.length, 200)
      assert.equal((await listed(other.token)).length, 1)
      for (const each of [token, desk]) assert.equal((await listed(each))[0].current, true)
      const text = JSON.stringify(items)
      const hashes = await house.rows('select token_hash from bede.session')
      assert.ok(!text.includes(phone) && hashes.every(([hash]) => !text.includes(String(hash))))
    })

    test('what a program says it is, is cut and cleaned before it is kept', async () => {
      const { email } = await house.person('odd')
      await house.version.http.fastify.inject({
        method: 'POST',
        url: '/auth/sign-in',
        headers: { 'user-agent': 'a\u0001b\u00ffc', 'content-type': 'application/json' },
        payload: JSON.stringify({ email, password }),
      })
      const agents = await house.rows(`select user_agent from bede.session where user_agent like 'a%'`)
      assert.deepEqual(agents, [['abc']])
    })

    test('one of them is ended by its id, at once; one of somebody else is not there', async () => {
      const { email, token } = await house.person('carl')
      const eve = await house.person('eve')
      const phone = await enter(email, 'phone')
      const [, { id }] = await listed(token)
      const [{ id: hers }] = await listed(eve.token)
      for (const wrong of [hers, '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b']) {
        const refused = await house.ask('DELETE', `/auth/sessions/${wrong}`, { token })
        assert.deepEqual([refused.status, refused.json.code], [404, 'not-found'])
      }
      assert.equal((await house.ask('DELETE', '/auth/sessions/x', { token })).status, 422)
      assert.equal((await house.ask('DELETE', `/auth/sessions/${id}`)).status, 401)
      assert.equal((await listed(eve.token)).length, 1)
      assert.equal((await house.ask('DELETE', `/auth/sessions/${id}`, { token })).status, 204)
      assert.equal((await house.ask('GET', '/auth/me', { token: phone })).status, 401)
      assert.equal((await house.ask('GET', '/auth/me', { token })).status, 200)
      assert.equal((await house.ask('DELETE', `/auth/sessions/${id}`, { token })).status, 404)
    })

    test('all others are ended, and this one goes on under another token', async () => {
      const { email, token } = await house.person('dan')
      const others = [await enter(email, 'a'), await enter(email, 'b')]
      const bystander = await house.person('fay')
      const { status, json } = await house.ask('DELETE', '/auth/sessions', { token })
      assert.equal(status, 200)
      for (const dead of [...others, token])
        assert.equal((await house.ask('GET', '/open', { token: dead })).status, 401)
      assert.equal((await listed(json.token)).length, 1)
      assert.equal((await house.ask('GET', '/auth/me', { token: bystander.token })).status, 200)
      const trail = await house.rows(`select event from bede.audit where event = 'sessions.ended'`)
      assert.equal(trail.length, 1)
    })

    test('a browser that ends its own session, or all others, gets the cookie it needs', async () => {
      const { email } = await house.person('gil')
      const json = { email, password, session: 'cookie' }
      const cookie = cookieIn(await house.ask('POST', '/auth/sign-in', { json }))
      const renewed = await house.ask('DELETE', '/auth/sessions', { cookie, headers: own() })
      assert.deepEqual(Object.keys(renewed.json), ['expiresAt'])
      assert.equal((await house.ask('GET', '/auth/me', { cookie })).status, 401)
      const next = cookieIn(renewed)
      const { items } = (await house.ask('GET', '/auth/sessions', { cookie: next })).json
      assert.equal(items.length, 1)
      const gone = await house.ask('DELETE', `/auth/sessions/${items[0].id}`, { cookie: next, headers: own() })
      assert.equal(gone.status, 204)
      assert.match(gone.headers.getSetCookie()[0] ?? '', /Max-Age=0/)
    })

    test('what has ended by itself is not listed', async () => {
      const { email, token, id } = await house.person('hal')
      await enter(email, 'old')
      await house.rows(
        `update bede.session set used_at = now() - interval '15 days' where account_id = '${id}' and user_agent = 'old'`,
      )
      assert.equal((await listed(token)).length, 1)
    })
  })
}
