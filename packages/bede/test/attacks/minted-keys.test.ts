import assert from 'node:assert/strict'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type Key, keyringOnBothStores, test } from './support/keyring-siege.ts'
import { emailOf, type Name, password } from './support/siege.ts'

/** What is made with a key, whose it is, when it ends, and what is kept of it. */

const day = 86_400_000
const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString()
const makers = ['auth.keys:write', 'articles:read', 'auth.account:read'] as const

await keyringOnBothStores('keys that are made', (siege) => {
  const works = async (key: string): Promise<boolean> =>
    (await siege().with(key, 'GET', '/api/articles')).status === 200
  const gone = (key: string) => siege().refusedWith(key, 401, 'GET', '/api/articles')
  const account = async (name: string) => {
    const made = await siege().ask('POST', '/auth/register', { json: { email: emailOf(name), password, handle: name } })
    assert.equal(made.status, 201, made.text)
    const { id } = (await siege().with(made.json.token, 'GET', '/auth/me')).json
    return { id: String(id), token: String(made.json.token) }
  }

  test('class 26: a copy of an actor that came with a key may do no more than the key', async () => {
    const { key } = await siege().key('ada', ['articles:read'])
    const { backend } = siege()
    const actor = await backend.authenticate(key)
    assert.ok(actor)
    const before = await siege().everything()
    for (const copy of [{ ...actor }, Object.assign({}, actor), { ...actor, role: 'editor' }])
      await assert.rejects(
        backend.call('article.create', { data: { title: 'by a copy' } }, copy),
        (error) => isProblem(error) && error.code === 'insufficient-scope',
      )
    assert.equal(await siege().everything(), before)
    assert.deepEqual(
      JSON.parse(JSON.stringify(actor)),
      { id: siege().ids.ada, role: 'member' },
      'nothing of it is told',
    )
  })

  test('class 26: a key ends no session and notes none, whatever it may call', async () => {
    const { key } = await siege().key('ada', ['articles:read'])
    await siege().refusedWith(key, 401, 'POST', '/leave')
  })

  test('class 28: a key makes none with a scope it does not have, nor one that outlives it', async () => {
    const parent = await siege().key('ada', makers, { expiresAt: inDays(10) })
    const ask = (json: object) => ({ json: { name: 'child', scopes: ['articles:read'], ...json } })
    for (const scopes of [['articles:write'], ['articles:read', 'import'], ['articles:publish', 'articles:read']]) {
      const refused = await siege().refusedWith(parent.key, 403, 'POST', '/auth/keys', ask({ scopes }))
      assert.equal(refused.json.code, 'insufficient-scope')
    }
    for (const expiresAt of [inDays(11), inDays(89), '9999-12-31T23:59:59Z', inDays(-1), new Date(0).toISOString()]) {
      const refused = await siege().refusedWith(parent.key, 422, 'POST', '/auth/keys', ask({ expiresAt }))
      assert.equal(refused.json.details[0].place, '/body/expiresAt')
    }
    const child = await siege().key(parent.key, ['articles:read', 'auth.keys:write'])
    assert.equal(child.expiresAt, parent.expiresAt, 'as long as it may, which is as long as its parent')
    const grandchild = await siege().key(child.key, ['articles:read'], { expiresAt: inDays(1) })
    await siege().refusedWith(child.key, 403, 'POST', '/auth/keys', ask({ scopes: ['auth.account:read'] }))
    // Not even with the session of its account beyond the app's own limit.
    await siege().refused(422, 'POST', '/auth/keys', { as: 'ada', ...ask({ expiresAt: inDays(91) }) })
    for (const key of [parent, child, grandchild]) assert.ok(await works(key.key))

    const ended = await siege().ask('DELETE', `/auth/keys/${parent.id}`, { as: 'ada' })
    assert.equal(ended.status, 204)
    for (const key of [parent, child, grandchild]) await gone(key.key)
  })

  test('class 28: a key changes itself and what it has made; not its parent, its sisters or what others made', async () => {
    const parent = await siege().key('ada', makers)
    const strong = await siege().key('ada', ['articles:write', 'articles:read', 'auth.keys:write'])
    const child = await siege().key(parent.key, ['auth.keys:write', 'articles:read'])
    const sister = await siege().key(parent.key, ['articles:read'])
    const grandchild = await siege().key(child.key, ['articles:read'])
    for (const { id } of [parent, strong, sister]) {
      await siege().refusedWith(child.key, 404, 'POST', `/auth/keys/${id}/rotate`, { json: {} })
      await siege().refusedWith(child.key, 404, 'DELETE', `/auth/keys/${id}`)
    }
    await siege().refusedWith(parent.key, 404, 'POST', `/auth/keys/${grandchild.id}/rotate`, { json: {} })
    const without = await siege().key('ada', ['articles:read'])
    await siege().refusedWith(without.key, 403, 'POST', `/auth/keys/${without.id}/rotate`, { json: {} })
    // Itself, and its own.
    const rotated = await siege().with(child.key, 'POST', `/auth/keys/${child.id}/rotate`, {
      json: { overlap: 'PT0S' },
    })
    assert.equal(rotated.status, 200, rotated.text)
    assert.deepEqual(
      [rotated.json.scopes, rotated.json.expiresAt],
      [child.scopes, child.expiresAt],
      'no more, no longer',
    )
    await gone(child.key)
    const again = await siege().with(rotated.json.key, 'POST', `/auth/keys/${grandchild.id}/rotate`, {
      json: { overlap: 'PT0S' },
    })
    assert.equal(again.status, 200)
    assert.equal(
      (await siege().with(rotated.json.key, 'DELETE', `/auth/keys/${child.id}`)).status,
      204,
      'and ends itself',
    )
    for (const { key } of [rotated.json, again.json]) await gone(key)
    assert.ok(await works(sister.key))
  })

  test('class 28: a key that was rotated calls on for the overlap, and makes and changes nothing', async () => {
    const first = await siege().key('ada', makers)
    const second = await siege().with(first.key, 'POST', `/auth/keys/${first.id}/rotate`, { json: { overlap: 'PT1H' } })
    assert.equal(second.status, 200, second.text)
    assert.ok((await works(first.key)) && (await works(second.json.key)))
    for (const overlap of ['PT0S', 'PT1H'])
      await siege().refusedWith(first.key, 403, 'POST', `/auth/keys/${first.id}/rotate`, { json: { overlap } })
    await siege().refusedWith(first.key, 403, 'POST', '/auth/keys', { json: { name: 'x', scopes: ['articles:read'] } })
    await siege().refusedWith(first.key, 403, 'DELETE', `/auth/keys/${first.id}`)
    for (const overlap of ['P8D', '-PT1H', 'P7DT1S', 'P100000D', 'PT'])
      await siege().refused([400, 422], 'POST', `/auth/keys/${first.id}/rotate`, { as: 'ada', json: { overlap } })
    siege().time.now = new Date(Date.now() + 3_600_000 + 1_000)
    try {
      await gone(first.key)
      assert.ok(await works(second.json.key))
    } finally {
      delete siege().time.now
    }
  })

  test('class 28: no other way to sign in gives a key more than it has', async () => {
    const { key } = await siege().key('ada', siege().backend.manifest.identity?.apiKeys?.scopes ?? [])
    const credentials = { email: emailOf('ada'), password }
    for (const [method, path, json] of [
      ['POST', '/auth/sign-in', credentials],
      ['POST', '/api/login', credentials],
      ['POST', '/auth/register', { ...credentials, email: emailOf('new'), handle: 'new' }],
      ['POST', '/auth/sign-out', undefined],
      ['POST', '/auth/services', { service: 'mine', handle: 'mine' }],
      ['GET', '/auth/keys', undefined],
      ['PATCH', '/auth/keys/0190a1b2-c3d4-7e5f-8a9b-00000000f001', { name: 'x' }],
    ] as const)
      await siege().refusedWith(key, 403, method, path, json && { json })
    const { key: editors } = await siege().key('eve', ['auth.keys:write', 'articles:read'])
    await siege().refusedWith(editors, 403, 'POST', '/auth/services', { json: { service: 'mine', handle: 'mine' } })
  })

  test('class 28: whoever acts as somebody else makes no key of theirs, which would outlast it', async () => {
    const { ids, tokens } = siege()
    const acting = await siege().ask('POST', `/auth/admin/accounts/${ids.bob}/impersonate`, {
      as: 'eve',
      json: { reason: 'a test' },
    })
    assert.equal(acting.status, 200, acting.text)
    const { token } = acting.json
    const { id } = await siege().key('bob', ['articles:read'])
    const key = { name: 'x', scopes: ['articles:read'] }
    assert.equal((await siege().refusedWith(token, 403, 'POST', '/auth/keys', { json: key })).json.code, 'impersonated')
    await siege().refusedWith(token, 403, 'POST', `/auth/keys/${id}/rotate`, { json: {} })
    await siege().refusedWith(token, 403, 'DELETE', `/auth/keys/${id}`)
    await siege().refusedWith(token, 403, 'PATCH', `/auth/keys/${id}`, { json: { name: 'x' } })
    // And an administrator's key administers nothing.
    const { key: eves } = await siege().key('eve', siege().backend.manifest.identity?.apiKeys?.scopes ?? [])
    for (const end of ['suspend', 'restore', 'sign-out', 'impersonate'])
      await siege().refusedWith(eves, 403, 'POST', `/auth/admin/accounts/${ids.ada}/${end}`, { json: { reason: 'x' } })
    assert.ok(tokens.bob)
  })

  test('class 22: whose a key is, and all else that the server makes of one, is no caller’s to say', async () => {
    const bobs = siege().ids.bob
    for (const more of [
      { accountId: bobs },
      { account: bobs },
      { userId: bobs },
      { service: 'reports' },
      { serviceId: bobs },
      { parentId: null },
      { parent: null },
      { id: bobs },
      { prefix: 'keyring_mine' },
      { key: 'mine' },
      { tokenHash: 'a'.repeat(64) },
      { usedAt: null },
      { role: 'editor' },
      { actor: { id: bobs } },
    ])
      await siege().refused(400, 'POST', '/auth/keys', {
        as: 'ada',
        json: { name: 'mine', scopes: ['articles:read'], ...more },
      })
    // Without anybody, no body and no query makes somebody (better-auth CVE-2025-61928).
    for (const json of [{ accountId: bobs }, { userId: bobs }, { name: 'x', scopes: ['articles:read'], userId: bobs }])
      await siege().refused(401, 'POST', '/auth/keys', { json })
    await siege().refused([400, 401], 'POST', `/auth/keys?userId=${bobs}`, {
      json: { name: 'x', scopes: ['articles:read'] },
    })
    const { id } = await siege().key('ada', ['articles:read'])
    for (const json of [
      { name: 'x', scopes: ['articles:write'] },
      { name: 'x', expiresAt: inDays(80) },
      { name: 'x', accountId: bobs },
    ])
      await siege().refused(400, 'PATCH', `/auth/keys/${id}`, { as: 'ada', json })
    for (const json of [{ scopes: ['articles:write'] }, { expiresAt: inDays(80) }, { key: 'mine' }])
      await siege().refused(400, 'POST', `/auth/keys/${id}/rotate`, { as: 'ada', json })
    for (const scopes of [
      [],
      ['everything'],
      ['*'],
      ['articles:*'],
      ['__proto__'],
      'articles:read',
      [['articles:read']],
      null,
    ])
      await siege().refused([400, 422], 'POST', '/auth/keys', { as: 'ada', json: { name: 'x', scopes } })
  })

  test('class 23: a body with the names of what rules are made of makes nobody a maker of services', async () => {
    for (const more of [
      { actor: { role: 'editor' } },
      { role: 'editor' },
      { scopes: ['auth.keys:write'] },
      { allow: true },
    ])
      await siege().refused([400, 403], 'POST', '/auth/services', {
        as: 'ada',
        json: { service: 'mine', handle: 'mine', ...more },
      })
    await siege().refused([400, 403], 'POST', '/auth/services?role=editor', {
      as: 'ada',
      json: { service: 'mine', handle: 'mine' },
    })
  })

  test('class 24: the tables of keys and services are on no route of their own', async () => {
    const { key } = await siege().key('ada', siege().backend.manifest.identity?.apiKeys?.scopes ?? [])
    for (const path of ['/bede_api_key', '/bede-api-keys', '/api_keys', '/api-keys', '/bede.api_key', '/bede_service'])
      for (const method of ['GET', 'POST', 'DELETE'])
        await siege().refusedWith(key, 404, method, path, method === 'POST' ? { json: {} } : {})
    for (const operation of ['bede_api_key.list', 'bede_api_key.create', 'bede_service.list', 'auth.keys'])
      await siege().refused(400, 'POST', '/batch', { as: 'eve', json: { operations: [{ operation, input: {} }] } })
  })

  test('class 25: an id or a name that is somebody’s is taken for nothing else', async () => {
    const { ada, bob } = siege().ids
    for (const id of [ada, bob, 'editor', 'admin', 'null', '0'])
      await siege().refused([400, 404, 422], 'DELETE', `/auth/keys/${id}`, { as: 'ada' })
    for (const service of ['ada', 'editor', ada])
      await siege().refused([404, 422], 'POST', `/auth/services/${service}/keys`, {
        as: 'eve',
        json: { name: 'x', scopes: ['articles:read'] },
      })
  })

  test('class 34: a key of somebody else answers as one that is not there, to whoever asks for its id', async () => {
    const { id, key } = await siege().key('ada', ['articles:read', 'auth.keys:write'])
    const nobodys = '0190a1b2-c3d4-7e5f-8a9b-00000000f001'
    const { key: bobs } = await siege().key('bob', ['auth.keys:write', 'articles:read'])
    const said = async (path: string, method: string, json: object | undefined, credential: string) => {
      const answer = await siege().refusedWith(credential, 404, method, path, json && { json })
      return { ...answer.json, requestId: '' }
    }
    for (const credential of [siege().tokens.bob, siege().tokens.eve, bobs]) {
      for (const [method, end, json] of [
        ['DELETE', '', undefined],
        ['POST', '/rotate', {}],
        ['POST', '/rotate', { overlap: 'PT0S' }],
      ] as const)
        assert.deepEqual(
          await said(`/auth/keys/${id}${end}`, method, json, credential),
          await said(`/auth/keys/${nobodys}${end}`, method, json, credential),
        )
    }
    await siege().refused(404, 'PATCH', `/auth/keys/${id}`, { as: 'bob', json: { name: 'mine' } })
    for (const as of ['bob', 'eve'] as const) {
      const list = await siege().ask('GET', '/auth/keys', { as })
      assert.ok(!list.text.includes(id), as)
    }
    assert.ok(await works(key))
  })

  test('class 99: what ends a key ends it everywhere and at once, and a key that has ended is nobody', async () => {
    const { id, token } = await account('leaver')
    const made = async (): Promise<Key> => siege().key(token, ['articles:read', 'auth.keys:write'])
    const routes = [
      ['GET', '/api/articles'],
      ['POST', '/auth/keys'],
      ['GET', '/api/count'],
    ] as const
    const nobody = async (key: string) => {
      for (const [method, path] of routes)
        await siege().refusedWith(key, 401, method, path, method === 'POST' ? { json: {} } : {})
    }
    const revoked = await made()
    assert.ok(await works(revoked.key))
    assert.equal((await siege().with(token, 'DELETE', `/auth/keys/${revoked.id}`)).status, 204)
    await nobody(revoked.key)

    const old = await siege().key(token, ['articles:read'], { expiresAt: new Date(Date.now() + 60_000).toISOString() })
    assert.ok(await works(old.key))
    siege().time.now = new Date(Date.now() + 61_000)
    try {
      await nobody(old.key)
    } finally {
      delete siege().time.now
    }

    const rotated = await made()
    const next = await siege().with(token, 'POST', `/auth/keys/${rotated.id}/rotate`, { json: { overlap: 'PT0S' } })
    await nobody(rotated.key)
    assert.ok(await works(next.json.key))

    // Its account is gone: so is the key, and its row.
    await siege().rows(`delete from "user" where id = '${id}'`)
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    await nobody(next.json.key)
    assert.deepEqual(await siege().rows(`select id from bede.api_key where account_id = '${id}'`), [])
  })

  test('class 99: a suspension ends the keys of an account and of what it made with them, and they stay ended', async () => {
    const { id, token } = await account('paused')
    const parent = await siege().key(token, [...makers])
    const child = await siege().key(parent.key, ['articles:read'])
    assert.ok((await works(parent.key)) && (await works(child.key)))
    const administer = async (what: string) => {
      const { status, text } = await siege().ask('POST', `/auth/admin/accounts/${id}/${what}`, {
        as: 'eve',
        json: { reason: 'a test' },
      })
      assert.ok(status < 300, text)
    }
    await administer('suspend')
    for (const { key } of [parent, child]) await gone(key)
    await administer('restore')
    for (const { key } of [parent, child]) await gone(key)
    const signedIn = await siege().ask('POST', '/auth/sign-in', { json: { email: emailOf('paused'), password } })
    const made = await siege().key(signedIn.json.token, ['articles:read'])
    // Even one that nothing has ended is nobody while its account is suspended.
    await siege().rows(`update bede.account set suspended_at = now() where account_id = '${id}'`)
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    await gone(made.key)
  })

  test('class 99: nobody signs in to a service, whatever they have found out, and its end ends its keys', async () => {
    const made = await siege().ask('POST', '/auth/services', { as: 'eve', json: { service: 'robot', handle: 'robot' } })
    assert.deepEqual([made.status, made.json], [201, { service: 'robot' }], made.text)
    const issue = () =>
      siege().ask('POST', '/auth/services/robot/keys', {
        as: 'eve',
        json: { name: 'nightly', scopes: ['articles:read', 'articles:write', 'auth.account:read', 'auth.keys:write'] },
      })
    const { json: key } = await issue()
    assert.equal((await siege().with(key.key, 'GET', '/auth/me')).json.handle, 'robot', 'an actor like any other')
    assert.equal((await siege().with(key.key, 'POST', '/api/articles', { json: { title: 'of a robot' } })).status, 201)
    const child = await siege().key(key.key, ['articles:read'])
    // Somebody has given it a password and knows it: as the password of anybody else, it would do.
    const [known] = await siege().rows(`select password from "user" where handle = 'bob'`)
    await siege().rows(`update "user" set password = '${known?.[0]}' where handle = 'robot'`)
    const credentials = { email: 'robot@services.invalid', password }
    await siege().refused(401, 'POST', '/auth/sign-in', { json: credentials })
    await siege().refused(401, 'POST', '/api/login', { json: credentials })
    // Keys of services are those of whoever may make services; Ada may not.
    const list = await siege().ask('GET', '/auth/keys', { as: 'eve' })
    assert.deepEqual(list.json.items.filter((one: { service: string | null }) => one.service === 'robot').length, 2)
    await siege().refused(404, 'DELETE', `/auth/keys/${key.id}`, { as: 'ada' })
    await siege().refused(403, 'DELETE', '/auth/services/robot', { as: 'ada' })
    await siege().refused(403, 'POST', '/auth/services/robot/keys', {
      as: 'ada',
      json: { name: 'x', scopes: ['articles:read'] },
    })
    const { json: second } = await issue()
    assert.equal((await siege().ask('DELETE', `/auth/keys/${second.id}`, { as: 'eve' })).status, 204)
    await gone(second.key)
    assert.equal((await siege().ask('DELETE', '/auth/services/robot', { as: 'eve' })).status, 204)
    for (const one of [key, child]) await gone(one.key)
    await siege().refused(404, 'DELETE', '/auth/services/robot', { as: 'eve' })
    assert.equal(
      (await siege().rows(`select 1 from article where title = 'of a robot'`)).length,
      1,
      'what it made stays',
    )
  })

  test('class 103: a credential that looks like a key and is none is a 401 and never a failure', async () => {
    const { key, prefix } = await siege().key('ada', ['articles:read'])
    const [word = '', name = '', secret = ''] = key.split('_')
    const flipped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
    const broken = [
      prefix,
      `${prefix}_`,
      `${word}_${name}`,
      `${name}_${secret}`,
      flipped,
      key.toUpperCase(),
      key.slice(0, -1),
      `${key}0`,
      `${word}_${name}_${secret.split('').reverse().join('')}`,
      `other_${name}_${secret}`,
      `${word}__${secret}`,
      'keyring_',
      `keyring_${'0'.repeat(12)}_${'0'.repeat(49)}`,
      `${key},${key}`,
    ]
    for (const credential of broken) {
      const answer = await siege().refusedWith(credential, 401, 'GET', '/api/articles')
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="[^"]*", error="invalid_token"$/)
      await siege().refusedWith(credential, 401, 'GET', '/api/count')
    }
    await siege().refused(401, 'GET', '/api/articles', { headers: { Authorization: `Basic ${btoa(`${key}:`)}` } })
    await siege().refused(401, 'GET', '/api/articles', { headers: { Authorization: key } })
    for (const headers of [{ 'X-Api-Key': key }, { 'Api-Key': key }, { Cookie: `session=${key}` }])
      await siege().refused(401, 'GET', '/api/my-count', { headers })
    await siege().refused([400, 401], 'GET', `/api/my-count?access_token=${key}`)
    assert.ok(await works(key))
  })

  test('class 11: a key is shown once: no table, log, answer or error holds it after that', async () => {
    const { tokens, backend, lines, rows } = siege()
    const keys: Key[] = [await siege().key('ada', [...makers]), await siege().key('ada', ['articles:read'])]
    const [first = assert.fail(), second = assert.fail()] = keys
    keys.push(await siege().key(first.key, ['articles:read']))
    const rotated = await siege().with(tokens.ada, 'POST', `/auth/keys/${second.id}/rotate`, { json: {} })
    keys.push(rotated.json)
    for (const { key } of keys) {
      await siege().with(key, 'GET', '/api/articles')
      await siege().with(key, 'GET', '/users')
      await siege().with(key, 'POST', '/api/articles/not-an-id/read', { json: {} })
      await siege().with(key, 'GET', `/api/articles?status=${key}`)
      await siege().with(`${key}x`, 'GET', '/api/articles')
    }
    // A key is no answer that is kept to be given again.
    const once = {
      as: 'ada' as Name,
      headers: { 'Idempotency-Key': 'one-key' },
      json: { name: 'x', scopes: ['articles:read'] },
    }
    const kept = await siege().ask('POST', '/auth/keys', once)
    const again = await siege().ask('POST', '/auth/keys', once)
    assert.ok(kept.json.key === undefined || !again.text.includes(kept.json.key))
    const tables = Object.values(backend.manifest.models).map(
      ({ schema, table }) => `"${schema ?? 'public'}"."${table}"`,
    )
    const stored = await Promise.all(tables.map((table) => rows(`select t::text from ${table} t`)))
    const list = await siege().ask('GET', '/auth/keys', { as: 'ada' })
    const everywhere = JSON.stringify([stored, lines, list.text])
    for (const { key, prefix } of keys) {
      const secret = key.slice(prefix.length + 1)
      assert.ok(!everywhere.includes(secret), 'the secret part of a key')
    }
    assert.ok(list.text.includes(first.prefix), 'by which it is known again')
    assert.doesNotMatch(list.text, /hash/i)
    // What happened to keys is written down without them.
    const trail = (await rows(`select event, details::text from bede.audit where event like 'key.%'`)).map(
      ([event]) => event,
    )
    for (const event of ['key.created', 'key.rotated', 'key.revoked']) assert.ok(trail.includes(event), event)
  })
})
