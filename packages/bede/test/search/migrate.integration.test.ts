import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { platformModels } from '../../src/manifest/platform/platform.ts'
import type { FieldDefinition, SearchDefinition } from '../../src/model/definition.ts'
import { writeMigration } from '../../src/sql/migration/file.ts'
import { unacceptedLosses } from '../../src/sql/migration/losses.ts'
import { planMigration } from '../../src/sql/migration/plan.ts'
import { reportOf } from '../../src/sql/migration/report.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { applyMigrations } from '../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../src/store/migrate/status.ts'
import { undoMigration } from '../../src/store/migrate/undo.ts'
import { openStore } from '../../src/store/open.ts'
import { table, tablesOnly, text } from '../fixtures/tables.ts'
import { migrationOf, planned } from '../store/migrate/making.ts'
import { testStores } from '../support/stores.ts'

type Fields = Readonly<Record<string, Omit<FieldDefinition, 'column'>>>
const kept = (language: string): Fields => ({
  search: { type: { kind: 'search', language }, optional: true, managed: true, private: true, immutable: true },
})
const notes = (fields: Fields, search?: Omit<SearchDefinition, 'field'>) =>
  tablesOnly({
    note: table(
      'note',
      { ...fields, ...(search && kept(search.language)) },
      search && {
        search: { field: 'search', ...search },
        indexes: [{ name: 'note_search_gin', fields: ['search'], method: 'gin' }],
      },
    ),
    ...platformModels(),
  })

const plain = { title: text(), body: text() }
const bare = notes(plain)
const english = notes(plain, { language: 'english', weights: { title: 'A', body: 'B' } })
const simple = notes(plain, { language: 'simple', weights: { body: 'A' } })
const renamed = notes(
  { title: text(), content: text({ was: 'body' }) },
  { language: 'english', weights: { title: 'A', content: 'B' } },
)

const rows = (from: number, to: number) =>
  `insert into note (id, title, body) select gen_random_uuid(), 'Note ' || n, 'foxes running ' || n from generate_series(${from}, ${to}) n`

for (const store of await testStores()) {
  describe(`migrating a search: ${store.name}`, { skip: store.skip }, () => {
    const on = async (f: (c: Awaited<ReturnType<ReturnType<typeof openStore>['open']>>) => Promise<void>) => {
      const driver = openStore(store.url)
      try {
        const connection = await driver.open()
        await connection.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
        await f(connection)
      } finally {
        await driver.close()
      }
    }
    const init = planned('20250101000000-init', undefined, bare)
    const add = planned('20250102000000-add', bare, english)
    const words = "select count(*) from note where search @@ to_tsquery('english', 'fox & run')"

    test('rows that are there, and rows that either version writes, are found; no drift, and a way back', () =>
      on(async (c) => {
        const count = async (sql: string) => Number((await c.query({ sql, params: [], shape: ['n'] }))[0]?.[0])
        await applyMigrations(c, [init])
        await c.script(rows(1, 5005))
        await applyMigrations(c, [init, add])
        assert.equal(await count(words), 5005)
        await c.script(rows(5006, 5010))
        assert.equal(await count(words), 5010)
        assert.deepEqual((await migrationStatus(c, [init, add])).drift, [])
        await undoMigration(c, [init, add])
        assert.deepEqual((await migrationStatus(c, [init])).drift, [])
        assert.equal(await count('select count(*) from note'), 5010)
        assert.equal(await count("select count(*) from pg_proc where proname like 'bede%search%'"), 0)
      }))

    test('undoing the migration that made the table leaves nothing of the search behind', () =>
      on(async (c) => {
        const none = tablesOnly(platformModels())
        const all = [planned('20250101000000-none', undefined, none), planned('20250102000000-all', none, english)]
        await applyMigrations(c, all)
        await undoMigration(c, all)
        const left =
          "select proname from pg_proc where proname like 'bede%' union all select tgname from pg_trigger where not tgisinternal"
        assert.deepEqual(await c.query({ sql: left, params: [], shape: ['name'] }), [])
        assert.deepEqual((await migrationStatus(c, all)).drift, [])
        await applyMigrations(c, all)
        assert.deepEqual((await migrationStatus(c, all)).drift, [])
      }))

    test('another language, another name of a field, and no search at all: nothing is refused and nothing is lost', () =>
      on(async (c) => {
        const count = async (sql: string) => Number((await c.query({ sql, params: [], shape: ['n'] }))[0]?.[0])
        const change = planned('20250103000000-change', english, simple)
        await applyMigrations(c, [init, add])
        await c.script(rows(1, 10))
        await applyMigrations(c, [init, add, change])
        assert.equal(await count("select count(*) from note where search @@ to_tsquery('simple', 'running')"), 10)
        assert.equal(await count("select count(*) from note where search @@ to_tsquery('simple', 'note')"), 0)
        assert.deepEqual((await migrationStatus(c, [init, add, change])).drift, [])
        const rename = planned('20250104000000-rename', simple, renamed)
        await applyMigrations(c, [init, add, change, rename])
        await c.script(rows(11, 12)) // the version before writes the earlier name
        assert.equal(await count(words), 12)
        assert.deepEqual((await migrationStatus(c, [init, add, change, rename])).drift, [])

        const gone = notes({ title: text(), content: text() })
        const plan = planMigration(renamed, rename.later, gone, postgres)
        assert.deepEqual(plan.losses, [])
        const file = {
          steps: plan.steps.map((step, i) => ({ ...step, n: i + 1 })),
          acceptedLosses: [],
          later: plan.later,
        }
        const remove = migrationOf('20250105000000-remove', gone, writeMigration(file))
        const freed = { ...remove, free: ['note.body'] }
        assert.deepEqual(unacceptedLosses(freed), [])
        await applyMigrations(c, [init, add, change, rename, freed])
        const last = planMigration(gone, remove.later, gone, postgres)
        const end = {
          ...migrationOf(
            '20250106000000-end',
            gone,
            writeMigration({
              steps: last.steps.map((step, i) => ({ ...step, n: i + 1 })),
              acceptedLosses: [],
              later: [],
            }),
          ),
          free: ['note.search'],
        }
        await applyMigrations(c, [init, add, change, rename, freed, end])
        const { drift } = await migrationStatus(c, [init, add, change, rename, freed, end])
        assert.deepEqual(drift, [])
        assert.equal(await count('select count(*) from note'), 12)
        assert.equal(await count("select count(*) from pg_proc where proname like 'bede%search%'"), 0)
      }))
  })
}

test('the plan says what is locked and for how long, and nothing keeps readers waiting while rows are read', () => {
  const plan = planMigration(bare, [], english, postgres)
  const said = reportOf(plan, { id: 'add', before: 'init', rows: 1_000_000, unaccepted: [] })
  assert.match(said, /note can be searched: the words of body, title are kept in note\.search/)
  for (const line of said.split('\n').filter((one) => one.includes('ACCESS EXCLUSIVE')))
    if (!line.includes('SHARE')) assert.match(line, /a moment/)
  assert.match(said, /Take the words of the rows there are.*ROW EXCLUSIVE.*1,000,000 assumed \| about \d+ min/)
  assert.match(said, /Build the index note_search_gin.*SHARE UPDATE EXCLUSIVE.*nothing/)
})
