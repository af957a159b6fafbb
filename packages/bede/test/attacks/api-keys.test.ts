import assert from 'node:assert/strict'
import type { Operation } from '../../src/manifest/manifest.ts'
import { exampleOf } from '../../src/surface/openapi/example.ts'
import { fieldAt } from '../../src/surface/rest/read-input.ts'
import { bearer, type Key, type KeyringSiege, keyringOnBothStores, test } from './support/keyring-siege.ts'

/** Keys of programs: what opens what, whose they are, and what can be made with them. */

interface Route {
  readonly name: string
  readonly operation: Operation
  readonly method: string
  /** With an example for each parameter. */
  readonly path: string
  /** A body, where one is taken; wrong or not, it is not what a key is refused for. */
  readonly json: object | undefined
}

/** Every route of the manifest, none forgotten: with an address that can be read, and a body that can. */
function routesOf({ backend }: KeyringSiege): readonly Route[] {
  return Object.entries(backend.manifest.operations).flatMap(([name, operation]) => {
    const { http } = operation
    if (!http) return []
    const path = http.path.replace(/:(\w+)/g, (_, param: string) =>
      encodeURIComponent(String(exampleOf(fieldAt(operation.input, http.params[param] ?? [])))),
    )
    const bulk = http.body?.length ? fieldAt(operation.input, http.body).type.kind === 'array' : false
    return [{ name, operation, method: http.method, path, json: http.body && (bulk ? [] : {}) }]
  })
}

const asked = ({ json }: Route) => (json === undefined ? {} : { json })

await keyringOnBothStores('API keys', (siege) => {
  test('class 26: each kind of credential on each route of the manifest: a key opens what its scopes say and nothing else', async () => {
    const { key, tokens, backend, ask, everything } = siege()
    const every = backend.manifest.identity?.apiKeys?.scopes ?? []
    assert.ok(every.length >= 5)
    const keys: { readonly what: string; readonly made: Key }[] = [
      { what: 'reads articles', made: await key('ada', ['articles:read']) },
      { what: 'writes articles', made: await key('ada', ['articles:write']) },
      { what: 'reads notes', made: await key('ada', ['notes:read']) },
      { what: 'does everything a key may', made: await key('ada', every) },
    ]
    const { key: root } = await key('ada', ['auth.keys:write', 'articles:read'])
    keys.push({ what: 'was made by a key', made: await key(root, ['articles:read']) })
    await siege().ask('POST', '/auth/services', { as: 'eve', json: { service: 'matrix', handle: 'matrix' } })
    const ofService = await siege().ask('POST', '/auth/services/matrix/keys', {
      as: 'eve',
      json: { name: 'of a service', scopes: ['articles:read', 'notes:read'] },
    })
    keys.push({ what: 'is a service’s', made: ofService.json })
    const routes = routesOf(siege())
    assert.ok(routes.length > 40, 'the routes are those of the manifest')
    const met = { opened: 0, refused: 0 }
    for (const route of routes) {
      const { name, operation, method, path } = route
      const opens = ({ scopes }: Key) => operation.scope !== undefined && scopes.includes(operation.scope)
      const earlier = await everything()
      // Without a credential, and with one that is none: never as somebody (classes 36, 103).
      const none = await siege().with('not-a-credential', method, path, asked(route))
      assert.equal(none.status, 401, name)
      if (operation.auth === 'required') assert.equal((await ask(method, path, asked(route))).status, 401, name)
      for (const { what, made } of keys.filter(({ made }) => !opens(made))) {
        met.refused++
        const answer = await siege().with(made.key, method, path, asked(route))
        const of = `${name} with a key that ${what}: ${answer.text}`
        assert.deepEqual([answer.status, answer.json.code], [403, 'insufficient-scope'], of)
        const said = answer.headers.get('www-authenticate') ?? ''
        assert.match(said, /^Bearer realm="[^"]*", error="insufficient_scope"/)
        if (operation.scope !== undefined) assert.ok(said.endsWith(`scope="${operation.scope}"`), said)
      }
      assert.equal(await everything(), earlier, `${name}: something was written`)
      for (const { what, made } of keys.filter(({ made }) => opens(made))) {
        met.opened++
        if (/^auth\.keys\./.test(name)) continue // they are asked for where it is known what comes of it
        const answer = await siege().with(made.key, method, path, asked(route))
        const of = `${name} with a key that ${what}: ${answer.text}`
        // Its handler signs out, and a key is no session.
        if (name === 'leave') assert.deepEqual([answer.status, answer.json.code], [401, 'unauthenticated'], of)
        else assert.notEqual(answer.status, 401, of)
        assert.notEqual(answer.json?.code, 'insufficient-scope', of)
      }
      // The session of the same account is not narrowed by any of it.
      if (method === 'GET') {
        const answer = await siege().with(tokens.ada, method, path)
        assert.notEqual(answer.json?.code, 'insufficient-scope', `${name} with a session`)
        assert.notEqual(answer.status, 401, name)
      }
    }
    assert.ok(met.opened > 20 && met.refused > 100, JSON.stringify(met))
  })

  test('class 26: a key that reads writes nothing, whatever the route is called and whatever its handler does', async () => {
    const { key, things, with: asking } = siege()
    const { key: reading } = await key('ada', ['articles:read', 'notes:read'])
    assert.equal((await asking(reading, 'GET', `/api/articles/${things.draft}`)).status, 200)
    const { etag } = Object.fromEntries((await asking(reading, 'GET', `/api/articles/${things.draft}`)).headers)
    const bodies: readonly (readonly [string, string, object?])[] = [
      ['POST', '/api/articles', { title: 'written' }],
      ['POST', '/api/articles', { title: 'written', notes: [{ text: 'below' }] }],
      ['POST', '/api/articles/batch', [{ title: 'written' }]],
      ['PATCH', `/api/articles/${things.draft}`, { title: 'written' }],
      ['PATCH', '/api/articles/batch', [{ id: things.draft, title: 'written' }]],
      ['PUT', '/api/articles/by/title/written', {}],
      ['DELETE', `/api/articles/${things.draft}`],
      ['POST', '/api/articles/batch/delete', [things.draft]],
      ['POST', `/api/articles/${things.draft}/publish`],
      ['POST', `/api/articles/${things.open}/unpublish`],
      ['POST', '/api/publish', { id: things.draft }],
      ['POST', '/api/import', { title: 'written' }],
      ['POST', '/notes-of-articles', { text: 'written', articleId: things.draft }],
    ]
    for (const [method, path, json] of bodies) {
      for (const headers of [{}, etag === undefined ? {} : { 'If-Match': etag }, { 'Idempotency-Key': `k${path}` }]) {
        // What a route has no condition for is a 400 before anybody is asked; none of them is a success.
        await siege().refused([403, 400], method, path, {
          ...(json && { json }),
          headers: { ...headers, ...bearer(reading) },
        })
      }
    }
    for (const how of ['write', 'create', 'delete', 'emit', 'publish']) {
      const answer = await siege().refusedWith(reading, 403, 'POST', `/api/articles/${things.draft}/read?how=${how}`)
      assert.equal(answer.json.code, 'insufficient-scope', how)
    }
    const read = await asking(reading, 'POST', `/api/articles/${things.draft}/read?how=read`)
    assert.deepEqual([read.status, read.json.article.views], [200, 0])
    const counted = await asking(reading, 'POST', `/api/articles/${things.draft}/read?how=system`)
    assert.equal(counted.json.article.views, 1, 'the app’s own privilege, which it writes down, is not the caller’s')
    const mine = await siege().ask('POST', `/api/articles/${things.draft}/read?how=write`, { as: 'ada' })
    assert.equal(mine.json.article.views, 2, 'with a session the same handler writes')
  })

  test('class 26: methods, batches and calls in process are no way around a scope', async () => {
    const { key, backend, everything, with: asking, things } = siege()
    const { key: reading } = await key('ada', ['articles:read'])
    for (const headers of [{ 'X-HTTP-Method-Override': 'GET' }, { 'X-Method-Override': 'GET' }])
      await siege().refused(403, 'POST', '/api/articles', {
        json: { title: 'x' },
        headers: { ...headers, ...bearer(reading) },
      })
    await siege().refused([400, 403], 'POST', '/api/articles?_method=GET', {
      json: { title: 'x' },
      headers: bearer(reading),
    })
    const list = { operation: 'article.list', input: {} }
    const write = { operation: 'article.create', input: { title: 'in a batch' } }
    for (const operations of [[write], [list, write], [list, list, write, list]]) {
      const answer = await siege().refusedWith(reading, 403, 'POST', '/batch', { json: { operations } })
      assert.equal(answer.json.code, 'insufficient-scope')
      assert.match(answer.headers.get('www-authenticate') ?? '', /scope="articles:write"/)
    }
    assert.equal((await asking(reading, 'POST', '/batch', { json: { operations: [list] } })).status, 200)
    assert.equal((await asking(reading, 'HEAD', '/users')).status, 403)
    // Not reached over HTTP at all: the same door.
    const actor = await backend.authenticate(reading)
    assert.ok(actor)
    const earlier = await everything()
    for (const [name, input] of [
      ['importArticles', { title: 'in process' }],
      ['article.create', { title: 'in process' }],
      ['publish', { id: things.draft }],
      ['user.list', {}],
      ['auth.keys.create', { name: 'more', scopes: ['articles:write'] }],
    ] as const)
      await assert.rejects(backend.call(name, input, actor), { code: 'insufficient-scope' }, name)
    assert.equal(await everything(), earlier)
  })

  test('class 27: scopes that are kept are asked for: of all that a key was made with, each opens its own', async () => {
    const { key, things, rows, with: asking } = siege()
    const { key: publishing, id } = await key('ada', ['articles:publish'])
    await siege().refusedWith(publishing, 403, 'GET', '/api/articles')
    await siege().refusedWith(publishing, 403, 'PATCH', `/api/articles/${things.draft}`, { json: { title: 'other' } })
    // An action that says its own scope is not opened by that of its exposure.
    const { key: writing } = await key('ada', ['articles:write'])
    await siege().refusedWith(writing, 403, 'POST', `/api/articles/${things.draft}/publish`)
    await siege().refusedWith(writing, 403, 'POST', '/api/publish', { json: { id: things.draft } })
    assert.equal((await asking(writing, 'POST', `/api/articles/${things.open}/unpublish`)).status, 200)
    assert.equal((await asking(publishing, 'POST', `/api/articles/${things.open}/publish`)).status, 200)
    // What is stored is what counts, and at once; a scope that is no longer declared opens nothing.
    await rows(`update bede.api_key set scopes = '{everything,*,articles:*,admin}' where id = '${id}'`)
    await pause()
    await siege().refusedWith(publishing, 403, 'POST', `/api/articles/${things.draft}/publish`)
    await siege().refusedWith(publishing, 403, 'GET', '/users')
    await rows(`update bede.api_key set scopes = '{}' where id = '${id}'`)
    await pause()
    await siege().refusedWith(publishing, 403, 'GET', '/api/articles')
  })

  test('class 27: a key acts as its account, with what that account may at this moment', async () => {
    const { key, things, ids, rows, with: asking } = siege()
    const { key: writing } = await key('bob', ['articles:write', 'articles:read'])
    await siege().refusedWith(writing, 403, 'PATCH', `/api/articles/${things.open}`, { json: { title: 'taken' } })
    await siege().refusedWith(writing, 404, 'PATCH', `/api/articles/${things.draft}`, { json: { title: 'taken' } })
    assert.equal((await asking(writing, 'GET', `/api/articles/${things.draft}`)).status, 404)
    // Bob becomes an editor, and his key with him; and then no more.
    const promote = (role: string) => siege().ask('PATCH', `/users/${ids.bob}`, { as: 'eve', json: { role } })
    assert.equal((await promote('editor')).status, 200)
    assert.equal(
      (await asking(writing, 'PATCH', `/api/articles/${things.open}`, { json: { title: 'edited' } })).status,
      200,
    )
    assert.equal((await promote('member')).status, 200)
    await siege().refusedWith(writing, 403, 'PATCH', `/api/articles/${things.open}`, { json: { title: 'again' } })
    assert.deepEqual(await rows(`select title from article where id = '${things.open}'`), [['edited']])
  })
})

/** What a test changed behind the backend’s back may be remembered for a second. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1_050))
