import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { platformModels } from '../../src/manifest/platform/platform.ts'
import type { FieldDefinition, IndexDefinition } from '../../src/model/definition.ts'
import { planMigration } from '../../src/sql/migration/plan.ts'
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

type Field = Omit<FieldDefinition, 'column'>
const here: Field = { type: { kind: 'point' }, default: { kind: 'value', value: { lat: 52.5, lon: 13.25 } } }
const gist = (field: string): IndexDefinition => ({ name: `note_${field}_gist`, fields: [field], method: 'gist' })
const notes = (fields: Record<string, Field>, indexes: IndexDefinition[] = []) =>
  tablesOnly({ note: table('note', { title: text(), ...fields }, { indexes }), ...platformModels() })

const bare = notes({})
const placed = notes({ place: here }, [gist('place')])
const free: Field = { type: { kind: 'point' }, optional: true }
const loose = notes({ place: free }, [gist('place')])
const renamed = notes({ position: { ...free, was: 'place' } }, [gist('position')])
const init = planned('20250101000000-init', undefined, bare)
const add = planned('20250102000000-add', bare, placed)
const start = planned('20250101000000-start', undefined, loose)
const rename = planned('20250102000000-rename', loose, renamed)

test('a place becomes no other type, and no other type becomes a place', () => {
  for (const type of [{ kind: 'text' }, { kind: 'json' }, { kind: 'float' }] as const) {
    for (const [before, after] of [
      [placed, notes({ place: { type } })],
      [notes({ place: { type } }), placed],
    ] as const) {
      assert.deepEqual(
        planMigration(before, [], after, postgres).refusals.map(({ place, code }) => [place, code]),
        [['note.place', 'impossible-migration']],
        type.kind,
      )
    }
  }
})

for (const store of await testStores()) {
  describe(`migrating places: ${store.name}`, { skip: store.skip }, () => {
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
    const values = async (connection: Connection, sql: string) =>
      (await connection.query({ sql, params: [], shape: [] })).map((row) => row.join(' '))

    const write = (connection: Connection, columns: string, more: string) =>
      connection.script(`insert into note (id, title${columns}) select gen_random_uuid(), ${more}`)

    test('a place is added with its index, and taken back where nothing is lost', () =>
      on(async (connection) => {
        await applyMigrations(connection, [init])
        await write(connection, '', "'old ' || n from generate_series(1, 3) n")
        await applyMigrations(connection, [init, add])
        assert.deepEqual((await migrationStatus(connection, [init, add])).drift, [])
        assert.deepEqual(await values(connection, 'select distinct place::text from note'), ['(13.25,52.5)'])
        await write(connection, ', place', "'mine', point(1, 2)")
        const problem = await problemOf(() => undoMigration(connection, [init, add]))
        assert.match(JSON.stringify(problem.details), /1 row would lose what they hold in note\.place/)
        await connection.script('update note set place = default')
        await undoMigration(connection, [init, add])
        assert.deepEqual((await migrationStatus(connection, [init])).drift, [])
        assert.deepEqual(await values(connection, 'select count(*) from note'), ['4'])
      }))

    test('a place is renamed while both versions write', () =>
      on(async (connection) => {
        await applyMigrations(connection, [start])
        await write(connection, ', place', "'old ' || n, point(n, n) from generate_series(1, 3) n")
        await applyMigrations(connection, [start, rename])
        assert.deepEqual((await migrationStatus(connection, [start, rename])).drift, [])
        await write(connection, ', place', "'before', point(3, 4)")
        await write(connection, ', position', "'after', point(5, 6)")
        await connection.script("update note set place = point(7, 8) where title = 'old 1'")
        await connection.script("update note set position = point(9, 9.5) where title = 'old 2'")
        assert.deepEqual(
          await values(connection, 'select title, place::text, position::text from note order by title'),
          [
            'after (5,6) (5,6)',
            'before (3,4) (3,4)',
            'old 1 (7,8) (7,8)',
            'old 2 (9,9.5) (9,9.5)',
            'old 3 (3,3) (3,3)',
          ],
        )
        await undoMigration(connection, [start, rename])
        assert.deepEqual((await migrationStatus(connection, [start])).drift, [])
        assert.deepEqual(await values(connection, "select place::text from note where title = 'after'"), ['(5,6)'])
      }))
  })
}
