import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { platformModels } from '../../src/manifest/platform/platform.ts'
import type { FieldDefinition, IndexDefinition } from '../../src/model/definition.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import { planMigration } from '../../src/sql/migration/plan.ts'
import { reportOf } from '../../src/sql/migration/report.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection } from '../../src/store/driver.ts'
import { applyMigrations } from '../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../src/store/migrate/status.ts'
import { undoMigration } from '../../src/store/migrate/undo.ts'
import { openStore } from '../../src/store/open.ts'
import { table, tablesOnly, text } from '../fixtures/tables.ts'
import { planned } from '../store/migrate/making.ts'
import { testStores } from '../support/stores.ts'
import { problemOf } from '../writes/support/running.ts'
import { lacksVectors } from './support/stores.ts'

const embedding = (dimensions: number): Omit<FieldDefinition, 'column'> => ({
  type: { kind: 'vector', dimensions },
  optional: true,
})
const hnsw = (distance: IndexDefinition['distance']): IndexDefinition => ({
  name: `note_embedding_hnsw_${distance}`,
  fields: ['embedding'],
  method: 'hnsw',
  ...(distance && { distance }),
})
const notes = (fields: Record<string, Omit<FieldDefinition, 'column'>>, indexes: IndexDefinition[] = []) =>
  tablesOnly({ note: table('note', { title: text(), ...fields }, { indexes }), ...platformModels() })

const bare = notes({})
const three = notes({ embedding: embedding(3) }, [hnsw('cosine')])
const four = notes({ embedding: embedding(4) }, [hnsw('cosine')])
const byLength = notes({ embedding: embedding(3) }, [hnsw('l2')])
const init = planned('20250101000000-init', undefined, bare)
const add = planned('20250102000000-add', bare, three)
const change = planned('20250103000000-change', three, byLength)

test('a schema with vectors: the extension first, the column with its dimensions, the index with its distance', () => {
  const statements = createStatements(three, postgres).filter((one) => /vector/.test(one))
  assert.deepEqual(
    statements.map((one) => /create extension.*|"embedding" vector\(3\)|create index.*/.exec(one)?.[0]),
    [
      'create extension if not exists "vector"',
      '"embedding" vector(3)',
      'create index "note_embedding_hnsw_cosine" on "note" using hnsw ("embedding" vector_cosine_ops)',
    ],
  )
  assert.ok(createStatements(bare, postgres).every((one) => !/extension/.test(one)))
})

test('the plan says what is installed and locked; other dimensions are refused, another distance is another index', () => {
  const plan = planMigration(bare, [], three, postgres)
  const said = reportOf(plan, { id: 'add', before: 'init', rows: 1_000_000, unaccepted: [] })
  assert.match(said, /The database has the extension vector/)
  assert.match(said, /Build the index note_embedding_hnsw_cosine.*SHARE UPDATE EXCLUSIVE/)
  const sql = plan.steps.flatMap((step) => step.sql)
  const at = (part: RegExp) => sql.findIndex((one) => part.test(one))
  assert.ok(at(/create extension/) >= 0 && at(/create extension/) < at(/add column "embedding" vector\(3\)/))
  assert.match(sql[at(/using hnsw/)] ?? '', /create index concurrently/)

  const other = planMigration(three, [], four, postgres)
  assert.deepEqual(
    other.refusals.map(({ place, code }) => [place, code]),
    [['note.embedding', 'impossible-migration']],
  )
  assert.match(
    planMigration(three, [], byLength, postgres)
      .steps.map(({ sql: one }) => one)
      .join(),
    /vector_l2_ops/,
  )
})

for (const store of await testStores()) {
  const on = async (f: (connection: Connection) => Promise<void>) => {
    const driver = openStore(store.url)
    try {
      const connection = await driver.open()
      await connection.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await f(connection)
    } finally {
      await driver.close()
    }
  }
  const count = async (connection: Connection, sql: string) =>
    Number((await connection.query({ sql, params: [], shape: ['n'] }))[0]?.[0])
  const columns = "select count(*) from information_schema.columns where column_name = 'embedding'"

  if (store.skip === false && (await lacksVectors(store))) {
    test(`${store.name} without pgvector: the migration says what is missing and adds nothing`, () =>
      on(async (connection) => {
        await applyMigrations(connection, [init])
        const problem = await problemOf(() => applyMigrations(connection, [init, add]))
        assert.equal(problem.code, 'migration-failed')
        assert.match(problem.message, /Install the extension vector.*The database is as it was/)
        assert.match(problem.hint ?? '', /put the extension vector on the server\. Its files come with .*pgvector/)
        assert.equal(await count(connection, columns), 0)
      }))
    continue
  }
  describe(`migrating vectors: ${store.name}`, { skip: store.skip }, () => {
    test('a vector and its index are added to rows that are there, changed and taken away', () =>
      on(async (connection) => {
        await applyMigrations(connection, [init])
        await connection.script(
          "insert into note (id, title) select gen_random_uuid(), 'Note ' || n from generate_series(1, 500) n",
        )
        await applyMigrations(connection, [init, add])
        await connection.script("update note set embedding = '[1,2,3]'")
        assert.deepEqual((await migrationStatus(connection, [init, add])).drift, [])
        await applyMigrations(connection, [init, add, change])
        assert.deepEqual((await migrationStatus(connection, [init, add, change])).drift, [])
        const nearest = "select count(*) from (select id from note order by embedding <-> '[1,2,3]' limit 7) n"
        assert.equal(await count(connection, nearest), 7)
        await undoMigration(connection, [init, add, change])
        assert.deepEqual((await migrationStatus(connection, [init, add])).drift, [])
        assert.equal(await count(connection, 'select count(embedding) from note'), 500)
      }))
  })
}
