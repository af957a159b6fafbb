import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { testStores } from '../support/stores.ts'
import { cookieIn, type OpenHouse, openHouse, password } from './support/house.ts'

for (const store of await testStores()) {
  describe(`sessions in cookies, on ${store.name}`, { skip: store.skip }, () => {
    let house: OpenHouse
    before(async () => {
      house = await openHouse(store)
      await house.person('ada')
    })
    after(() => house?.close())
    const own = () => ({ Origin: house.base })
    const enter = async () =>
      house.ask('POST', '/auth/sign-in', { json: { email: 'ada@example.com', password, session: 'cookie' } })

    test('whoever asks for a cookie gets one that scripts and other hosts cannot have, and no token', async () => {
      const entered = await enter()
      assert.equal(entered.status, 200)
      assert.deepEqual(Object.keys(entered.json), ['expiresAt'])
      const [line = '', ...others] = entered.headers.getSetCookie()
      assert.equal(others.length, 0)
      assert.match(
        line,
        /^__Host-The-house=[\w-]{43}; Max-Age=(?:7776000|7775999); Path=\/; HttpOnly; SameSite=Lax; Secure$/,
      )
      assert.equal(entered.headers.get('cache-control'), 'no-store')
      const cookie = cookieIn(entered)
      const me = await house.ask('GET', '/auth/me', { cookie })
      assert.deepEqual([me.status, me.json.name], [200, 'ada'])
      const made = await house.ask('POST', '/notes', { cookie, json: { title: 'by cookie' }, headers: own() })
      assert.equal(made.status, 201, made.text)
      const registered = await house.ask('POST', '/auth/register', {
        json: { email: 'new@example.com', password, name: 'new', session: 'cookie' },
      })
      assert.equal(registered.status, 201)
      assert.deepEqual(Object.keys(registered.json), ['expiresAt'])
      assert.equal((await house.ask('GET', '/auth/me', { cookie: cookieIn(registered) })).json.name, 'new')
    })

    test('a sign-out ends the session and takes the cookie away', async () => {
      const cookie = cookieIn(await enter())
      const out = await house.ask('POST', '/auth/sign-out', { cookie, headers: own() })
      assert.equal(out.status, 204)
      assert.deepEqual(out.headers.getSetCookie(), [
        '__Host-The-house=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure',
      ])
      assert.equal((await house.ask('GET', '/auth/me', { cookie })).status, 401)
    })

    test('handlers sign in and out with cookies too', async () => {
      const entered = await house.ask('POST', '/login', {
        json: { email: 'ada@example.com', password, keep: 'cookie' },
      })
      const cookie = cookieIn(entered)
      assert.equal((await house.ask('GET', '/auth/me', { cookie })).status, 200)
      const out = await house.ask('POST', '/logout', { cookie, headers: own() })
      assert.match(out.headers.getSetCookie()[0] ?? '', /Max-Age=0/)
      assert.equal((await house.ask('GET', '/auth/me', { cookie })).status, 401)
      const token = await house.ask('POST', '/login', { json: { email: 'ada@example.com', password } })
      assert.deepEqual(token.headers.getSetCookie(), [])
    })

    test('signing in again takes the place of the session before, for a browser and for the same account', async () => {
      const cookie = cookieIn(await enter())
      const again = await house.ask('POST', '/auth/sign-in', {
        cookie,
        json: { email: 'ada@example.com', password, session: 'cookie' },
        headers: own(),
      })
      assert.equal((await house.ask('GET', '/auth/me', { cookie })).status, 401)
      assert.equal((await house.ask('GET', '/auth/me', { cookie: cookieIn(again) })).status, 200)
      const { token } = await house.person('eve')
      await house.ask('POST', '/auth/sign-in', { token, json: { email: 'ada@example.com', password } })
      assert.equal(
        (await house.ask('GET', '/auth/me', { token })).status,
        200,
        'another account’s token has its own life',
      )
    })
  })
}

test('the description of the API names the cookie beside the token', async () => {
  const house = await openHouse({ url: 'memory://' })
  try {
    const { components, paths } = (await house.ask('GET', '/openapi.json')).json
    assert.deepEqual(
      [components.securitySchemes.cookie.in, components.securitySchemes.cookie.name],
      ['cookie', '__Host-The-house'],
    )
    assert.deepEqual(paths['/auth/me'].get.security, [{ credential: [] }, { cookie: [] }])
    assert.deepEqual(paths['/open'].get.security, [{}, { credential: [] }, { cookie: [] }])
  } finally {
    await house.close()
  }
})

test('in development the cookie is one that browsers take over plain HTTP', async () => {
  const house = await openHouse({ url: 'memory://' }, { development: true })
  try {
    await house.person('ada')
    const json = { email: 'ada@example.com', password, session: 'cookie' }
    const entered = await house.ask('POST', '/auth/sign-in', { json })
    assert.match(
      entered.headers.getSetCookie()[0] ?? '',
      /^The-house=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    assert.equal((await house.ask('GET', '/auth/me', { cookie: cookieIn(entered) })).status, 200)
  } finally {
    await house.close()
  }
})

test('without cookies in the identity none is read, set or asked for', async () => {
  const house = await openHouse({ url: 'memory://' }, { sessions: {} })
  try {
    await house.person('ada')
    const json = { email: 'ada@example.com', password, session: 'cookie' }
    assert.equal((await house.ask('POST', '/auth/sign-in', { json })).status, 400)
    const open = await house.ask('GET', '/open', { cookie: '__Host-The-house=x; The-house=x' })
    assert.equal(open.status, 200)
    assert.doesNotMatch(open.headers.get('vary') ?? '', /Cookie/)
    const handler = await house.ask('POST', '/login', { json: { email: json.email, password, keep: 'cookie' } })
    assert.deepEqual([handler.status, handler.json.code], [500, 'internal'])
  } finally {
    await house.close()
  }
})
