import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { cookieIn, type OpenHouse, openHouse, password } from '../identity/support/house.ts'
import { testStores } from '../support/stores.ts'

/** Sections C to G of the attack classes, where a session is a browser's cookie. */

for (const store of await testStores()) {
  describe(`sessions in cookies under attack, on ${store.name}`, { skip: store.skip }, () => {
    let house: OpenHouse
    before(async () => {
      house = await openHouse(store)
      await house.person('ada')
    })
    after(() => house?.close())
    const own = () => ({ Origin: house.base })
    const enter = async () =>
      house.ask('POST', '/auth/sign-in', { json: { email: 'ada@example.com', password, session: 'cookie' } })

    test('class 103: what a page of another site asks for changes nothing, and says why', async () => {
      const cookie = cookieIn(await enter())
      const notes = () => house.rows('select count(*)::text from note')
      const before = await notes()
      for (const headers of [
        {},
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { Origin: '%%%' },
        { Origin: `${house.base}.evil.example` },
        { Origin: `${house.base}/` },
        { Origin: house.base, 'Sec-Fetch-Site': 'cross-site' },
        { Origin: house.base, 'Sec-Fetch-Site': 'same-site' },
        { 'Sec-Fetch-Site': 'none' },
        { Referer: `${house.base}/page` },
      ]) {
        const refused = await house.ask('POST', '/notes', { cookie, json: { title: 'forged' }, headers })
        assert.deepEqual([refused.status, refused.json.code], [403, 'cross-site'], JSON.stringify(headers))
        assert.deepEqual(refused.headers.getSetCookie(), [], 'the session stays')
        for (const [method, path] of [
          ['POST', '/auth/sign-out'],
          ['DELETE', '/notes/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'],
          ['POST', '/batch'],
        ] as const)
          assert.equal((await house.ask(method, path, { cookie, headers })).status, 403)
      }
      const writes = house.version.http
        .routes()
        .filter(({ method, rule }) => method !== 'GET' && method !== 'HEAD' && !('open' in rule))
      assert.ok(writes.some(({ path }) => path === '/who') && writes.some(({ path }) => path === '/batch'))
      // Whatever a form can send without being asked first (Fetch §2.2.2), and whatever it cannot.
      for (const type of [
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'text/plain',
        'application/json',
      ])
        for (const { method, path } of writes) {
          const asked = { cookie, json: {}, headers: { Origin: 'https://evil.example', 'Content-Type': type } }
          const refused = await house.ask(method, path.replace(/:\w+/g, '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'), asked)
          assert.deepEqual([refused.status, refused.json?.code], [403, 'cross-site'], `${method} ${path} as ${type}`)
        }
      assert.deepEqual(await notes(), before)
      for (const headers of [own(), { 'Sec-Fetch-Site': 'same-origin' }])
        assert.equal((await house.ask('POST', '/notes', { cookie, json: { title: 'mine' }, headers })).status, 201)
      assert.equal(
        (await house.ask('GET', '/notes', { cookie, headers: { Origin: 'https://evil.example' } })).status,
        200,
      )
      assert.equal((await house.ask('GET', '/auth/me', { cookie })).status, 200)
    })

    test('class 36: a cookie that is nobody’s is refused on every route, and taken away', async () => {
      const cookie = cookieIn(await enter())
      const [name, value = ''] = cookie.split('=')
      for (const bad of [
        'x',
        '',
        '%',
        '%zz',
        '%c0%ae',
        '"',
        `"${value}"`,
        `${value}%00`,
        value.slice(1),
        `${value}=`,
        '..',
        'null',
        'undefined',
        '[object Object]',
        'a'.repeat(5_000),
        "' or 1=1--",
        value.toUpperCase(),
        encodeURIComponent('ä'),
      ])
        for (const [method, path] of [
          ['GET', '/open'],
          ['GET', '/auth/me'],
          ['POST', '/who'],
          ['POST', '/auth/sign-in'],
        ] as const) {
          const refused = await house.ask(method, path, {
            cookie: `a=b; ${name}=${bad}; c=d`,
            headers: own(),
            ...(method === 'POST' ? { json: {} } : {}),
          })
          assert.deepEqual([refused.status, refused.json?.code], [401, 'invalid-credential'], `${path} ${bad}`)
          assert.match(
            refused.headers.get('www-authenticate') ?? '',
            /^Bearer realm="The house", error="invalid_token"$/,
          )
          assert.match(refused.headers.getSetCookie()[0] ?? '', /^__Host-The-house=; Max-Age=0/)
        }
    })

    test('class 103: two credentials are one too many', async () => {
      const cookie = cookieIn(await enter())
      const { token } = await house.person('two')
      const other = cookieIn(await enter())
      for (const given of [
        { cookie, token },
        { cookie, token: 'x' },
        { cookie: '__Host-The-house=x', token },
        { cookie: `${cookie}; ${other}` },
        { cookie: `${cookie}; ${cookie}` },
        { cookie: `__Host-The-house=;${cookie}` },
      ]) {
        for (const path of ['/auth/me', '/open']) {
          const refused = await house.ask('GET', path, given)
          assert.deepEqual([refused.status, refused.json.code], [400, 'malformed-request'], JSON.stringify(given))
        }
      }
      for (const strange of [`x${cookie}`, cookie.toLowerCase(), cookie.replace('=', '-=')])
        assert.equal(
          (await house.ask('GET', '/open', { cookie: strange })).status,
          200,
          'another cookie is none of ours',
        )
      assert.equal((await house.ask('GET', '/auth/me', { cookie: `a; b==; ;  ${cookie} ; c=%` })).status, 200)
    })

    test('class 84: what belongs in a cookie is nothing in a header, and the other way round', async () => {
      const cookie = cookieIn(await enter())
      const { token } = await house.person('cross')
      assert.equal((await house.ask('GET', '/auth/me', { token: cookie.split('=')[1] })).status, 401)
      assert.equal((await house.ask('GET', '/auth/me', { cookie: `__Host-The-house=${token}` })).status, 401)
    })

    test('class 35: principals with cookies, tokens and nothing take turns at once, and each is itself', async () => {
      const who: { readonly name: string | null; readonly cookie?: string; readonly token?: string }[] = [
        { name: null },
      ]
      for (const name of ['ned', 'ola', 'pip']) {
        const { email, token, id } = await house.person(name)
        const entered = await house.ask('POST', '/auth/sign-in', { json: { email, password, session: 'cookie' } })
        who.push({ name: id, cookie: cookieIn(entered) }, { name: id, token })
      }
      for (let round = 0; round < 40; round++)
        await Promise.all(
          who.map(async ({ name, ...shown }) => {
            const seen = await house.ask('POST', '/who', { ...shown, headers: own() })
            assert.equal(seen.json.id ?? null, name)
          }),
        )
    })

    test('class 10: what tells of sessions shows neither tokens nor hashes nor anybody else’s', async () => {
      const cookie = cookieIn(await enter())
      const { text, json } = await house.ask('GET', '/auth/sessions', { cookie })
      assert.deepEqual(Object.keys(json), ['items'])
      for (const item of json.items)
        assert.deepEqual(Object.keys(item), ['id', 'current', 'createdAt', 'usedAt', 'expiresAt', 'userAgent'])
      const hashes = (await house.rows('select token_hash from bede.session')).flat()
      for (const secret of [...hashes, cookie.split('=')[1]]) assert.ok(!text.includes(String(secret)))
      const [[count] = []] = await house.rows(
        `select count(*)::text from bede.session s join "user" u on u.id = s.account_id where u.email = 'ada@example.com'`,
      )
      assert.equal(String(json.items.length), count)
    })

    test('class 58: every answer varies by the cookie, and what it shows to one is kept for nobody else', async () => {
      const cookie = cookieIn(await enter())
      const seen = await house.ask('GET', '/notes', { cookie })
      assert.match(seen.headers.get('vary') ?? '', /(?:^|, )Cookie(?:,|$)/)
      assert.match(seen.headers.get('vary') ?? '', /(?:^|, )Authorization(?:,|$)/)
      assert.equal(seen.headers.get('cache-control'), 'private, no-cache')
      assert.equal((await house.ask('GET', '/notes')).status, 401)
      assert.match((await house.ask('GET', '/auth/me')).headers.get('vary') ?? '', /Cookie/)
    })
  })
}

test('class 103: behind a proxy the origin is the one that was set, and not what the request says its host is', async () => {
  const origin = 'https://app.example'
  const house = await openHouse({ url: 'memory://' }, { origin })
  try {
    await house.person('ada')
    const json = { email: 'ada@example.com', password, session: 'cookie' }
    const cookie = cookieIn(await house.ask('POST', '/auth/sign-in', { json }))
    const write = async (headers: Record<string, string>) =>
      (await house.ask('POST', '/notes', { cookie, json: { title: 'x' }, headers })).status
    assert.equal(await write({ Origin: house.base }), 403)
    assert.equal(await write({ Origin: 'http://app.example' }), 403)
    assert.equal(await write({ Origin: origin }), 201)
    assert.equal(await write({ 'Sec-Fetch-Site': 'same-origin' }), 201)
  } finally {
    await house.close()
  }
})

test('class 61: after guesses no session in a cookie is looked up, and cookies that others have set are no guesses', async () => {
  const house = await openHouse({ url: 'memory://' }, { limits: { perAddress: { points: 30, per: '1h' } } })
  try {
    await house.person('ada')
    const json = { email: 'ada@example.com', password, session: 'cookie' }
    const own = cookieIn(await house.ask('POST', '/auth/sign-in', { json }))
    const [name] = own.split('=')
    const open = async (cookie?: string) => (await house.ask('GET', '/open', { cookie })).status
    const guess = (n: number) => `${name}=${String(n).padStart(43, 'A')}`
    assert.equal(await open(own), 200)
    for (let n = 0; n < 6; n++) assert.equal(await open(guess(n)), 401)
    for (const shown of [guess(7), `a=b; ${guess(8)}`, `${name}=`, `${own}; ${own}`])
      assert.equal(await open(shown), 429)
    // What a page's statistics, or the app itself, keep in a browser.
    for (const strange of ['_ga=GA1.1.2', `x${own}`, own.replace('=', '-='), `seen=${name}`, '; ;'])
      assert.equal(await open(strange), 200, strange)
    assert.equal(await open(), 200)
    assert.equal(await open(`theme=dark; ${own}`), 200, 'who was here before')
  } finally {
    await house.close()
  }
})
