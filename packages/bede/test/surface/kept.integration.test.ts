import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Backend, start } from '../../src/identity/start.ts'
import { createHttpServer, type HttpServer } from '../../src/surface/http/server.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { archive } from '../engine/support/archive.ts'
import { ana, bea, keeper } from '../engine/support/archive-running.ts'
import { testStores } from '../support/stores.ts'

const people = { ana, bea, keeper }
const knows = (name: string): name is keyof typeof people => Object.hasOwn(people, name)

for (const store of await testStores()) {
  describe(`what is deleted and what was, over HTTP, on ${store.name}`, { skip: store.skip }, () => {
    let backend: Backend
    let server: HttpServer
    let port = 0
    before(async () => {
      backend = await start(archive(), { database: store.url, mode: 'development', log: silent })
      for (const { id } of [ana, bea])
        await backend.connection.script(`insert into person (id, name) values ('${id}', 'x')`)
      server = createHttpServer({
        name: 'archive',
        port: 0,
        authenticate: async (credential) => (knows(credential) ? people[credential] : null),
        ready: backend.ready,
      })
      rest.mount(backend.manifest, backend.engine, server)
      port = (await server.listen()).port
    })
    after(async () => {
      await server?.close()
      await backend?.close()
    })
    const ask = async (as: string, method: string, path: string, body?: object) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { Authorization: `Bearer ${as}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await response.text()
      return { status: response.status, json: text === '' ? undefined : JSON.parse(text) }
    }

    test('delete, list, restore, history, as of, purge', async () => {
      const { id } = (await ask('ana', 'POST', '/folders', { slug: 'web' })).json
      assert.equal((await ask('ana', 'DELETE', `/folders/${id}`)).status, 204)
      assert.equal((await ask('ana', 'GET', `/folders/${id}`)).status, 404)
      const deleted = await ask('ana', 'GET', '/folders/deleted')
      assert.deepEqual([deleted.status, deleted.json.items[0].slug], [200, 'web'])
      assert.deepEqual((await ask('bea', 'GET', '/folders/deleted')).json.items, [])
      assert.equal((await ask('bea', 'POST', `/folders/${id}/restore`)).status, 404)
      assert.equal((await ask('ana', 'POST', `/folders/${id}/restore`)).json.slug, 'web')
      const history = await ask('ana', 'GET', `/folders/${id}/history?limit=2`)
      assert.deepEqual(
        history.json.items.map(({ change }: { change: string }) => change),
        ['restore', 'delete'],
      )
      assert.ok(history.json.items[0].requestId, 'the request is named')
      const [, gone] = history.json.items
      assert.equal((await ask('ana', 'GET', `/folders/${id}/as-of?at=${gone.at}`)).status, 404)
      const now = new Date(Date.now() + 60_000).toISOString()
      assert.equal((await ask('ana', 'GET', `/folders/${id}/as-of?at=${now}`)).json.slug, 'web')
      assert.equal((await ask('ana', 'GET', `/folders/${id}/as-of`)).status, 400)
      assert.equal((await ask('ana', 'GET', '/folders?deleted=true')).status, 400)
      assert.equal((await ask('keeper', 'POST', `/folders/${id}/purge`)).status, 404)
      assert.equal((await ask('ana', 'DELETE', `/folders/${id}`)).status, 204)
      assert.equal((await ask('ana', 'POST', `/folders/${id}/purge`)).status, 403)
      assert.equal((await ask('keeper', 'POST', `/folders/${id}/purge`)).status, 204)
      assert.deepEqual((await ask('ana', 'GET', `/folders/${id}/history`)).json.items, [])
    })

    test('the document names every way', () => {
      const { paths } = openApiDocument(backend.manifest) as { paths: Record<string, object> }
      for (const path of ['/folders/deleted', '/folders/{id}/restore', '/folders/{id}/purge', '/folders/{id}/history'])
        assert.ok(Object.hasOwn(paths, path), path)
      assert.ok('get' in (paths['/folders/{id}/as-of'] ?? {}))
    })
  })
}
