import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Backend, start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  anyone,
  app,
  bool,
  decimal,
  defineSchema,
  fromActor,
  id,
  integer,
  model,
  or,
  ref,
  resources,
  text,
} from '../../src/index.ts'
import { createHttpServer, type HttpServer } from '../../src/surface/http/server.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'
import { actorOf, idOf } from './support/running.ts'

const person = model({ id: id<'person'>(), name: text() })
const price = model(
  {
    id: id<'price'>(),
    sku: text({ unique: true }),
    amount: decimal(),
    count: integer({ default: 1 }),
    total: decimal({ generated: true }),
    hidden: bool({ default: false }),
    note: text({ optional: true }),
    ownerId: ref('person', { default: fromActor('id') }),
  },
  { generated: { total: (row) => row.amount.times(row.amount) }, softDelete: true },
)
const models = defineSchema({ person, price })
const actor = { id: ref('person') }
interface Shop extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, price: Prices } = resources<Shop, Actor>(models, actor)
const view = Prices.view(({ row }) => ({
  id: row.id,
  sku: row.sku,
  amount: row.amount,
  total: row.total,
  note: row.note,
}))
const shop = (requireMatch: boolean) =>
  app({
    name: 'upserts',
    schema: models,
    use: {
      all: {
        people: Persons.policy(() => ({ read: anyone })),
        prices: Prices.policy(({ row, actor: me }) => ({
          read: or(row.hidden.eq(false), row.ownerId.eq(me.id)),
          create: row.ownerId.eq(me.id),
          update: row.ownerId.eq(me.id),
          delete: row.ownerId.eq(me.id),
        })),
        view,
        exposed: Prices.expose({
          view,
          operations: ['get', 'create', 'update', 'delete', 'upsert'],
          accepts: { create: ['sku', 'amount', 'note', 'hidden'], update: ['amount', 'note'] },
          key: ['sku'],
          ...(requireMatch && { requireMatch: true }),
        }),
      },
    },
  })

const nameOf = ({ manifest }: Backend): string =>
  Object.keys(manifest.operations).find((name) => name.endsWith('upsert')) ?? assert.fail()
const [ana, bea] = [actorOf(1), actorOf(2)]
const people = new Map([
  ['ana', ana],
  ['bea', bea],
])

for (const store of await testStores()) {
  describe(`an upsert that names a version: ${store.name}`, { skip: store.skip }, () => {
    let backend: Backend
    let server: HttpServer
    let port = 0
    before(async () => {
      backend = await start(shop(true), { database: store.url, mode: 'development', log: silent })
      for (const n of [1, 2])
        await backend.connection.script(`insert into person (id, name) values ('${idOf(n)}', 'x')`)
      server = createHttpServer({
        name: 'upserts',
        port: 0,
        authenticate: async (credential) => people.get(credential) ?? null,
        ready: backend.ready,
      })
      rest.mount(backend.manifest, backend.engine, server)
      port = (await server.listen()).port
    })
    after(async () => {
      await server?.close()
      await backend?.close()
    })
    const ask = async (as: string, method: string, path: string, body?: object, headers: object = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${as}`,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...headers,
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const said = await response.text()
      return {
        status: response.status,
        tag: response.headers.get('ETag') ?? '',
        json: said === '' ? undefined : JSON.parse(said),
      }
    }
    const put = (as: string, sku: string, body: object, headers: object = {}) =>
      ask(as, 'PUT', `/prices/by/sku/${sku}`, body, headers)
    const everything = async () =>
      JSON.stringify(await backend.connection.query({ sql: 'select * from price order by id', params: [], shape: [] }))
    const refused = async (status: number, work: () => Promise<{ status: number }>) => {
      const was = await everything()
      assert.equal((await work()).status, status)
      assert.equal(await everything(), was, 'nothing has changed')
    }
    const fresh = { 'If-None-Match': '*' }

    test('without a condition it is 428, in a batch too, and nothing is written', async () => {
      await refused(428, () => put('ana', 'a', { amount: '1' }))
      const item = { operation: nameOf(backend), input: { data: { sku: 'a', amount: '1' } } }
      await refused(428, () => ask('ana', 'POST', '/batch', { operations: [item] }))
    })

    test('what is not there is made under If-None-Match: * alone, and not a second time', async () => {
      const made = await put('ana', 'b', { amount: '3' }, fresh)
      assert.deepEqual([made.status, made.json.total], [201, '9'], 'the generated value is in the answer')
      await refused(412, () => put('ana', 'b', { amount: '4' }, fresh))
      await refused(412, () => put('ana', 'c', { amount: '4' }, { 'If-Match': made.tag }))
      await refused(400, () => put('ana', 'c', { amount: '4' }, { 'If-Match': '*' }))
      await refused(400, () => put('ana', 'c', { amount: '4' }, { 'If-Match': made.tag, ...fresh }))
    })

    test('with the tag of what was read it changes it, and with any other nothing', async () => {
      const made = await put('ana', 'd', { amount: '3' }, fresh)
      const read = await ask('ana', 'GET', `/prices/${made.json.id}`)
      assert.deepEqual(read.json, made.json)
      const changed = await put('ana', 'd', { amount: '4', note: 'x' }, { 'If-Match': made.tag })
      assert.deepEqual([changed.status, changed.json.amount, changed.json.total], [200, '4', '16'])
      await refused(412, () => put('ana', 'd', { amount: '5' }, { 'If-Match': made.tag }))
      await refused(412, () => put('ana', 'd', { amount: '5' }, { 'If-Match': `"${'0'.repeat(32)}"` }))
      const both = await put('ana', 'd', { amount: '5' }, { 'If-Match': `${made.tag}, ${changed.tag}` })
      assert.equal(both.status, 200)
      const patched = await ask('ana', 'PATCH', `/prices/${made.json.id}`, { amount: '6' }, { 'If-Match': both.tag })
      assert.deepEqual([patched.status, patched.json.total], [200, '36'])
      assert.equal((await put('ana', 'd', { amount: '7' }, { 'If-Match': patched.tag })).status, 200)
    })

    test('of many that name one version, one comes through', async () => {
      const { tag } = await put('ana', 'e', { amount: '0' }, fresh)
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, n) => put('ana', 'e', { amount: String(n + 1) }, { 'If-Match': tag })),
      )
      assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)])
    })

    test('what was deleted is not made again by who names its version', async () => {
      const { tag, json } = await put('ana', 'f', { amount: '0' }, fresh)
      assert.equal((await ask('ana', 'DELETE', `/prices/${json.id}`, undefined, { 'If-Match': tag })).status, 204)
      await refused(412, () => put('ana', 'f', { amount: '1' }, { 'If-Match': tag }))
    })

    test('a tag opens no row of somebody else, and does not tell whether a hidden one is there', async () => {
      const shown = await put('ana', 'g', { amount: '0' }, fresh)
      await refused(403, () => put('bea', 'g', { amount: '1' }, { 'If-Match': shown.tag }))
      const hidden = await put('ana', 'h', { amount: '0', hidden: true }, fresh)
      await refused(412, () => put('bea', 'h', { amount: '1' }, { 'If-Match': hidden.tag }))
      await refused(412, () => put('bea', 'nothing', { amount: '1' }, { 'If-Match': hidden.tag }))
    })

    test('the document says so', () => {
      const document = JSON.parse(JSON.stringify(openApiDocument(backend.manifest)))
      const { put: said } = document.paths['/prices/by/sku/{sku}']
      const named = said.parameters.map(({ $ref = '' }) => $ref.split('/').at(-1))
      assert.ok(named.includes('IfMatchUnlessNew') && named.includes('IfNoneMatchAny'), named.join())
      assert.ok('428' in said.responses && '412' in said.responses)
    })
  })
}

test('where no version has to be named it still may be', async () => {
  const [store] = await testStores()
  const backend = await start(shop(false), { database: store?.url ?? '', mode: 'development', log: silent })
  try {
    await backend.connection.script(`insert into person (id, name) values ('${idOf(1)}', 'x')`)
    const call = (amount: string, ifMatch?: readonly string[]) =>
      backend.engine.call({
        operation: nameOf(backend),
        input: { data: { sku: 'a', amount } },
        actor: ana,
        ...(ifMatch && { ifMatch }),
      })
    await assert.rejects(call('1', ['0'.repeat(32)]), { code: 'precondition-failed' })
    await call('1')
    await call('2')
    await assert.rejects(call('3', ['0'.repeat(32)]), { code: 'precondition-failed' })
    const rows = await backend.connection.query({ sql: 'select amount from price', params: [], shape: ['amount'] })
    assert.deepEqual(rows, [['2']])
  } finally {
    await backend.close()
  }
})
