import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { layout } from '../../src/cli/sql/layout.ts'
import type { Json } from '../../src/expr/value.ts'
import { link } from '../../src/identity/link.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import type { CallValues } from '../../src/sql/planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { clinic } from '../attacks/support/clinic.ts'
import { tower } from '../attacks/support/tower.ts'
import { small } from '../fixtures/small.ts'
import { town } from '../places/shops.ts'
import { press } from '../search/support/press.ts'
import { library } from '../vectors/support/library.ts'
import { office } from '../writes/support/places.ts'

const folder = new URL('./golden/', import.meta.url)
const id = '01939d6e-0000-7000-8000-000000000001'
const signedIn = { id, role: 'member' }

const call = (input: Record<string, Json>, more: Partial<CallValues> = {}): CallValues => ({
  input,
  actor: signedIn,
  system: false,
  now: '2026-11-21T00:00:00.000Z',
  ...more,
})

/** Each shape of statement, once. A change of a statement is seen in the diff of its file. */
const cases: Record<string, readonly [operation: string, values: CallValues]> = {
  'get-signed-in': ['article.get', call({ id })],
  'get-anonymous': ['article.get', call({ id }, { actor: null })],
  'get-system': ['article.get', call({ id }, { system: true })],
  'list-plain': ['article.list', call({ limit: 20 })],
  'list-filtered-counted': ['article.list', call({ status: 'published', tag: 'x', limit: 20, count: true })],
  'list-after-cursor': ['article.list', call({ limit: 20 }, { cursor: ['2026-01-01 00:00:00+00', id] })],
  'list-after-null-key': ['article.list', call({ limit: 20, sort: '-publishedAt' }, { cursor: [null, id] })],
  'create-with-children': ['article.create', call({ title: 'A', tags: ['x', 'y'] })],
  'update-one-field': ['article.update', call({ id, data: { title: 'B' } })],
  'update-reference-if-match': ['article.update', call({ id, data: { authorId: id } }, { etags: ['0'.repeat(32)] })],
  delete: ['article.delete', call({ id })],
  'set-with-event': ['publish', call({ id })],
  'set-idempotent-minimal': [
    'publish',
    call({ id }, { minimal: true, idempotency: { scope: id, key: 'k', fingerprint: 'f', status: 200 } }),
  ],
  'create-keep-existing': ['favorite', call({ title: 'A' })],
  upsert: ['user.upsert', call({ name: 'n', email: 'n@example.com' })],
  'delete-absent-ok': ['unfavorite', call({ id })],
  aggregate: [
    'article.aggregate',
    call({ groupBy: ['status', 'month'], measure: ['count', 'max.publishedAt'], sort: '-count', limit: 10 }),
  ],
  'bulk-create': ['tag.createMany', call({ items: [] })],
  'bulk-update': ['article.updateMany', call({ items: [] })],
  'bulk-delete': ['article.deleteMany', call({ ids: [] })],
}

/** Rows in groups: what an exposure's `aggregate` becomes. */
const grouped: Manifest = {
  ...small,
  operations: {
    ...small.operations,
    'article.aggregate': {
      kind: 'read',
      auth: 'optional',
      input: {},
      answers: {
        kind: 'groups',
        from: { model: 'article', as: 'row' },
        groups: {
          by: {
            status: { expr: { kind: 'field', row: 'row', field: 'status' }, type: { kind: 'text' } },
            month: {
              expr: {
                kind: 'call',
                fn: 'startOf',
                args: [
                  { kind: 'literal', value: 'month', type: { kind: 'text' } },
                  { kind: 'field', row: 'row', field: 'publishedAt' },
                ],
              },
              type: { kind: 'timestamp' },
            },
          },
          measures: {
            count: { fn: 'count', type: { kind: 'integer' } },
            'max.publishedAt': {
              fn: 'max',
              of: { kind: 'field', row: 'row', field: 'publishedAt' },
              type: { kind: 'timestamp' },
            },
          },
          maxGroups: 100,
        },
      },
    },
  },
}

/** Members of documents. */
const documents: typeof cases = {
  'create-alone': ['desk.create', call({ data: { name: 'A' } })],
  'document-filtered': ['desk.list', call({ 'settings.theme': 'dark', 'settings.size[gte]': 2, limit: 20 })],
  'document-member-set': ['widen', call({ id })],
}

/** Places. */
const places: typeof cases = {
  'places-near': ['shop.list', call({ 'place[near]': { at: { lat: 52.52, lon: 13.405 }, metres: 500 }, limit: 20 })],
  'places-created': ['shop.createMany', call({ items: [] })],
}

/** The nearest to a vector, as an index serves them. */
const vectors: typeof cases = {
  'vector-create': ['note.create', call({ data: { title: 'A', embedding: [1, 2, 3] } })],
  'vector-nearest': ['byCosine', call({ body: { near: [1, 2, 3], count: 5 } })],
  'vector-nearest-product': ['byProduct', call({ body: { near: [1, 2, 3], count: 5 } })],
}

/** Words. */
const searched: typeof cases = {
  'search-page': ['article.list', call({ q: 'fox', limit: 20 })],
  'search-rank-highlight': ['found', call({ query: { q: 'fox' } })],
}

/** A condition on the version of the row that is there. */
const versioned: typeof cases = {
  'upsert-if-match': ['user.upsert', call({ name: 'n', email: 'n@example.com' }, { etags: ['0'.repeat(32)] })],
}

/** Rows of tenants: whoever asks, the tenant is in every scan, policies' own too, and in what is written. */
const acting = { actor: { ...signedIn, organizationId: id } }
const tenants: typeof cases = {
  'tenant-list': ['project.list', call({ 'tasks.title': 'x', limit: 20, count: true }, acting)],
  'tenant-shared': ['user.get', call({ id }, acting)],
  'tenant-by-slug': ['getProject', call({ params: { slug: 'x' } }, acting)],
  'tenant-create': ['task.create', call({ data: { title: 'x', projectId: id } }, acting)],
  'tenant-upsert': ['project.upsert', call({ data: { slug: 'x' } }, acting)],
  'tenant-system': ['project.get', call({ id }, { system: true, actor: null })],
  'tenant-purge': ['project.purge', call({ id }, acting)],
}

/** What the database has encrypted only: no value of it is a parameter in clear. */
const encrypted: typeof cases = {
  'encrypted-list': ['patient.list', call({ number: 'x', limit: 20 })],
  'encrypted-create': ['patient.create', call({ data: { name: 'A', number: 'x' } })],
  'encrypted-bulk': ['patient.updateMany', call({ items: [] })],
  'encrypted-upsert': ['device.upsert', call({ data: { code: 'a', serial: 'x' } })],
}

const reviewed = [
  ...Object.entries(cases).map(([name, one]) => ({ manifest: grouped, name, one })),
  ...Object.entries(versioned).map(([name, one]) => ({ manifest: grouped, name, one })),
  ...Object.entries(searched).map(([name, one]) => ({ manifest: link(press()).manifest, name, one })),
  ...Object.entries(documents).map(([name, one]) => ({ manifest: link(office()).manifest, name, one })),
  ...Object.entries(vectors).map(([name, one]) => ({ manifest: link(library).manifest, name, one })),
  ...Object.entries(tenants).map(([name, one]) => ({ manifest: link(tower()).manifest, name, one })),
  ...Object.entries(encrypted).map(([name, one]) => ({ manifest: link(clinic()).manifest, name, one })),
  ...Object.entries(places).map(([name, one]) => ({ manifest: link(town()).manifest, name, one })),
]

for (const {
  manifest,
  name,
  one: [operation, values],
} of reviewed) {
  test(`the statement of ${name} is the one in review`, () => {
    const sealer = { rotating: false, seal: () => 'sealed', digests: () => ['digest'] }
    const planner = createPlanner(manifest, postgres, { sealer })
    const why = planner.explanation(operation, values, true).sql
    const text = `-- ${operation}\n${layout(planner.statement(operation, values).sql)};\n\n-- why not\n${layout(why)};\n`
    const file = new URL(`${name}.sql`, folder)
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, text)
    }
    assert.equal(text, readFileSync(file, 'utf8'), 'run the test with UPDATE_GOLDEN=1 and review the difference')
  })
}
