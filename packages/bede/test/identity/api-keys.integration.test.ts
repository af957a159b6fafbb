import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { system } from '../../src/engine/call.ts'
import { keyringOnBothStores, test } from '../attacks/support/keyring-siege.ts'
import { emailOf, password } from '../attacks/support/siege.ts'

const hour = 3_600_000

await keyringOnBothStores('API keys as their makers see them', (siege) => {
  const account = async (name: string): Promise<string> => {
    const made = await siege().ask('POST', '/auth/register', { json: { email: emailOf(name), password, handle: name } })
    assert.equal(made.status, 201, made.text)
    return made.json.token
  }
  const list = async (token: string) => (await siege().with(token, 'GET', '/auth/keys')).json.items

  test('a key is made, listed, renamed, used and ended', async () => {
    const token = await account('maker')
    const key = await siege().key(token, ['articles:read', 'articles:write'], { name: 'nightly import' })
    assert.deepEqual(Object.keys(key).sort(), ['expiresAt', 'id', 'key', 'name', 'prefix', 'scopes'])
    assert.equal(Math.round((Date.parse(key.expiresAt) - Date.now()) / 86_400_000), 90)
    const [fresh] = await list(token)
    assert.deepEqual(Object.keys(fresh).sort(), [
      'createdAt',
      'expiresAt',
      'id',
      'name',
      'parentId',
      'prefix',
      'previousUntil',
      'scopes',
      'service',
      'usedAt',
    ])
    assert.deepEqual(
      [fresh.id, fresh.name, fresh.prefix, fresh.scopes, fresh.usedAt, fresh.parentId],
      [key.id, 'nightly import', key.prefix, ['articles:read', 'articles:write'], null, null],
    )
    const made = await siege().with(key.key, 'POST', '/api/articles', { json: { title: 'made with a key' } })
    assert.equal(made.status, 201)
    assert.equal((await siege().with(token, 'GET', `/api/articles/${made.json.id}`)).status, 200, 'it is the account’s')
    assert.equal((await siege().with(token, 'PATCH', `/auth/keys/${key.id}`, { json: { name: 'import' } })).status, 204)
    assert.equal((await list(token))[0].name, 'import')
    assert.equal((await siege().with(token, 'DELETE', `/auth/keys/${key.id}`)).status, 204)
    assert.deepEqual(await list(token), [])
    assert.equal((await siege().with(key.key, 'GET', '/api/articles')).status, 401)
  })

  test('when a key was last used is written behind the request, once in ten minutes', async () => {
    const token = await account('user')
    const { key, id } = await siege().key(token, ['articles:read'])
    const used = async () => (await list(token)).find((one: { id: string }) => one.id === id).usedAt
    const settled = async (then: string | null) => {
      for (let tries = 0; tries < 100; tries++) {
        const now = await used()
        if (now !== then) return now
        await sleep(20)
      }
      return assert.fail('it was not written')
    }
    try {
      const begun = new Date()
      siege().time.now = begun
      for (let call = 0; call < 20; call++) await siege().with(key, 'GET', '/api/articles')
      const first = await settled(null)
      assert.equal(first, begun.toISOString())
      siege().time.now = new Date(begun.valueOf() + 9 * 60_000)
      await sleep(1_050) // longer than it is remembered: it is looked up again
      await siege().with(key, 'GET', '/api/articles')
      await sleep(100)
      assert.equal(await used(), first)
      const later = new Date(begun.valueOf() + 11 * 60_000)
      siege().time.now = later
      await sleep(1_050)
      await siege().with(key, 'GET', '/api/articles')
      assert.equal(await settled(first), later.toISOString())
    } finally {
      delete siege().time.now
    }
  })

  test('of twenty that are made at once no more are there than an account may have', async () => {
    const token = await account('collector')
    const make = (name: string) =>
      siege().with(token, 'POST', '/auth/keys', { json: { name, scopes: ['articles:read'] } })
    for (let made = 0; made < 22; made++) assert.equal((await make(`before ${made}`)).status, 201)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => make(`at once ${at}`)))
    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [...Array(8).fill(201), ...Array(12).fill(409)])
    assert.equal((await list(token)).length, 30)
    const full = answers.find(({ status }) => status === 409)
    assert.deepEqual(
      [full?.json.code, full?.json.detail],
      ['conflict', 'There are 30 keys, which is as many as there may be'],
    )
    const [one] = await list(token)
    assert.equal((await siege().with(token, 'DELETE', `/auth/keys/${one.id}`)).status, 204)
    const soon = {
      name: 'in its place',
      scopes: ['articles:read'],
      expiresAt: new Date(Date.now() + hour).toISOString(),
    }
    assert.equal((await siege().with(token, 'POST', '/auth/keys', { json: soon })).status, 201)
    assert.equal((await make('one more')).status, 409)
    siege().time.now = new Date(Date.now() + 2 * hour)
    try {
      assert.equal((await make('what has expired counts no longer')).status, 201)
    } finally {
      delete siege().time.now
    }
  })

  test('of twenty that rotate a key at once one does, and its overlap holds', async () => {
    const token = await account('rotor')
    const first = await siege().key(token, ['articles:read'])
    const rotate = (overlap: string) =>
      siege().with(token, 'POST', `/auth/keys/${first.id}/rotate`, { json: { overlap } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => rotate('PT2H')))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(19).fill(409)])
    const second = answers.find(({ status }) => status === 200)?.json
    const works = async (key: string) => (await siege().with(key, 'GET', '/api/articles')).status
    assert.deepEqual([await works(first.key), await works(second.key)], [200, 200])
    const [row] = await list(token)
    assert.deepEqual([row.id, row.prefix, row.previousUntil], [first.id, second.prefix, second.previousUntil])
    siege().time.now = new Date(Date.now() + 2 * hour + 1_000)
    try {
      assert.deepEqual([await works(first.key), await works(second.key)], [401, 200])
      const third = await rotate('PT0S')
      assert.deepEqual([third.status, third.json.previousUntil], [200, null])
      assert.deepEqual([await works(second.key), await works(third.json.key)], [401, 200])
    } finally {
      delete siege().time.now
    }
  })

  test('the system makes services and their keys where no actor does, and the trail says why', async () => {
    const { backend, rows } = siege()
    const cause = system('the first service')
    const asked = async (operation: string, input: object) => {
      const { answer } = await backend.call(operation, input, cause)
      return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
    }
    assert.deepEqual(await asked('auth.services.create', { service: 'cron', handle: 'cron' }), { service: 'cron' })
    const key = await asked('auth.services.issue', { service: 'cron', name: 'tonight', scopes: ['auth.account:read'] })
    assert.equal((await siege().with(key.key, 'GET', '/auth/me')).json.handle, 'cron')
    const trail = await rows(`select event from bede.audit where reason = 'the first service' order by at`)
    assert.deepEqual(trail, [['service.created'], ['key.created']])
    await assert.rejects(backend.call('auth.services.create', { service: 'cron', handle: 'other' }, cause), {
      code: 'already-exists',
    })
    await assert.rejects(backend.call('auth.services.create', { service: 'x', handle: 'x' }, null), {
      code: 'unauthenticated',
    })
    const services = (await siege().ask('GET', '/auth/services', { as: 'eve' })).json.items
    assert.deepEqual(
      services.map(({ service }: { service: string }) => service),
      ['cron'],
    )
    assert.deepEqual((await siege().ask('GET', '/auth/services', { as: 'ada' })).json.items, [])
    await asked('auth.services.end', { service: 'cron' })
    assert.equal((await siege().with(key.key, 'GET', '/auth/me')).status, 401)
  })

  test('the OpenAPI document names the scope of each operation, and every status a key can meet', async () => {
    const { json: document } = await siege().ask('GET', '/openapi.json')
    assert.deepEqual(Object.keys(document.components.securitySchemes), ['credential', 'apiKey'])
    const { get, post } = document.paths['/api/articles']
    assert.deepEqual(get.security.at(-1), { apiKey: ['articles:read'] })
    assert.deepEqual(post.security, [{ credential: [] }, { apiKey: ['articles:write'] }])
    assert.deepEqual(document.paths['/users'].get.security, [{}, { credential: [] }])
    assert.ok(document.paths['/users'].get.responses[403])
  })
})
