import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { undoMigration } from '../../../src/store/migrate/undo.ts'
import { openStore } from '../../../src/store/open.ts'
import { ensureSchema } from '../../../src/store/schema.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { call, field } from '../../fixtures/small.ts'
import { table, tablesOnly, text } from '../../fixtures/tables.ts'
import { testStores } from '../../support/stores.ts'
import { before, first, migrationOf, notesSql, planned, steps } from './making.ts'

const grown = tablesOnly({
  ...before.models,
  note: table(
    'note',
    {
      title: text({ optional: true, default: { kind: 'value', value: 'untitled' } }),
      state: { type: { kind: 'choice', choices: ['draft', 'done'] }, default: { kind: 'value', value: 'draft' } },
      remark: text({ optional: true }),
    },
    { indexes: [{ name: 'note_state_idx', fields: ['state'] }] },
  ),
  label: table('label', { name: text() }, { indexes: [{ name: 'label_name_key', fields: ['name'], unique: true }] }),
})

const growth = migrationOf(
  '20260102000000-grown',
  grown,
  steps(
    {
      title: 'room',
      run: 'together',
      sql: `create table label (id uuid not null, name text collate "C" not null, constraint label_pkey primary key (id));
create unique index label_name_key on label (name);
alter table note add column state text collate "C" not null default 'draft', add column remark text collate "C", alter column title drop not null, alter column title set default 'untitled';
alter table note add constraint note_state_choice check (state in ('draft', 'done'));`,
    },
    { title: 'an index', run: 'alone', sql: 'create index concurrently note_state_idx on note (state);' },
  ),
)

for (const store of await testStores()) {
  describe(`taking a migration back: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(async () => {
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await applyMigrations(c, [first])
      await c.script(notesSql(3))
      await applyMigrations(c, [first, growth])
      assert.deepEqual((await migrationStatus(c, [first, growth])).drift, [])
    })
    afterAll(() => driver?.close())

    const refused = async (places: readonly string[], messages: RegExp) => {
      await assert.rejects(undoMigration(c, [first, growth]), (error) => {
        assert.ok(isProblem(error), String(error))
        assert.equal(error.code, 'cannot-undo')
        assert.deepEqual(
          error.details.map(({ place }) => place),
          places,
        )
        assert.match(error.details.map(({ message }) => message).join(), messages)
        return true
      })
      const status = await migrationStatus(c, [first, growth])
      assert.deepEqual([status.drift, status.applied.length], [[], 2], 'nothing has changed')
    }

    test('what it added and nobody filled goes, what it changed is as it was, and it may be applied again', async () => {
      assert.equal((await undoMigration(c, [first, growth])).undone, growth.id)
      const status = await migrationStatus(c, [first, growth])
      assert.deepEqual([status.drift, status.others, status.pending], [[], [], [growth.id]])
      assert.equal((await ensureSchema(c, before, { dialect: postgres, mode: 'production' })).outcome, 'unchanged')
      await assert.rejects(ensureSchema(c, grown, { dialect: postgres, mode: 'production' }))
      const rows = await c.query({ sql: 'select count(*) from note', params: [], shape: ['rows'] })
      assert.deepEqual(rows, [['3']])
      assert.deepEqual((await applyMigrations(c, [first, growth])).applied, [growth.id])
      assert.deepEqual((await migrationStatus(c, [first, growth])).drift, [])
    })

    test('what rows would lose is named and counted, and nothing is changed', async () => {
      await c.script(
        "insert into label values (gen_random_uuid(), 'a'), (gen_random_uuid(), 'b'); update note set remark = 'mine' where title = 'note 1'; update note set state = 'done' where title <> 'note 1'",
      )
      await refused(
        ['note.remark', 'note.state', 'label'],
        /1 row would lose what they hold in note\.remark.*,2 rows would lose what they hold in note\.state.*2 rows would lose all they hold/,
      )
    })

    test('what was filled from the rest of the row is no loss; what somebody has written there since is', async () => {
      const filled = tablesOnly({
        ...grown.models,
        label: table('label', { name: text(), lowered: text({ backfill: call('lower', field('name')) }) }),
      })
      const all = [first, growth, planned('20260103000000-filled', grown, filled)]
      await c.script("insert into label values (gen_random_uuid(), 'A'), (gen_random_uuid(), 'B')")
      await applyMigrations(c, all)
      await c.script("update label set lowered = 'else' where name = 'B'")
      await assert.rejects(undoMigration(c, all), (error) => {
        assert.ok(isProblem(error))
        return /1 row would lose what they hold in label\.lowered/.test(error.details[0]?.message ?? '')
      })
      await c.script("update label set lowered = 'b' where name = 'B'")
      await undoMigration(c, all)
      assert.deepEqual((await migrationStatus(c, [first, growth])).drift, [])
      const triggers = 'select count(*) from pg_trigger where not tgisinternal'
      assert.deepEqual(await c.query({ sql: triggers, params: [], shape: ['n'] }), [['0']])
    })

    test('an index that was set aside for another of its name has its name again', async () => {
      const indexed = (fields: readonly string[]) => {
        const { note } = grown.models
        const look = { name: 'note_look_idx', fields }
        return { ...grown, models: { ...grown.models, note: { ...note!, indexes: [...(note?.indexes ?? []), look] } } }
      }
      const [one, two] = [indexed(['remark']), indexed(['remark', 'state'])]
      const all = [first, growth, planned('20260103000000-one', grown, one), planned('20260104000000-two', one, two)]
      const indexes = () =>
        c.query({
          sql: `select indexname, indexdef from pg_indexes where tablename = 'note' and indexname like '%look%' order by 1`,
          params: [],
          shape: ['name', 'says'],
        })
      await applyMigrations(c, all.slice(0, 3))
      const was = await indexes()
      await applyMigrations(c, all)
      assert.equal((await indexes()).length, 2, 'the earlier one is there for the version before')
      assert.equal((await undoMigration(c, all)).undone, all[3]?.id)
      assert.deepEqual(await indexes(), was)
      assert.deepEqual((await migrationStatus(c, all.slice(0, 3))).drift, [])
      await applyMigrations(c, all)
      assert.equal((await indexes()).length, 2)
    })

    test('a migration that took something away cannot be taken back', async () => {
      const less = migrationOf(
        '20260103000000-less',
        grown,
        steps({ title: 'less', run: 'together', phase: 'contract', sql: 'drop index note_state_idx' }),
      )
      await applyMigrations(c, [first, growth, less])
      await assert.rejects(
        undoMigration(c, [first, growth, less]),
        (error) =>
          isProblem(error) && error.code === 'cannot-undo' && /for good: less/.test(error.details[0]?.message ?? ''),
      )
    })
  })
}
