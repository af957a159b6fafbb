import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rememberedFor } from '../../src/identity/remembered-credentials.ts'
import type { Problem } from '../../src/telemetry/problem.ts'
import { clubs, problemOf, type Running, refused } from '../engine/support/running.ts'

const password = 'correct horse battery'

async function registered(club: Running, name: string) {
  const { json } = await club.as(null, 'auth.register', { email: `${name}@Example.com`, name, password })
  const actor = await club.backend.authenticate(json.token)
  assert.ok(actor)
  return { actor, token: String(json.token), expiresAt: String(json.expiresAt) }
}

/** What a caller can see of a refusal. */
const seen = ({ status, code, message, hint, details }: Problem) => ({ status, code, message, hint, details })

for (const { store, run } of await clubs()) {
  const { skip } = store

  test(`${store.name}: an account registers, is somebody, signs in again, signs out`, { skip }, async () => {
    const club = await run()
    const { actor, expiresAt } = await registered(club, 'life')
    assert.equal(actor.role, 'member')
    assert.equal(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000), 30)
    const me = await club.as(actor, 'auth.me')
    assert.deepEqual(me.json, { id: actor.id, name: 'life', email: 'life@example.com', role: 'member' })

    const again = await club.as(null, 'auth.signIn', { email: 'LIFE@example.COM', password })
    const second = await club.backend.authenticate(again.json.token)
    assert.equal(second?.id, actor.id)
    const out = await club.as(second, 'auth.signOut')
    assert.deepEqual([out.status, out.answer], [204, { kind: 'none' }])
    assert.equal(await club.backend.authenticate(again.json.token), null, 'revoked at once')
    assert.equal((await club.as(actor, 'auth.me')).status, 200, 'the other session stays')
  })

  test(`${store.name}: handlers sign people in with shapes of their own`, { skip }, async () => {
    const club = await run()
    const { actor } = await registered(club, 'own')
    const { json } = await club.as(null, 'login', { body: { user: { email: 'own@example.com', password } } })
    assert.deepEqual(json.member, { id: actor.id, name: 'own', email: 'own@example.com', role: 'member' })
    const session = await club.backend.authenticate(json.token)
    assert.deepEqual((await club.as(session, 'whoAmI')).json, { id: actor.id, token: json.token })
    assert.deepEqual(
      (await club.as(session && { ...session }, 'whoAmI')).json,
      { id: actor.id, token: json.token },
      'a copied actor came with the same, and has no more rights',
    )
  })

  test(`${store.name}: one address is one account, however it is written; a password has its length`, {
    skip,
  }, async () => {
    const club = await run()
    await registered(club, 'twice')
    const taken = await refused(club, () =>
      club.as(null, 'auth.register', { email: 'TWICE@example.com', name: 'x', password }),
    )
    assert.deepEqual([taken.status, taken.code, taken.details[0]?.place], [409, 'already-exists', '/email'])
    const short = await refused(club, () =>
      club.as(null, 'auth.register', { email: 'short@example.com', name: 'x', password: 'short' }),
    )
    assert.deepEqual([short.status, short.details[0]?.place], [422, '/password'])
  })

  test(`${store.name}: a session ends when it is old, and when it was idle`, { skip }, async () => {
    const club = await run()
    const { token, actor } = await registered(club, 'old')
    const day = 86_400_000
    const at = async (days: number) => {
      club.time.now = new Date(Date.now() + days * day)
      return (await club.backend.authenticate(token))?.id ?? null
    }
    const noted = (days: number) =>
      club.rows(
        `select 1 from bede.session where account_id = '${actor.id}' and used_at > now() + interval '${days} days'`,
      )
    try {
      assert.equal(await at(8), null, 'idle for more than 7 days')
      for (const days of [6, 12, 18, 24, 29]) {
        assert.equal(await at(days), actor.id, 'in use')
        while ((await noted(days - 1)).length === 0) await sleep(10) // the use is written down behind the request
      }
      assert.equal(await at(31), null, 'older than 30 days')
    } finally {
      delete club.time.now
    }
  })

  test(`class 10: ${store.name}: every answer that shows an account shows its declared fields and no others`, {
    skip,
  }, async () => {
    const club = await run()
    const { json } = await club.as(null, 'auth.register', { email: 'fields@example.com', name: 'fields', password })
    assert.deepEqual(Object.keys(json).sort(), ['expiresAt', 'token'])
    const signedIn = await club.as(null, 'auth.signIn', { email: 'fields@example.com', password })
    assert.deepEqual(Object.keys(signedIn.json).sort(), ['expiresAt', 'token'])
    const actor = await club.backend.authenticate(json.token)
    assert.deepEqual(Object.keys(actor ?? {}).sort(), ['id', 'role'])
    assert.deepEqual(Object.keys((await club.as(actor, 'auth.me')).json), ['id', 'name', 'email', 'role'])
    const own = await club.as(null, 'login', { body: { user: { email: 'fields@example.com', password } } })
    assert.deepEqual(Object.keys(own.json.member), ['id', 'name', 'email', 'role'])
  })

  test(`class 11: ${store.name}: neither a password nor a token is kept or logged as it is`, { skip }, async () => {
    const club = await run()
    const canary = 'canary-password-41c'
    const { json } = await club.as(null, 'auth.register', {
      email: 'canary@example.com',
      name: 'canary',
      password: canary,
    })
    await problemOf(() => club.as(null, 'auth.signIn', { email: 'canary@example.com', password: `${canary}-wrong` }))
    const actor = await club.backend.authenticate(json.token)
    await club.as(actor, 'whoAmI')
    await club.as(actor, 'importNotes', { titles: ['canary'] })
    const tables = ['member', 'note', 'bede.session', 'bede.outbox', 'bede.idempotency', 'bede.secret']
    const kept = await Promise.all(tables.map((table) => club.rows(`select t::text from ${table} t`)))
    const everything = JSON.stringify([kept, club.lines])
    assert.doesNotMatch(everything, /canary-password|canary-in-log/)
    assert.ok(!everything.includes(json.token))
    assert.doesNotMatch(club.lines.join('\n'), /argon2id\$/)
  })

  test(`class 22: ${store.name}: registering takes the declared fields and refuses every other`, { skip }, async () => {
    const club = await run()
    for (const more of [
      { role: 'editor' },
      { id: '01932f5e-8c00-7000-8000-000000000000' },
      { joinedAt: '2020-01-01T00:00:00Z' },
      { password_hash: 'x' },
    ]) {
      const problem = await refused(club, () =>
        club.as(null, 'auth.register', { email: 'mass@example.com', name: 'mass', password, ...more }),
      )
      assert.deepEqual([problem.status, problem.code], [400, 'unknown-field'], Object.keys(more)[0])
    }
  })

  test(`class 36: ${store.name}: a credential that is not good is nobody's, and that is never taken as none`, {
    skip,
  }, async () => {
    const club = await run()
    const { token } = await registered(club, 'bad')
    const changed = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`
    for (const credential of [
      changed,
      `${token}x`,
      token.slice(1),
      '',
      ' ',
      'null',
      'undefined',
      '0',
      '{"$ne":null}',
      "' or 1=1 --",
      '\0',
      '🙂',
      'a'.repeat(100_000),
    ]) {
      assert.equal(await club.backend.authenticate(credential), null, credential.slice(0, 20))
    }
    await club.rows(
      `update bede.session set expires_at = now() where token_hash in (select token_hash from bede.session order by created_at desc limit 1)`,
    )
    await sleep(rememberedFor) // behind this process's back, as another one would
    assert.equal(await club.backend.authenticate(token), null, 'expired')
    const nobody = await refused(club, () => club.as(null, 'auth.signOut'))
    assert.equal(nobody.status, 401)
  })

  test(`class 71: ${store.name}: objects where a name or a password is expected are refused`, { skip }, async () => {
    const club = await run()
    await registered(club, 'operator')
    const values: unknown[] = [
      { $ne: null },
      { $regex: '.*' },
      ['operator@example.com'],
      null,
      true,
      1,
      { toString: 'x' },
    ]
    for (const value of values) {
      for (const input of [
        { email: value, password },
        { email: 'operator@example.com', password: value },
      ]) {
        const problem = await refused(club, () => club.as(null, 'auth.signIn', input))
        assert.ok(problem.status === 400 || problem.status === 422, JSON.stringify(input))
        const own = await refused(club, () => club.as(null, 'login', { body: { user: input } }))
        assert.ok(own.status === 400 || own.status === 422, JSON.stringify(input))
      }
    }
  })

  test(`class 102: ${store.name}: an unknown account and a wrong password are the same in all but nothing`, {
    skip,
  }, async () => {
    const club = await run()
    await registered(club, 'known')
    const attempt = async (email: string) => {
      const before = club.verified.length
      const problem = await refused(club, () => club.as(null, 'auth.signIn', { email, password: 'not the password' }))
      return {
        seen: seen(problem),
        hashes: club.verified.slice(before).map(({ hash }) => hash.split('$').slice(0, 4).join('$')),
      }
    }
    const [known, unknown] = [await attempt('known@example.com'), await attempt('unknown@example.com')]
    assert.deepEqual(known, unknown)
    assert.equal(known.seen.status, 401)
    assert.deepEqual(known.hashes, ['$argon2id$v=19$m=19456,t=2,p=1'], 'one verification of the same cost')
  })
}
