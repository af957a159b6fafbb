import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { system } from '../../src/engine/call.ts'
import {
  type ActorOf,
  anyone,
  app,
  array,
  defineSchema,
  id,
  integer,
  isProblem,
  link,
  model,
  ref,
  resources,
  start,
  text,
  vector,
  verbs,
} from '../../src/index.ts'
import { rehearse } from '../../src/practice/rehearse/rehearse.ts'
import { makeScratch } from '../../src/practice/rehearse/scratch.ts'
import { exportRequest, exportToFile } from '../../src/practice/transfer/export-file.ts'
import { importFile, importRequest } from '../../src/practice/transfer/import-file.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { planned } from '../store/migrate/making.ts'
import { serve } from '../surface/support/served.ts'
import { problemOf } from '../writes/support/running.ts'
import { askedFor } from './support/package.ts'

const user = model({ id: id<'user'>() })
const note = model(
  { id: id<'note'>(), title: text({ max: 80 }), like: vector({ dimensions: 3, optional: true }) },
  { index: [{ fields: ['like'], method: 'hnsw', distance: 'l2' }] },
)
const models = defineSchema({ user, note })
const actor = { id: ref('user') }
const { user: Users, note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const view = Notes.view(({ row }) => ({
  id: row.id,
  title: row.title,
  like: row.like,
  shown: row.like.orElse([0, 0, 0]),
}))
const shelf = app({
  name: 'shelf',
  schema: models,
  use: {
    all: {
      userPolicy: Users.policy(() => ({})),
      notePolicy: Notes.policy(() => ({ read: anyone, create: anyone, update: anyone, delete: anyone })),
      view,
      notes: Notes.expose({
        view,
        operations: ['list', 'get', 'create', 'update', 'createMany', 'updateMany'],
      }),
      nearest: route('GET /nearest', {
        auth: 'optional',
        query: { to: vector({ dimensions: 3 }), limit: integer({ min: 1, max: 40, default: 10 }) },
        answers: ({ query }) => ({
          items: Notes.list((row) => ({ title: row.title, far: row.like.l2Distance(query.to) }), {
            order: (row) => row.like.l2Distance(query.to).asc(),
            limit: query.limit,
          }),
        }),
      }),
    },
  },
})

const folder = mkdtempSync(join(tmpdir(), 'bede-vectors-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const why = system('test')
const log = createLogger({ level: 'error', write: () => {} })
const at = (name: string) => join(folder, name)

test('over HTTP: vectors in bodies, bulks and queries; what is none is refused by its place', async (t) => {
  const served = await serve(t, shelf, 'development')
  const post = (json: unknown) => served.fetch('/notes', { method: 'POST', json })
  const made = await post({ title: 'a', like: [1, 0.25, -1e-7] })
  assert.equal(made.status, 201)
  const { id: first, like } = (await made.json()) as { id: string; like: number[] }
  assert.deepEqual(like, [1, 0.25, -1e-7])
  const items = [{ title: 'b', like: [0, 0, 1.5e-9] }, { title: 'c' }]
  const { answer } = await served.backend.call('note.createMany', { items }, null)
  const outcomes = answer.kind === 'json' ? JSON.parse(answer.text) : []
  assert.deepEqual(
    outcomes.map(({ status }: { status: string }) => status),
    ['created', 'created'],
  )
  const wrong = [
    { title: 'd', like: [1, 2, 3] },
    { title: 'e', like: [1, 2] },
  ]
  const refusal = await problemOf(() => served.backend.call('note.createMany', { items: wrong }, null))
  assert.equal(refusal.details[0]?.place, '/items/1/like')
  const nearest = await served.fetch('/nearest?to=1,0.25,0&limit=2')
  const { items: found } = (await nearest.json()) as { items: { title: string; far: number }[] }
  assert.deepEqual(
    found.map(({ title, far }) => [title, far < 1.1]),
    [
      ['a', true],
      ['b', true],
    ],
  )
  const patched = await served.fetch(`/notes/${first}`, {
    method: 'PATCH',
    json: { like: [3, 4, 0] },
  })
  assert.equal(patched.status, 200)
  for (const [query, status] of [
    ['to=1,2', 422],
    ['to=1,2,3,4', 422],
    ['to=', 422],
    ['to=1,2,x', 400],
    ['to=1,2,NaN', 400],
    ['to=1,2,Infinity', 400],
    ['to=1,2,1e39', 422],
    ["to=1,2,3]'::vector--", 400],
    [`to=${Array.from({ length: 1000 }, () => '1').join(',')}`, 422],
    [`to=${Array.from({ length: 5000 }, () => '1').join(',')}`, 414],
    ['to[0]=1&to[1]=2&to[2]=3', 400],
  ] as const) {
    const { status: found } = await served.fetch(`/nearest?${query}`)
    assert.equal(found, status, query.slice(0, 40))
  }
  for (const [json, status] of [
    [{ title: 'x', like: [1, 2] }, 422],
    [{ title: 'x', like: { type: 'vector' } }, 400],
    [{ title: 'x', like: '[1,2,3]' }, 400],
  ] as const)
    assert.equal((await post(json)).status, status)
  const { items: all } = (await (await served.fetch('/notes')).json()) as { items: { title: string; shown: unknown }[] }
  assert.deepEqual(all.find(({ title }) => title === 'c')?.shown, [0, 0, 0])
  assert.equal(all.length, 3)
})

test('the description of the API says how many numbers of which range', () => {
  const { components } = openApiDocument(link(shelf).manifest) as { components: { schemas: object } }
  const text = JSON.stringify(components.schemas)
  assert.match(
    text,
    /"type":\["array","null"\],"items":\{"type":"number","minimum":-3\.4028235e\+38,"maximum":3\.4028235e\+38\},"minItems":3,"maxItems":3/,
  )
})

test('rows with vectors go out and come in as they were, and a data folder is opened again with them', async () => {
  const database = `pglite://${at('data')}`
  const open = () => start(shelf, { mode: 'development', database, log })
  let backend = await open()
  const data = [
    { title: 'a', like: [0.1, -2, 3.5e-20] },
    { title: 'b', like: null },
    { title: 'c', like: [3.4028235e38, 0, -1] },
  ]
  for (const one of data) await backend.call('note.create', { data: one }, null)
  const all = async () => {
    const { answer } = await backend.call('note.list', {}, null)
    return answer.kind === 'json' ? JSON.parse(answer.text).items : []
  }
  const before = await all()
  for (const format of ['csv', 'json', 'ndjson']) {
    const file = at(`notes.${format}`)
    const out = exportRequest(backend.manifest, { model: 'note', format, file, fields: undefined, actor: why })
    await exportToFile(backend, out, { file, resume: false, report: () => {} })
    await backend.connection.script('delete from note')
    const asked = importRequest(backend.manifest, {
      model: 'note',
      format,
      file,
      existing: undefined,
      key: undefined,
      actor: why,
    })
    await importFile(backend, asked, { file, refused: `${file}.refused`, resume: false, report: () => {} })
    const sorted = (items: { title: string }[]) => items.toSorted((a, b) => (a.title < b.title ? -1 : 1))
    assert.deepEqual(sorted(await all()), sorted(before), format)
  }
  await backend.close()
  backend = await open()
  assert.equal((await all()).length, 3)
  const { answer } = await backend.call('nearest', { query: { to: [0, 0, 0] } }, null)
  assert.match(answer.kind === 'json' ? answer.text : '', /"title":"a","far":2\.0/)
  await backend.close()
})

test('a rehearsal makes vectors up', async () => {
  const { manifest } = link(shelf)
  const scratch = await makeScratch(undefined)
  try {
    const migrations = [
      planned('20250101000000-init', undefined, manifest),
      planned('20250102000000-same', manifest, manifest),
    ]
    const { rows } = await rehearse({ migrations, scratch, from: { rows: 50 }, tell: () => {} })
    assert.ok(rows.some(({ table, rows: made }) => table === 'note' && made === 50))
  } finally {
    await scratch.drop()
  }
})

test('what is no declaration of a vector is refused with what to write', () => {
  const mistakes = (fields: object, options: object = {}): string => {
    try {
      const thing = model({ id: id<'thing'>(), ...fields }, options)
      const schema = defineSchema({ thing })
      const { thing: Things } = resources(schema, { id: ref('thing') })
      link(app({ name: 'a', schema, use: { all: { policy: Things.policy(() => ({})) } } }))
    } catch (error) {
      if (isProblem(error)) return error.details.map(({ place, message }) => `${place}: ${message}`).join('\n')
      throw error
    }
    return 'nothing'
  }
  for (const dimensions of [0, 2001, 1.5, -1, Number.NaN, '3', undefined])
    assert.match(mistakes({ like: vector({ dimensions } as never) }), /1 to 2000 dimensions/, String(dimensions))
  assert.equal(mistakes({ like: vector({ dimensions: 2000 }) }), 'nothing')
  assert.match(mistakes({ like: array(vector({ dimensions: 3 })) }), /one scalar kind/)
  const like = vector({ dimensions: 3 })
  const indexed = (index: object) => mistakes({ like, title: text() }, { index: [index] })
  assert.equal(indexed({ fields: ['like'], method: 'hnsw', distance: 'l2' }), 'nothing')
  assert.match(indexed({ fields: ['like'], method: 'hnsw' }), /says its distance/)
  assert.match(indexed({ fields: ['like', 'like'], method: 'hnsw', distance: 'l2' }), /holds one vector/)
  assert.match(indexed({ fields: ['title'], method: 'hnsw', distance: 'l2' }), /title is text/)
  assert.match(indexed({ fields: ['title'], method: 'trigram', distance: 'l2' }), /no other index does/)
  const measured = (to: readonly number[]) =>
    mistakes(
      { like },
      {
        check: {
          near: (row: { like: { l2Distance(to: unknown): { lt(n: number): never } } }) => row.like.l2Distance(to).lt(9),
        },
      },
    )
  assert.equal(measured([1, 2, 3]), 'nothing')
  for (const to of [
    [1, 2],
    [1, 2, 3, 4],
    [1, 2, 1e39],
    [1, 2, Number.NaN],
  ])
    assert.notEqual(measured(to), 'nothing', String(to))
  const exposed = (options: object): string => {
    try {
      const exposing = Notes.expose({ view, operations: ['list'], ...options })
      const notePolicy = Notes.policy(() => ({}))
      const userPolicy = Users.policy(() => ({}))
      link(app({ name: 'a', schema: models, use: { all: { notePolicy, userPolicy, view, exposing } } }))
    } catch (error) {
      if (isProblem(error)) return error.details.map(({ message }) => message).join()
      throw error
    }
    return 'nothing'
  }
  assert.match(exposed({ filter: ['like'] }), /note\.like has no index/)
  assert.match(exposed({ sort: ['like'] }), /There is no order of it/)
  assert.match(indexed(['like']), /no order that an index keeps/)
  assert.match(mistakes({ like: vector({ dimensions: 3, unique: true } as never) }), /no order that an index keeps/)
})

test('the package of the extension is asked for by apps with vectors alone; without it they are told its name', async () => {
  const plain = model({ id: id<'plain'>(), title: text() })
  const schema = defineSchema({ plain })
  const { plain: Plains } = resources(schema, { id: ref('plain') })
  const without = app({ name: 'plain', schema, use: { all: { policy: Plains.policy(() => ({})) } } })
  const asked = await askedFor('@electric-sql/pglite-pgvector', async () => {
    await (await start(without, { mode: 'development', log })).close()
  })
  assert.equal(asked, 0)
  const missing = await askedFor('@electric-sql/pglite-pgvector', async () => {
    const problem = await problemOf(() => start(shelf, { mode: 'development', log }))
    assert.equal(problem.code, 'store-schema')
    assert.match(problem.message, /needs the package @electric-sql\/pglite-pgvector/)
    assert.match(problem.hint ?? '', /npm install @electric-sql\/pglite-pgvector@\d/)
  })
  assert.ok(missing > 0)
})

test('in development a vector is added to the tables that are there; other dimensions are refused, and nothing is lost', async () => {
  const database = `pglite://${at('growing')}`
  const growing = (fields: object, options: object = {}) => {
    const thing = model({ id: id<'thing'>(), title: text(), ...fields }, options)
    const schema = defineSchema({ thing })
    const { thing: Things } = resources(schema, { id: ref('thing') })
    return app({ name: 'growing', schema, use: { all: { policy: Things.policy(() => ({})) } } })
  }
  const of = (dimensions: number) =>
    growing(
      { like: vector({ dimensions, optional: true }) },
      { index: [{ fields: ['like'], method: 'hnsw', distance: 'cosine' }] },
    )
  const open = (declared: ReturnType<typeof growing>) => start(declared, { mode: 'development', database, log })
  const rows = async (backend: Awaited<ReturnType<typeof open>>, sql: string) => {
    const found = await backend.connection.query({ sql, params: [], shape: [] })
    await backend.close()
    return found
  }
  await rows(await open(growing({})), "insert into thing (id, title) values (gen_random_uuid(), 'a')")
  await rows(await open(of(3)), 'update thing set "like" = \'[1,2,3]\'')
  const problem = await problemOf(() => open(of(4)))
  assert.equal(problem.code, 'store-schema')
  assert.match(problem.details[0]?.message ?? '', /vector\(3\) in the database, vector\(4\) declared/)
  assert.deepEqual(await rows(await open(of(3)), 'select title, "like"::text from thing'), [['a', '[1,2,3]']])
})
