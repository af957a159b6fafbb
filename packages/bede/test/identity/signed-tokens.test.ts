import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { type Backend, type StartOptions, start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { isProblem, type Problem } from '../../src/telemetry/problem.ts'
import { problemOf } from '../engine/support/running.ts'
import { testStores } from '../support/stores.ts'
import { house, password } from './support/house.ts'

const origin = 'https://house.example'
const secrets = { current: randomBytes(32).toString('base64url') }
const day = 86_400_000

for (const store of await testStores()) {
  describe(`signed tokens, on ${store.name}`, { skip: store.skip }, () => {
    const time: { now?: Date } = {}
    const open: Backend[] = []
    const another = async (more: Partial<StartOptions> = {}): Promise<Backend> => {
      const backend = await start(house({ token: 'jwt', cookie: true }), {
        database: store.url,
        mode: 'development',
        log: silent,
        secrets,
        origin,
        clock: () => time.now ?? new Date(),
        ...more,
      })
      open.push(backend)
      return backend
    }
    let first: Promise<Backend> | undefined
    const run = () => (first ??= another())
    after(() => Promise.all(open.map((backend) => backend.close())))

    // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
    const ask = async (backend: Backend, operation: string, input: unknown = {}, actor: any = null): Promise<any> => {
      const { answer } = await backend.call(operation, input, actor)
      return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
    }
    const register = async (name: string) => {
      const backend = await run()
      const email = `${name}@example.com`
      return { backend, email, ...(await ask(backend, 'auth.register', { email, password, name })) }
    }
    const rows = async (sql: string) => (await run()).connection.query({ sql, params: [], shape: [] })

    test('a sign-in gives a token that says whose session it is, for minutes, and nothing of what it may do', async () => {
      const { backend, token, expiresAt, refreshToken } = await register('ada')
      const actor = await backend.authenticate(token)
      assert.equal(actor?.role, 'member')
      const { kid, ...header } = decodeProtectedHeader(token)
      assert.deepEqual(header, { alg: 'EdDSA', typ: 'at+jwt' })
      const { iat = 0, exp = 0, jti, sid, ...claims } = decodeJwt(token)
      assert.deepEqual(claims, { iss: origin, aud: origin, sub: actor?.id, client_id: 'The house' })
      assert.deepEqual([exp - iat, new Date(exp * 1000).toISOString()], [300, expiresAt])
      assert.ok(jti && sid)
      assert.match(refreshToken, /^[\w-]{43}\.[\w-]{43}$/)
      // What others verify it with.
      const { keys } = await ask(backend, 'auth.jwks')
      assert.deepEqual(Object.keys(keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
      const set = createLocalJWKSet({ keys } satisfies JSONWebKeySet)
      const verified = await jwtVerify(token, set, { issuer: origin, audience: origin, typ: 'at+jwt' })
      assert.deepEqual([verified.protectedHeader.kid, verified.payload.sub], [kid, actor?.id])
      const kept = JSON.stringify(
        await rows('select s::text, (select string_agg(k::text, $$,$$) from bede.signing_key k) from bede.session s'),
      )
      assert.ok(!kept.includes(refreshToken.split('.')[0]) && !kept.includes(refreshToken.split('.')[1]))
    })

    test('a refresh token gives the next token and the next refresh token; what was given before is good until it ends', async () => {
      const { backend, token, refreshToken } = await register('bob')
      const next = await ask(backend, 'auth.refresh', { refreshToken })
      assert.deepEqual(Object.keys(next), ['token', 'expiresAt', 'refreshToken'])
      assert.notEqual(next.refreshToken, refreshToken)
      assert.equal(next.refreshToken.split('.')[0], refreshToken.split('.')[0])
      for (const good of [token, next.token]) assert.ok(await backend.authenticate(good))
      const third = await ask(backend, 'auth.refresh', { refreshToken: next.refreshToken })
      assert.ok(await backend.authenticate(third.token))
    })

    test('class 91: a refresh token that was used before ends the session, and the trail says so', async () => {
      const { backend, token, refreshToken } = await register('carl')
      const next = await ask(backend, 'auth.refresh', { refreshToken })
      const actor = await backend.authenticate(next.token)
      const problem = await problemOf(() => ask(backend, 'auth.refresh', { refreshToken }))
      assert.deepEqual([problem.status, problem.code], [401, 'invalid-credential'])
      for (const dead of [token, next.token]) assert.equal(await backend.authenticate(dead), null)
      const after = await problemOf(() => ask(backend, 'auth.refresh', { refreshToken: next.refreshToken }))
      assert.deepEqual([after.code, after.message, after.hint], [problem.code, problem.message, problem.hint])
      assert.deepEqual(
        await rows(`select event from bede.audit where account_id = '${actor?.id}' and event = 'session.reused'`),
        [['session.reused']],
      )
    })

    test('class 91: of twenty that bring the same refresh token at once one wins, and the session ends', async () => {
      const { backend, refreshToken } = await register('dan')
      const all = await Promise.allSettled(
        Array.from({ length: 20 }, () => ask(backend, 'auth.refresh', { refreshToken })),
      )
      const won = all.filter((one) => one.status === 'fulfilled')
      assert.equal(won.length, 1)
      for (const one of all)
        if (one.status === 'rejected') assert.ok(isProblem(one.reason) && one.reason.status === 401)
      assert.equal(await backend.authenticate(won[0]?.value.token), null)
      await problemOf(() => ask(backend, 'auth.refresh', { refreshToken: won[0]?.value.refreshToken }))
    })

    test('a token ends after its minutes, a session after its days; what is refused tells no two things apart', async () => {
      const { backend, token, refreshToken } = await register('eve')
      const begun = Date.now()
      const at = (ms: number) => {
        time.now = new Date(begun + ms)
      }
      try {
        at(301_000)
        assert.equal(await backend.authenticate(token), null)
        at(13 * day)
        const next = await ask(backend, 'auth.refresh', { refreshToken })
        assert.ok(await backend.authenticate(next.token))
        at(28 * day)
        const problems: Problem[] = []
        for (const shown of [next.refreshToken, 'x', 'a.b', `${'a'.repeat(43)}.${'b'.repeat(43)}`, token.slice(0, 150)])
          problems.push(await problemOf(() => ask(backend, 'auth.refresh', { refreshToken: shown })))
        assert.deepEqual(
          new Set(problems.map(({ code, message, hint, details }) => JSON.stringify([code, message, hint, details])))
            .size,
          1,
        )
      } finally {
        delete time.now
      }
    })

    test('a sign-out, a new role and a deletion count for tokens that were given before', async () => {
      const { backend, token } = await register('fay')
      const actor = await backend.authenticate(token)
      await backend.call(
        'user.update',
        { id: actor?.id, data: { role: 'editor' } },
        { id: actor?.id ?? '', role: 'editor' },
      )
      const promoted = await backend.authenticate(token)
      assert.equal(promoted?.role, 'editor')
      await backend.call('auth.signOut', {}, promoted)
      assert.equal(await backend.authenticate(token), null)
      const { token: gone, refreshToken } = await register('gil')
      const gil = await backend.authenticate(gone)
      await backend.call('user.delete', { id: gil?.id }, { id: actor?.id ?? '', role: 'editor' })
      assert.equal(await backend.authenticate(gone), null)
      await problemOf(() => ask(backend, 'auth.refresh', { refreshToken }))
    })

    test('a browser may have its session in a cookie all the same', async () => {
      const { backend, email } = await register('hal')
      const { answer } = await backend.call('auth.signIn', { email, password, session: 'cookie' })
      const line = answer.headers?.['Set-Cookie'] ?? ''
      const value = /=([\w-]{43});/.exec(line)?.[1] ?? ''
      assert.ok(await backend.cookie?.authenticate(value))
      assert.equal(await backend.authenticate(value), null)
    })

    test('keys take turns: the next is published a day before it signs, the last verifies what it has signed', async () => {
      const backend = await run()
      const month = 30 * day
      const boundary = (Math.ceil(Date.now() / month) + 100) * month
      const at = (ms: number) => {
        time.now = new Date(boundary + ms)
      }
      const published = async () => (await ask(backend, 'auth.jwks')).keys.map(({ kid }: { kid: string }) => kid)
      try {
        at(-2 * day)
        const { token: before, email } = await register('ida')
        const { kid } = decodeProtectedHeader(before)
        assert.deepEqual(await published(), [kid])
        at(-60_000)
        const late = await ask(backend, 'auth.signIn', { email, password })
        assert.equal(decodeProtectedHeader(late.token).kid, kid)
        // The ring is read again once a minute; another process finds what is due at its start.
        const other = store.name === 'PostgreSQL' ? await another() : undefined
        if (other) assert.equal((await ask(other, 'auth.jwks')).keys.length, 2)
        at(1_000)
        const [old, next, ...more] = await published()
        assert.deepEqual([old, more], [kid, []])
        const fresh = await ask(backend, 'auth.signIn', { email, password })
        assert.equal(decodeProtectedHeader(fresh.token).kid, next)
        for (const one of [backend, ...(other ? [other] : [])])
          for (const { token } of [late, fresh]) assert.ok(await one.authenticate(token))
        at(month + 1_000)
        assert.ok(!(await published()).includes(kid))
      } finally {
        delete time.now
      }
    })

    test('many that need the first key at once end with the same', async () => {
      const at = new Date(Date.now() + 400 * day)
      const backends =
        store.name === 'PostgreSQL' ? await Promise.all([another(), another(), another()]) : [await run()]
      try {
        time.now = at
        const sets = await Promise.all([...backends, ...backends].map((one) => ask(one, 'auth.jwks')))
        assert.equal(new Set(sets.map((set) => JSON.stringify(set))).size, 1)
      } finally {
        delete time.now
      }
    })
  })
}

test('class 103: without a secret, or without a name to sign in, nothing is served', async () => {
  const app = () => house({ token: 'jwt' })
  const options = { database: 'memory://', mode: 'production', log: silent } as const
  await assert.rejects(
    start(app(), { ...options, origin }),
    (error) => isProblem(error) && error.code === 'invalid-setting',
  )
  const backend = await start(app(), { ...options, secrets })
  try {
    const problem = await problemOf(() =>
      backend.call('auth.register', { email: 'x@example.com', password, name: 'x' }),
    )
    assert.equal(problem.status, 500)
    assert.deepEqual(await backend.connection.query({ sql: 'select 1 from "user"', params: [], shape: [] }), [])
  } finally {
    await backend.close()
  }
})
