import assert from 'node:assert/strict'
import {
  type Answered,
  type Asked,
  type Name,
  onStores,
  password,
  type Served,
  serveApp,
  test,
} from './support/siege.ts'
import { turnstile } from './support/turnstile.ts'

/** Who may call how often: counted by what a caller cannot choose, and for each operation. */

interface TurnstileSiege extends Served {
  /** Asks from another address, as a trusted proxy would say it. */
  from(address: string, method: string, path: string, asked?: Asked): Promise<Answered>
  /** All points of everybody come back. */
  rest(): void
  readonly entry: string
}

const open = async (store: Parameters<typeof serveApp>[1]): Promise<TurnstileSiege> => {
  let time = 0
  const served = await serveApp(turnstile(), store, {
    start: { limits: { clock: () => time } },
    http: { trustedProxies: ['127.0.0.1'] },
  })
  const rest = () => {
    time += 24 * 3_600_000
  }
  rest()
  const made = await served.ask('POST', '/entries', { as: 'ada', json: { title: 'first' } })
  assert.equal(made.status, 201, made.text)
  rest()
  return {
    ...served,
    entry: made.json.id,
    rest,
    from: (address, method, path, { headers, ...asked } = {}) =>
      served.ask(method, path, { ...asked, headers: { ...headers, 'X-Forwarded-For': address } }),
  }
}

const statuses = (answers: readonly Answered[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))].map((one) => [
      one,
      answers.filter(({ status }) => status === one).length,
    ]),
  )

await onStores('limits', open, (siege) => {
  const limited = async (asked: () => Promise<Answered>, what: string): Promise<Answered> => {
    const before = await siege().everything()
    const answer = await asked()
    assert.equal(answer.status, 429, `${what}: ${answer.text}`)
    assert.equal(answer.json.code, 'rate-limited', what)
    assert.ok(Number(answer.headers.get('retry-after')) >= 1, what)
    assert.equal(await siege().everything(), before, `${what}: something was written`)
    return answer
  }

  test('class 126: of many that come at once, no more are let through than there are points for', async () => {
    siege().rest()
    const looks = Array.from({ length: 50 }, () => siege().ask('POST', `/entries/${siege().entry}/look`, { as: 'ada' }))
    assert.deepEqual(statuses(await Promise.all(looks)), { 200: 5, 429: 45 })
    const [row] = await siege().rows(`select seen from entry where id = '${siege().entry}'`)
    assert.deepEqual(row, ['5'], 'what was refused did nothing')
  })

  test('class 61: an account spends its points whatever else of its requests is another each time', async () => {
    siege().rest()
    const tokens = [siege().tokens.bob]
    for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) {
      const json = { email: 'bob.canary@example.com', password }
      tokens.push((await siege().from(address, 'POST', '/auth/sign-in', { json })).json.token)
    }
    const ask = (n: number) =>
      siege().from(
        `203.0.113.${n % 250}`,
        n % 2 ? 'GET' : 'HEAD',
        `/${n % 3 ? 'entries' : 'auth/me'}${n % 3 ? `?limit=${n}` : ''}`,
        {
          headers: {
            Authorization: `Bearer ${tokens[n % tokens.length]}`,
            'User-Agent': `agent ${n}`,
            'X-Request-Id': `request-${n}-${n}`,
            'X-Real-IP': `192.0.2.${n}`,
            Forwarded: `for=192.0.2.${n}`,
            Cookie: `n=${n}`,
          },
        },
      )
    const answers = []
    for (let n = 1; n <= 60; n++) answers.push(await ask(n % 49))
    assert.ok(answers.slice(0, 40).every(({ status }) => status === 200))
    assert.deepEqual(Object.keys(statuses(answers.slice(40))), ['200'])
    for (let n = 0; n < 12; n++) await limited(() => ask(n === 0 ? 3 : n + (n % 2 ? 0 : 1)), `request ${n}`)
    const ada = await siege().ask('GET', '/entries', { as: 'ada' })
    assert.equal(ada.status, 200, 'somebody else has points of their own')
  })

  test('class 61: an address is counted in whatever form it comes, and of IPv6 the network that one subscriber has', async () => {
    for (const [what, forms] of [
      ['IPv4', ['198.51.100.7', '::ffff:198.51.100.7', '::FFFF:c633:6407', '64:ff9b::198.51.100.7']],
      ['IPv6', Array.from({ length: 31 }, (_, n) => `2001:db8:1:2:${n}::${n + 1}`).concat('2001:0DB8:0001:0002::9')],
    ] as const) {
      siege().rest()
      const ask = (n: number, path = '/greeting') => siege().from(forms[n % forms.length] ?? '', 'GET', path)
      for (let n = 0; n < 30; n++) assert.equal((await ask(n)).status, 404, `${what} ${n}`)
      for (let n = 0; n < forms.length; n++) await limited(() => ask(n), `${what} ${forms[n]}`)
      await limited(() => ask(1, '/greet'), 'an operation')
      assert.equal((await siege().from('2001:db8:1:3::1', 'GET', '/greet')).status, 200, 'the network beside it')
    }
  })

  test('class 61: what reaches no operation counts for its address: paths that are not there, bodies that are none, nobody', async () => {
    const nobody = (address: string) => async (n: number) => {
      const asked = [
        () => siege().from(address, 'GET', `/nowhere/${n}?x=${n}`),
        () => siege().from(address, 'PURGE', '/entries'),
        () => siege().from(address, 'DELETE', '/greet'),
        () => siege().from(address, 'POST', '/entries', { json: { title: 'x' } }),
        () =>
          siege().from(address, 'POST', '/auth/sign-in', {
            body: '{',
            headers: { 'Content-Type': 'application/json' },
          }),
        () =>
          siege().from(address, 'POST', '/batch', { json: { operations: [{ operation: 'entry.create', input: {} }] } }),
      ]
      return (asked[n % asked.length] ?? assert.fail())()
    }
    siege().rest()
    const ask = nobody('198.51.100.9')
    for (let n = 0; n < 30; n++) assert.notEqual((await ask(n)).status, 429, `request ${n}`)
    for (let n = 0; n < 6; n++) await limited(() => ask(n), `request ${n}`)
    assert.equal((await siege().from('198.51.100.9', 'GET', '/health/live')).status, 200, 'health answers')
    assert.equal((await siege().from('198.51.100.9', 'OPTIONS', '/entries')).status, 204)
    assert.equal((await siege().from('198.51.100.9', 'GET', '/entries', { as: 'ada' })).status, 200, 'who is signed in')
  })

  test('class 61: after some credentials that are nobody’s, an address has none looked up', async () => {
    siege().rest()
    const guess = (n: number) =>
      siege().from('198.51.100.30', 'GET', '/entries', {
        headers: { Authorization: `Bearer ${String(n).padStart(43, 'A')}` },
      })
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => guess(n)))
    assert.deepEqual(statuses(answers), { 401: 6 })
    for (let n = 6; n < 10; n++) await limited(() => guess(n), `guess ${n}`)
    assert.equal((await siege().from('198.51.100.31', 'GET', '/auth/me', { as: 'ada' })).status, 200, 'another address')
  })

  test('class 61: guesses of a neighbor keep nobody out who was known a moment ago, and a credential that has ended is no such one', async () => {
    siege().rest()
    const at = '198.51.100.40'
    const signIn = async () => {
      const json = { email: 'eve.canary@example.com', password }
      const made = await siege().from('198.51.100.41', 'POST', '/auth/sign-in', { json })
      assert.equal(made.status, 200, made.text)
      return { Authorization: `Bearer ${made.json.token}` }
    }
    const known = await signIn()
    const unseen = await signIn()
    const ended = await signIn()
    const me = (headers: Record<string, string>) => siege().from(at, 'GET', '/auth/me', { headers })
    for (const headers of [known, ended]) assert.equal((await me(headers)).status, 200)
    const guess = (n: number) => me({ Authorization: `Bearer ${String(n).padStart(43, 'B')}` })
    for (let n = 0; n < 6; n++) assert.equal((await guess(n)).status, 401)
    const shut = async () => {
      for (let n = 6; n < 9; n++) await limited(() => guess(n), `guess ${n}`)
      for (const headers of [{ Authorization: 'Bearer ' }, { Authorization: `Basic ${known.Authorization.slice(7)}x` }])
        await limited(() => me(headers), 'what is no credential')
    }
    await shut()
    assert.equal((await me(known)).status, 200, 'who was here before')
    await limited(() => me(unseen), 'a session that has not been here')
    await shut()

    assert.equal((await siege().from('198.51.100.41', 'POST', '/auth/sign-out', { headers: ended })).status, 204)
    assert.equal((await me(ended)).status, 401, 'it is looked up, and is nobody’s')
    await limited(() => me(ended), 'and is one like any other from then on')
    assert.equal((await me(known)).status, 200)
    await shut()
    siege().rest()
    assert.equal((await me(unseen)).status, 200, 'once all points are back')
  })

  test('class 51: a batch costs what its operations cost, a bulk what its rows do, and below a row too', async () => {
    const left = ({ headers }: Answered) => Number(/"actor";r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])
    const costs = async (method: string, path: string, asked: Asked = {}) => {
      siege().rest()
      const answer = await siege().ask(method, path, { as: 'ada', ...asked })
      assert.ok(answer.status < 300, answer.text)
      return 60 - left(answer)
    }
    const operations = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ operation: 'entry.create', input: { data: { title: `batch ${n}` } } }))
    assert.equal(await costs('GET', '/entries'), 1)
    assert.equal(await costs('HEAD', '/entries'), 1)
    assert.equal(await costs('GET', '/entries?limit=100'), 2)
    assert.equal(await costs('POST', '/reports'), 10)
    assert.equal(await costs('POST', '/batch', { json: { operations: operations(20) } }), 20)
    const items = Array.from({ length: 15 }, (_, n) => ({ title: `bulk ${n}` }))
    assert.equal(await costs('POST', '/entries/batch', { json: { items } }), 15)
    const lines = Array.from({ length: 9 }, (_, n) => ({ said: `line ${n}` }))
    assert.equal(await costs('POST', '/entries', { json: { title: 'with lines', lines } }), 10)

    const headers = { 'Idempotency-Key': 'limits-once' }
    const once = { headers, json: { title: 'once' } }
    assert.equal(await costs('POST', '/entries', once), 1)
    assert.equal(await costs('POST', '/entries', once), 1, 'a replay is a call')

    siege().rest()
    const json = { operations: operations(40) }
    assert.equal((await siege().ask('POST', '/batch', { as: 'ada', json })).status, 200)
    const refused = await limited(() => siege().ask('POST', '/batch', { as: 'ada', json }), 'a second batch')
    assert.equal(left(refused), 20, 'what is refused costs nothing')
    await limited(
      () => siege().ask('POST', '/entries/batch', { as: 'ada', json: { items: [...items, ...items] } }),
      'a bulk',
    )
    assert.equal((await siege().ask('GET', '/entries', { as: 'ada' })).status, 200)
  })

  test('class 51: a limit of one action holds in a batch and at every address that performs it', async () => {
    siege().rest()
    const { entry } = siege()
    const json = { operations: Array.from({ length: 3 }, () => ({ operation: 'look', input: { id: entry } })) }
    assert.equal((await siege().ask('POST', '/batch', { as: 'ada', json })).status, 200)
    assert.equal((await siege().ask('POST', `/look/${entry}`, { as: 'ada' })).status, 200)
    await limited(() => siege().ask('POST', '/batch', { as: 'ada', json }), 'a batch of three where one is left')
    assert.equal((await siege().ask('POST', `/entries/${entry}/look`, { as: 'ada' })).status, 200)
    await limited(() => siege().ask('POST', `/entries/${entry}/look`, { as: 'ada' }), 'the action')
    const refused = await limited(() => siege().ask('POST', `/look/${entry}`, { as: 'ada' }), 'the route')
    assert.deepEqual(refused.json['violated-policies'], ['look/actor'])
  })

  test('class 51: a batch of more calls than a limit ever allows is refused, however rested its caller is', async () => {
    siege().rest()
    const { entry } = siege()
    const looks = (count: number) => Array.from({ length: count }, () => ({ operation: 'look', input: { id: entry } }))
    const entries = Array.from({ length: 61 }, () => ({ operation: 'entry.create', input: { data: { title: 'one' } } }))
    for (const operations of [looks(6), looks(100), entries, [...looks(5), ...entries.slice(5)]]) {
      const before = await siege().everything()
      const refused = await siege().ask('POST', '/batch', { as: 'ada', json: { operations } })
      assert.equal(refused.status, 400, refused.text)
      assert.equal(refused.json.code, 'too-many', refused.text)
      assert.equal(await siege().everything(), before, 'nothing was written')
    }
    const json = { operations: looks(5) }
    assert.equal((await siege().ask('POST', '/batch', { as: 'ada', json })).status, 200, 'and that cost nothing')
  })

  test('class 51: a bulk, and rows below a row, of more than a limit ever allows are refused like a batch', async () => {
    siege().rest()
    const titles = (count: number) => Array.from({ length: count }, (_, n) => ({ title: `bulk ${n}` }))
    const lines = Array.from({ length: 60 }, (_, n) => ({ said: `line ${n}` }))
    for (const [path, json] of [
      ['/entries/batch', { items: titles(61) }],
      ['/entries/batch', { items: titles(1_000) }],
      ['/entries', { title: 'with lines', lines }],
      ['/batch', { operations: [{ operation: 'entry.createMany', input: { items: titles(61) } }] }],
    ] as const) {
      const before = await siege().everything()
      const refused = await siege().ask('POST', path, { as: 'ada', json })
      assert.deepEqual([refused.status, refused.json.code], [400, 'too-many'], refused.text)
      assert.match(refused.json.detail, /'actor' ever has: 60 points in 60 s/)
      assert.equal(await siege().everything(), before, 'nothing was written')
    }
    const made = await siege().ask('POST', '/entries/batch', { as: 'ada', json: { items: titles(50) } })
    assert.equal(made.status, 200, 'and it cost no more than four calls')
  })

  test('class 61: more keys are no more calls: each spends the points of its account too', async () => {
    siege().rest()
    const keys: string[] = []
    for (const name of ['one', 'two', 'three']) {
      const json = { name, scopes: ['entries:read'] }
      const made = await siege().ask('POST', '/auth/keys', { as: 'bob', json })
      assert.equal(made.status, 201, made.text)
      keys.push(made.json.key)
    }
    siege().rest()
    const ask = (n: number) => siege().ask('GET', '/entries', { headers: { Authorization: `Bearer ${keys[n]}` } })
    for (let n = 0; n < 40; n++) assert.equal((await ask(0)).status, 200)
    assert.deepEqual((await limited(() => ask(0), 'one key')).json['violated-policies'], ['key'])
    for (let n = 0; n < 20; n++) assert.equal((await ask(1)).status, 200)
    assert.deepEqual((await limited(() => ask(2), 'a third key')).json['violated-policies'], ['actor'])
    await limited(() => siege().ask('GET', '/entries', { as: 'bob' }), 'the account')
  })

  test('class 61: an operation that counts addresses does so for whoever is signed in too', async () => {
    siege().rest()
    const who: (Name | undefined)[] = ['ada', 'bob', 'eve', undefined]
    for (const as of who) assert.equal((await siege().from('198.51.100.50', 'GET', '/greet', { as })).status, 200)
    for (const as of who) await limited(() => siege().from('198.51.100.50', 'GET', '/greet', { as }), String(as))
  })

  test('every answer says what there may be and what is left', async () => {
    siege().rest()
    const answer = await siege().ask('POST', `/entries/${siege().entry}/look`, { as: 'ada' })
    assert.equal(answer.headers.get('ratelimit-policy'), '"actor";q=60;w=60, "look/actor";q=5;w=3600')
    assert.equal(answer.headers.get('ratelimit'), '"actor";r=59;t=1, "look/actor";r=4;t=720')
    assert.equal((await siege().ask('GET', '/health/live')).headers.get('ratelimit'), null)
  })
})
