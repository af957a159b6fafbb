import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '../../src/declare/failed.ts'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  link,
  model,
  object,
  partial,
  ref,
  resources,
  text,
  verbs,
} from '../../src/index.ts'

const note = model({
  id: id<'note'>(),
  slug: text({ unique: true, max: 80 }),
  title: text({ min: 1, max: 140, default: 'Untitled' }),
  subtitle: text({ optional: true }),
})
const models = defineSchema({ note })
const actor = { id: ref('note') }
const { note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const { title, subtitle } = note.fields

const policy = Notes.policy(() => ({ read: anyone, update: anyone }))
const change = Notes.action({
  by: 'slug',
  input: { note: object(partial({ title, subtitle })), draft: integer({ default: 0 }) },
  set: ({ input }) => ({ ...input.note }),
})

test('a route takes the inputs of the action it calls by name: the path, the declared query, and the rest is the body', () => {
  const put = route('PUT /notes/:slug', { calls: change, query: { draft: integer({ default: 0 }) } })
  const { manifest } = link(app({ name: 'notes', schema: models, use: { all: { policy, change, put } } }))
  const { put: operation } = manifest.operations
  assert.deepEqual(operation?.http, {
    method: 'PUT',
    path: '/notes/:slug',
    params: { slug: ['params', 'slug'] },
    query: { draft: ['query', 'draft'] },
    body: ['body'],
  })
  assert.deepEqual(operation?.input.params?.fields, { slug: { type: { kind: 'text' }, max: 80 } })
  assert.deepEqual(Object.keys(operation?.input.body?.fields ?? {}), ['note'])
})

test('a model’s own fields, each of which may be left out: limits stay, defaults do not, and null is for what may be missing', () => {
  const { manifest } = link(app({ name: 'notes', schema: models, use: { all: { policy, change } } }))
  assert.deepEqual(manifest.operations.change?.input.note?.fields, {
    title: { type: { kind: 'text' }, optional: true, min: 1, max: 140 },
    subtitle: { type: { kind: 'text' }, optional: true, nullable: true },
  })
})

test('a parameter of the path that the action does not take is a mistake', () => {
  const failure = failureOf(route('PUT /notes/:slug/:page', { calls: change }))
  assert.match(failure?.message ?? '', /no input 'page'/)
})
