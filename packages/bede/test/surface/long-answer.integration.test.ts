import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { anyone, app, defineSchema, id, integer, model, ref, resources, system, text, verbs } from '../../src/index.ts'
import { testStores } from '../support/stores.ts'
import { serve } from './support/served.ts'

const models = defineSchema({ note: model({ id: id<'note'>(), place: integer(), said: text() }) })
const actor = { id: ref('note') }
const { note: Notes } = resources(models, actor)
const { route, action } = verbs<object>(actor)

const said = 'Größe "日本" 🎉 \n'.repeat(40)
const wanted = Array.from({ length: 60 }, (_, place) => ({ place, said: `${place} ${said}` }))
const noteView = Notes.view(({ row }) => ({ place: row.place, said: row.said }))

const notes = {
  noteView,
  notePolicy: Notes.policy(() => ({ read: anyone })),
  all: route('GET /all', {
    auth: 'optional',
    answers: () => noteView.list({ order: (row) => row.place.asc() }),
  }),
  fill: action({
    run: async ({ db }) => {
      await db.createMany(Notes, wanted)
    },
  }),
}

for (const store of await testStores()) {
  test(`a long answer is the bytes of its JSON, alone, in a batch and when it is known, on ${store.name}`, {
    skip: store.skip,
  }, async (t) => {
    const { backend, fetch } = await serve(
      t,
      app({ name: 'notes', schema: models, use: { notes } }),
      'production',
      store.url,
    )
    await backend.call('fill', {}, system('test'))
    const { answer } = await backend.call('all')
    assert.ok(answer.kind === 'json')
    assert.deepEqual(JSON.parse(answer.text), wanted)

    const got = await fetch('/all')
    const bytes = Buffer.from(await got.arrayBuffer())
    assert.equal(bytes.toString('utf8'), answer.text)
    assert.equal(got.headers.get('content-length'), String(bytes.length))
    const etag = got.headers.get('etag') ?? ''
    assert.equal(etag, `"${createHash('sha1').update(answer.text).digest('hex')}"`)
    assert.equal((await fetch('/all', { headers: { 'If-None-Match': etag } })).status, 304)
    const head = await fetch('/all', { method: 'HEAD' })
    assert.deepEqual([head.headers.get('content-length'), await head.text()], [String(bytes.length), ''])

    const operations = [{ operation: 'all' }, { operation: 'all' }]
    const batch = await fetch('/batch', { method: 'POST', json: { operations } })
    const part = { status: 200, body: wanted }
    assert.deepEqual(await batch.json(), [part, part])
    const all = await Promise.all(Array.from({ length: 20 }, async () => (await fetch('/all')).text()))
    assert.deepEqual(new Set(all), new Set([answer.text]))
  })
}
