import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyone, app, defineSchema, id, link, model, point, resources, text } from '../../src/index.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { serve } from '../surface/support/served.ts'
import { problemOf } from '../writes/support/running.ts'

const shop = model(
  { id: id<'shop'>(), name: text({ unique: true }), place: point(), exit: point({ optional: true }) },
  { index: [['place']] },
)
const models = defineSchema({ shop })
const { shop: Shops } = resources<typeof models, object>(models, {})
const shopView = Shops.view(({ row }) => ({ id: row.id, name: row.name, place: row.place, exit: row.exit }))
const shops = Shops.expose({ view: shopView, operations: ['list', 'get', 'create', 'update'], filter: ['place'] })
const shopPolicy = Shops.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const town = app({ name: 'town', schema: models, use: { all: { shopPolicy, shopView, shops } } })

test('places over HTTP: numbers in the address, an object in the body', async (t) => {
  const { fetch } = await serve(t, town)
  const created = await fetch('/shops', { method: 'POST', json: { name: 'a', place: { lat: -17, lon: 179.99 } } })
  assert.equal(created.status, 201)
  const one = (await created.json()) as { id: string }
  assert.deepEqual(one, { id: one.id, name: 'a', place: { lat: -17, lon: 179.99 }, exit: null })
  const found = async (near: string) => {
    const answer = await fetch(`/shops?place[near]=${near}`)
    return answer.ok ? ((await answer.json()) as { items: unknown[] }).items.length : answer.status
  }
  assert.equal(await found('-17,-179.99,2200'), 1)
  assert.equal(await found('-17%2C-179.99%2C2200'), 1)
  assert.equal(await found('-17,-179.99,2e3'), 0)
  for (const near of [
    '',
    ',,',
    '1,2',
    '1,2,3,4',
    '1;2;3',
    'NaN,0,1',
    'Infinity,0,1',
    '1e400,0,1',
    '0x1,0,1',
    '+1,0,1',
    '1,,1',
    ' 1,2,3',
    '{"at":{"lat":1,"lon":2},"metres":3}',
    "1,2,3'::float8)--",
  ])
    assert.equal(await found(encodeURIComponent(near)), 400, near)
  for (const near of ['91,0,1', '0,181,1', '0,0,-1', '0,0,100001']) assert.equal(await found(near), 422, near)
  assert.equal((await fetch('/shops?place=1,2')).status, 400)
  assert.equal((await fetch('/shops?place[near]=1,2,3&place[near]=1,2,3')).status, 400)

  const patched = await fetch(`/shops/${one.id}`, { method: 'PATCH', json: { exit: { lat: 1, lon: 2 } } })
  assert.deepEqual(((await patched.json()) as { exit: unknown }).exit, { lat: 1, lon: 2 })
  // A place is changed whole: half of one is none.
  assert.equal((await fetch(`/shops/${one.id}`, { method: 'PATCH', json: { exit: { lat: 3 } } })).status, 400)
  const huge = await fetch('/shops', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"b","place":{"lat":1e400,"lon":0}}',
  })
  assert.equal(huge.status, 400)
  const twice = await fetch('/shops', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"b","place":{"lat":1,"lat":2,"lon":0}}',
  })
  assert.equal(twice.status, 400)
  const after = (await (await fetch('/shops')).json()) as { items: unknown[] }
  assert.deepEqual(after.items, [{ ...one, exit: { lat: 1, lon: 2 } }])
})

test('OpenAPI says what a place is in a body and in an address', () => {
  const { paths } = openApiDocument(link(town).manifest)
  const { parameters = [] } = paths['/shops']?.get ?? {}
  const near = parameters.find((one) => 'name' in one && one.name === 'place[near]')
  assert.deepEqual(near, {
    name: 'place[near]',
    in: 'query',
    required: false,
    schema: {
      type: 'array',
      prefixItems: [
        { title: 'lat', type: 'number', minimum: -90, maximum: 90 },
        { title: 'lon', type: 'number', minimum: -180, maximum: 180 },
        { title: 'metres', type: 'number', minimum: 0, maximum: 100_000 },
      ],
      items: { type: 'number' },
      minItems: 3,
      maxItems: 3,
    },
    style: 'form',
    explode: false,
  })
  const body = JSON.stringify(paths['/shops']?.post?.requestBody)
  assert.match(body, /"place":\{"type":"object","properties":\{"lat":\{"type":"number","minimum":-90,"maximum":90\}/)
})

/** What is wrong with an app whose shops have these options and filter. */
const mistakesOf = async (options: object, filter: readonly string[] = [], distinct = false) => {
  const shop = model({ id: id<'shop'>(), name: text(), place: point(), door: point({ private: true }) }, options)
  const models = defineSchema({ shop })
  const { shop: Shops } = resources<typeof models, object>(models, {})
  const shopPolicy = Shops.policy(() => ({ read: anyone }))
  const shopView = Shops.view(({ row }) => ({ id: row.id }))
  const shops = Shops.expose({ view: shopView, operations: ['list'], filter: filter as never })
  const places = Shops.view(() => ({ all: Shops.distinct((row) => row.place) }))
  const use = { all: { shopPolicy, shopView, shops, ...(distinct && { places }) } }
  const problem = await problemOf(async () => link(app({ name: 'town', schema: models, use })))
  return JSON.stringify([problem.code, problem.message, problem.hint, problem.details])
}

test('class 130: a filter by places without an index of them does not start', async () => {
  assert.match(await mistakesOf({}, ['place']), /missing-index.*\[\['place'\]\]/)
  assert.match(await mistakesOf({ index: [['name']] }, ['place']), /missing-index/)
})

test('class 1: a private place is no filter', async () => {
  assert.match(await mistakesOf({ index: [['door']] }, ['door']), /private-field/)
})

test('a place has no order and no equality: what needs one does not start', async () => {
  assert.match(await mistakesOf({ index: [['name', 'place']] }), /no order of place.*index: \[\['place'\]\]/)
  assert.match(await mistakesOf({ unique: [['place']] }), /place cannot be unique/)
  assert.match(
    await mistakesOf({ index: [{ fields: ['name'], method: 'gist' }] }),
    /'gist' holds points, and name is text/,
  )
  assert.match(await mistakesOf({}, [], true), /Nothing tells whether two points are one/)
})
