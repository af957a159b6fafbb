import assert from 'node:assert/strict'
import { link } from '../../src/identity/link.ts'
import { start } from '../../src/identity/start.ts'
import { platform } from '../../src/manifest/platform/names.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type Asked, assertNoLeak, type Name, onBothStores, password, type Siege, test } from './support/siege.ts'
import { unguarded } from './support/unguarded.ts'

/** Section B of the attack classes: authorization of operations. */

const refusals = [400, 401, 403, 404, 409, 422]
/** An input that is well formed for an operation, so that nothing but its rule can refuse it. */
function wellFormed(siege: Siege, name: string): Asked & { readonly path: string } {
  const { ids, things } = siege
  const bodies: Readonly<Record<string, unknown>> = {
    'note.create': { title: 'forged' },
    'note.update': { body: 'forged' },
    'note.upsert': { title: 'open', body: 'forged' },
    'note.createMany': { items: [{ title: 'forged' }] },
    'note.updateMany': { items: [{ id: things.open, body: 'forged' }] },
    'note.deleteMany': { ids: [things.open, things.draft] },
    'page.create': { title: 'forged' },
    'page.update': { title: 'forged' },
    'page.deleteMany': { ids: [things.page] },
    'label.create': { noteId: things.open, name: 'forged' },
    'door.createMany': { items: [{ name: 'forged', code: 'forged' }] },
    'door.create': { name: 'forged', code: 'forged' },
    'door.update': { code: 'forged' },
    'user.update': { bio: 'forged' },
    putNote: { note: { body: 'forged' } },
    postRename: { title: 'forged' },
    postGrant: { userId: ids.ada, salary: 1 },
  }
  const binding = siege.backend.manifest.operations[name]?.http
  const id = name.startsWith('user') ? ids.ada : name.startsWith('page') ? things.page : things.open
  const path = (binding?.path ?? '')
    .replace(':id', /^(label|door)/.test(name) ? ids.ada : String(id))
    .replace(':title', 'open')
  return { path, ...(bodies[name] === undefined ? {} : { json: bodies[name] }) }
}

await onBothStores('operations', (siege) => {
  test('class 18: every route names its rule, and none of them lets a stranger change anything', async () => {
    const routes = siege().server.routes()
    assert.ok(routes.length > 40)
    for (const { method, path, rule } of routes) {
      assert.ok(
        'operation' in rule || 'operations' in rule || ('open' in rule && rule.open.length > 5),
        `${method} ${path}`,
      )
      if ('open' in rule) assert.ok(method === 'GET' || method === 'HEAD', `${method} ${path} is open`)
    }
    for (const [name, { http, kind }] of Object.entries(siege().backend.manifest.operations)) {
      if (!http || kind === 'read' || /^(auth|boom|fail|download|echo|shown)/.test(name)) continue
      const { path, ...asked } = wellFormed(siege(), name)
      await siege().refused(401, http.method, path, asked)
      // Of oneself one may ask; what it tells is attacked in permissions.test.ts.
      if (/many|create|door|label|upsert/i.test(name) || name === 'me.permissions') continue
      await siege().refused([403, 404, 409], http.method, path, { ...asked, as: 'bob' })
    }
    assert.throws(() => siege().server.fastify.get('/unruled', () => 'x'), /names no rule|already listening/)
  })

  test('class 23: nothing that a request says is taken for who sent it', async () => {
    const { things, ids } = siege()
    const names = [
      'actor',
      'user',
      'auth',
      'session',
      'system',
      'bede.system',
      'context',
      'principal',
      'role',
      'roles',
      'now',
      'row',
      'input',
      'call',
      'target',
      'tenant',
      'as',
      'sub',
      'isAdmin',
      'admin',
    ]
    for (const name of names) {
      const value = { id: ids.ada, role: 'editor' }
      await siege().refused(400, 'PATCH', `/notes/${things.bobs}`, { as: 'bob', json: { body: 'x', [name]: value } })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: 'page.list', input: { [name]: value } }] },
      })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: 'page.list', [name]: value }] },
      })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: 'page.list' }], [name]: value },
      })
      await siege().refused(400, 'GET', `/pages?${name}=${ids.ada}`, { as: 'bob' })
      const header = await siege().ask('GET', '/auth/me', {
        as: 'bob',
        headers: {
          [`X-${name.replace('.', '-')}`]: ids.ada,
          'X-Forwarded-User': 'ada',
          'X-User-Id': ids.ada,
          'X-Role': 'editor',
          Cookie: `session=${siege().tokens.ada}; token=${siege().tokens.ada}`,
        },
      })
      assert.equal(header.json.handle, 'bob')
    }
    await siege().refused(401, 'GET', '/auth/me', {
      headers: { Cookie: `session=${siege().tokens.ada}`, 'X-Forwarded-User': 'ada', 'X-Api-Key': siege().tokens.ada },
    })
    await siege().refused([400, 401], 'GET', `/auth/me?access_token=${siege().tokens.ada}`)
  })

  test('class 24: the platform’s tables, and models that nothing opens, are on no surface', async () => {
    const { manifest } = siege().backend
    const closed = [
      ...Object.values(platform),
      'audit',
      'bede.session',
      'pg_user',
      'pg_catalog.pg_tables',
      'information_schema.tables',
    ]
    for (const model of closed) {
      for (const path of [
        `/${model}`,
        `/${model}s`,
        `/${model.replaceAll('_', '-')}s`,
        `/bede/${model.replace('bede_', '')}`,
        `/api/${model}`,
      ])
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
          await siege().refused([400, 404, 405], method, path, {
            as: 'eve',
            ...(method === 'GET' || method === 'DELETE' ? {} : { json: {} }),
          })
      for (const operation of ['list', 'get', 'create', 'update', 'delete', 'upsert'])
        await siege().refused(400, 'POST', '/batch', {
          as: 'eve',
          json: { operations: [{ operation: `${model}.${operation}`, input: {} }] },
        })
    }
    // Declared, but at no address: not even in a batch.
    for (const operation of Object.keys(manifest.operations).filter((name) => !manifest.operations[name]?.http))
      await siege().refused(400, 'POST', '/batch', { as: 'eve', json: { operations: [{ operation, input: {} }] } })
    const document = (await siege().ask('GET', '/openapi.json')).json
    assert.doesNotMatch(JSON.stringify(document), /bede_|"audit"|recoveryToken|tokenHash|token_hash/)
    // The trail of one's own account says why something was done; nothing else has a reason to show.
    const { '/auth/events': trail, ...paths } = document.paths
    assert.doesNotMatch(JSON.stringify({ ...document, paths }), /"reason"/)
    assertNoLeak((await siege().ask('GET', '/docs')).text, '/docs')
  })

  test('class 25: no id and no handle stands for a role, the system, or nobody', async () => {
    const { ids } = siege()
    for (const handle of [
      'editor',
      'system',
      'anonymous',
      'actor:1',
      `actor:${ids.ada}`.slice(0, 40),
      '__proto__',
      'null',
    ]) {
      const made = await siege().ask('POST', '/auth/register', {
        json: {
          email: `${encodeURIComponent(handle).replaceAll('%', 'x')}.canary@example.com`.slice(-60),
          password,
          handle,
        },
      })
      assert.equal(made.status, 201, made.text)
      const headers = { Authorization: `Bearer ${made.json.token}` }
      await siege().refused(403, 'PATCH', `/users/${ids.ada}`, { json: { bio: 'x' }, headers })
      assert.deepEqual((await siege().ask('GET', '/pages', { headers })).json.items, [])
    }
    for (const token of ['editor', 'system', 'anonymous', ids.ada, 'ada', '1', 'null', 'undefined', 'true', '{}'])
      await siege().refused(401, 'GET', '/pages', { headers: { Authorization: `Bearer ${token}` } })
    for (const id of ['editor', ids.eve, 1, 'system']) {
      await siege().refused(400, 'POST', '/notes', { as: 'bob', json: { title: 'chosen', id } })
      await siege().refused(400, 'POST', '/auth/register', {
        json: { email: 'chosen@example.com', password, handle: 'chosen', id },
      })
    }
  })

  test('class 29: an operation that states no right is nobody’s; whoever is not signed in is told so everywhere', async () => {
    const { operations } = siege().backend.manifest
    const required = Object.entries(operations).filter(([, { auth, http }]) => auth === 'required' && http)
    assert.ok(required.length > 20)
    for (const [name, { http }] of required) {
      const { path, ...asked } = wellFormed(siege(), name)
      for (const headers of [
        {},
        { Authorization: 'Bearer ' },
        { Authorization: 'Bearer nobody' },
        { Authorization: `Basic ${siege().tokens.ada}` },
        { Authorization: siege().tokens.ada },
      ])
        await siege().refused(401, http?.method ?? 'GET', path, { ...asked, headers })
      await siege().refused([400, 401], 'POST', '/batch', { json: { operations: [{ operation: name, input: {} }] } })
    }
    // What the policy of users does not state, creating and deleting, has no address and no operation.
    await siege().refused([404, 405], 'DELETE', `/users/${siege().ids.ada}`, { as: 'eve' })
    await siege().refused([404, 405], 'POST', '/users', { as: 'eve', json: { handle: 'x' } })
    for (const operation of ['user.delete', 'user.create', 'page.upsert', 'note.publish', 'publish.run'])
      await siege().refused([400, 404], 'POST', '/batch', {
        as: 'eve',
        json: { operations: [{ operation, input: {} }] },
      })
  })

  test('class 30: a model without a policy does not start, and leaves no table behind', async () => {
    const before = await siege().rows("select count(*)::text from pg_tables where tablename = 'unguarded'")
    for (const mode of ['development', 'production'] as const) {
      await assert.rejects(
        start(unguarded(), { database: siege().store.url, mode }),
        (error) =>
          isProblem(error) && /has no policy|missing-policy/.test(JSON.stringify(error.details) + error.message),
      )
    }
    assert.throws(() => link(unguarded()))
    assert.deepEqual(await siege().rows("select count(*)::text from pg_tables where tablename = 'unguarded'"), before)
    assert.deepEqual(before, [['0']])
  })
})

/** Class 21: one list of attacks, the same answers on both stores. */
const said = new Map<string, unknown[]>()
await onBothStores('the same refusals', (siege) => {
  test('class 21: neither store enforces less than the other', async () => {
    const answers: unknown[] = []
    for (const as of [undefined, 'ada', 'bob', 'eve'] as const satisfies readonly (Name | undefined)[]) {
      for (const [name, { http }] of Object.entries(siege().backend.manifest.operations)) {
        if (!http || name.startsWith('auth.') || /delete|createMany/i.test(name)) continue
        const { path, ...asked } = wellFormed(siege(), name)
        const answer = await siege().ask(http.method, path, { ...asked, as })
        assert.ok(answer.status < 300 || refusals.includes(answer.status) || answer.status === 500, answer.text)
        answers.push([
          as,
          name,
          answer.status,
          answer.json?.code,
          (answer.json?.details ?? []).map(({ place }: { place: string }) => place),
        ])
      }
    }
    said.set(siege().store.name, answers)
    const [one, other] = [...said.values()]
    if (other !== undefined) assert.deepEqual(one, other)
  })
})
