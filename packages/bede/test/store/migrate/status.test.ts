import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import { createStatements } from '../../../src/sql/ddl.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { openStore } from '../../../src/store/open.ts'
import { call, field } from '../../fixtures/small.ts'
import { everything, text } from '../../fixtures/tables.ts'
import { testStores } from '../../support/stores.ts'
import { migrationOf, notes, planned, steps } from './making.ts'

const all = migrationOf(
  '20260101000000-init',
  everything,
  steps({ title: 'all', run: 'together', sql: `${createStatements(everything, postgres).join(';\n')};` }),
)

/** What somebody does by hand, and how it is named. */
const byHand: readonly (readonly [sql: string, ...named: readonly string[]])[] = [
  ['alter table thing drop column text0 cascade', 'missing type thing.text0'],
  ['alter table thing add column mine int4', 'extra type thing.mine'],
  ['alter table thing alter column integer6 type int8', 'different type thing.integer6'],
  ['alter table thing alter column text0 drop not null', 'different null thing.text0'],
  ["alter table thing alter column name set default 'x'", 'different default thing.name'],
  ['drop index thing_name_key', 'missing index thing.thing_name_key'],
  ['create index mine on thing (price)', 'extra index thing.mine'],
  ['drop index thing_name_key; create index thing_name_key on thing (name)', 'different index thing.thing_name_key'],
  ['alter table thing drop constraint thing_positive_check', 'missing constraint thing.thing_positive_check'],
  ['alter table thing add constraint mine check (price < 5)', 'extra constraint thing.mine'],
  ['alter table thing drop constraint thing_owner_id_fkey', 'missing constraint thing.thing_owner_id_fkey'],
  [
    'alter table thing drop constraint thing_parent_id_fkey, add constraint thing_parent_id_fkey foreign key (parent_id) references thing (id)',
    'different constraint thing.thing_parent_id_fkey',
  ],
  ['drop table thing', 'missing table thing'],
  [
    'create function public.nothing() returns trigger language plpgsql as $$ begin return new; end $$; create trigger mine before insert on thing for each row execute function public.nothing()',
    'extra trigger thing.mine',
  ],
]

for (const store of await testStores()) {
  describe(`the drift of a database: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(() => c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade'))
    afterAll(() => driver?.close())

    test('a database that only migrations have changed has none, and asking leaves nothing behind', async () => {
      assert.deepEqual((await migrationStatus(c, [all])).pending, [all.id])
      await applyMigrations(c, [all])
      const status = await migrationStatus(c, [all])
      assert.deepEqual([status.drift, status.kept, status.others], [[], [], []])
      assert.deepEqual([status.comparedWith, status.pending, status.half], [all.id, [], undefined])
      const left = await c.query({
        sql: "select nspname from pg_namespace where nspname like 'bede%'",
        params: [],
        shape: ['name'],
      })
      assert.deepEqual(left, [['bede']])
    })

    test('tables of others are told and are no drift', async () => {
      await applyMigrations(c, [all])
      await c.script('create table other (id int4 primary key); create view seen as select 1 as one')
      const status = await migrationStatus(c, [all])
      assert.deepEqual([status.drift, status.others], [[], ['other', 'seen']])
    })

    test('what a migration leaves for the version before is kept, and no drift', async () => {
      const choices = (...choices: string[]) => ({ type: { kind: 'choice' as const, choices } })
      const before = notes({
        count: { type: { kind: 'integer' }, default: { kind: 'value', value: 0 } },
        state: { ...choices('draft', 'done'), default: { kind: 'value', value: 'draft' } },
      })
      const after = notes({
        headline: text({ was: 'title' }),
        count: { type: { kind: 'bigint' }, default: { kind: 'value', value: '0' } },
        state: { ...choices('draft'), default: { kind: 'value', value: 'draft' } },
        initial: text({ backfill: call('lower', field('headline')) }),
      })
      const { title: _, ...fields } = after.models.note?.fields ?? {}
      const now = { ...after, models: { ...after.models, note: { ...after.models.note!, fields } } }
      const both = [planned('20260101000000-start', undefined, before), planned('20260102000000-next', before, now)]
      await applyMigrations(c, both)
      const { drift, kept, others } = await migrationStatus(c, both)
      assert.deepEqual([drift, others], [[], []])
      assert.deepEqual(kept.map(({ kind, place }) => `${kind} ${place}`).sort(), [
        'constraint note.note_state_choice',
        'trigger note.bede_sync_note_headline',
        'trigger note.bede_then_fill_note_initial',
        'type note.count_old',
        'type note.title',
      ])
    })

    test('what somebody did by hand is named', async () => {
      await applyMigrations(c, [all])
      for (const [sql, ...named] of byHand) {
        class Undo extends Error {}
        const found = await c
          .transaction(async (transaction) => {
            await transaction.script(sql)
            const { drift } = await migrationStatus(transaction, [all])
            throw new Undo(JSON.stringify(drift.map(({ state, kind, place }) => `${state} ${kind} ${place}`)))
          })
          .catch((error) => {
            if (!(error instanceof Undo)) throw error
            return JSON.parse(error.message)
          })
        assert.deepEqual(found, named, sql)
      }
    })
  })
}
