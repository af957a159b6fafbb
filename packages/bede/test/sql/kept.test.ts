import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { layout } from '../../src/cli/sql/layout.ts'
import type { Json } from '../../src/expr/value.ts'
import { link } from '../../src/identity/link.ts'
import { diffModels, effectOf } from '../../src/manifest/diff.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { storedTables } from '../../src/manifest/stored.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { archive } from '../engine/support/archive.ts'
import { small } from '../fixtures/small.ts'

/** What `softDelete`, `history` and `partition` make of statements and tables. */

const id = '01939d6e-0000-7000-8000-000000000001'
const { manifest } = link(archive())

const golden = (folder: string, name: string, text: string): void => {
  const file = new URL(`./${folder}/${name}.sql`, import.meta.url)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'), 'run the test with UPDATE_GOLDEN=1 and review the difference')
}

const cases: Record<string, readonly [operation: string, input: Record<string, Json>]> = {
  'kept-list': ['page.list', { limit: 20 }],
  'kept-delete': ['folder.delete', { id }],
  'kept-restore': ['folder.restore', { id }],
  'kept-purge': ['folder.purge', { id }],
  'kept-list-deleted': ['folder.listDeleted', { limit: 20 }],
  'history-create': ['page.create', { data: { folderId: id, title: 'A' } }],
  'history-update': ['page.update', { id, data: { title: 'B' } }],
  'history-list': ['page.history', { id, limit: 20 }],
  'history-as-of': ['page.asOf', { id, at: '2026-01-01T00:00:00Z' }],
}

for (const [name, [operation, input]] of Object.entries(cases)) {
  test(`the statement of ${name} is the one in review`, () => {
    const call = { input, actor: { id, role: 'member' }, system: false, now: '2026-11-21T00:00:00.000Z' }
    golden(
      'golden',
      name,
      `-- ${operation}\n${layout(createPlanner(manifest, postgres).statement(operation, call).sql)};\n`,
    )
  })
}

const partitioned = (keep?: number): Manifest => {
  const { article } = small.models
  assert.ok(article)
  const partition = { by: 'createdAt', every: 'month', ahead: 3, ...(keep === undefined ? {} : { keep }) } as const
  return { ...small, models: { ...small.models, article: { ...article, partition } } }
}

test('the tables of an archive and of a partitioned model are the ones in review', () => {
  const written = (of: Manifest, tables: RegExp): string =>
    createStatements(of, postgres)
      .filter((statement) => tables.test(statement))
      .map((statement) => `${statement};\n`)
      .join('\n')
  golden('golden-ddl', 'kept', written(manifest, /"(history_)?folder"/))
  golden('golden-ddl', 'partitioned', written(partitioned(), /^create (table|index).*"article"/))
})

test('what turning them on and off does to the rows there are', () => {
  const effects = (from: Manifest, to: Manifest) =>
    diffModels(storedTables(from), to).map((change) => [change.kind, effectOf(change)])
  assert.deepEqual(effects(small, partitioned()), [
    ['change-key', 'destructive'],
    ['change-partition', 'destructive'],
  ])
  assert.deepEqual(effects(partitioned(), partitioned(3)), [['change-retention', 'destructive']])
  assert.deepEqual(effects(partitioned(3), partitioned(2)), [['change-retention', 'destructive']])
  assert.deepEqual(effects(partitioned(3), partitioned(4)), [['change-retention', 'additive']])
  assert.deepEqual(effects(partitioned(3), partitioned()), [['change-retention', 'additive']])

  const { folder } = manifest.models
  assert.ok(folder)
  const { softDelete, history, fields, indexes, ...rest } = folder
  const { deletedAt, ...others } = fields
  const all = indexes.filter((index) => !index.fields.includes('deletedAt')).map(({ living, ...index }) => index)
  assert.ok(softDelete && history && deletedAt)
  const { bede_history_folder, ...models } = manifest.models
  assert.ok(bede_history_folder)
  const plain: Manifest = { ...manifest, models: { ...models, folder: { ...rest, fields: others, indexes: all } } }
  const on = effects(plain, manifest)
  assert.ok(on.some(([kind]) => kind === 'add-table') && on.every(([, effect]) => effect !== 'destructive'))
  const off = effects(manifest, plain).filter(([, effect]) => effect === 'destructive')
  assert.deepEqual(
    off.map(([kind]) => kind),
    ['remove-column', 'remove-table'],
  )
})
