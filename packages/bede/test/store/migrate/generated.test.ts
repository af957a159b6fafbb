import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { platformModels } from '../../../src/manifest/platform/platform.ts'
import type { FieldDefinition } from '../../../src/model/definition.ts'
import type { Contraction } from '../../../src/sql/migration/contraction.ts'
import { writeMigration } from '../../../src/sql/migration/file.ts'
import type { Migration } from '../../../src/sql/migration/folder.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { undoMigration } from '../../../src/store/migrate/undo.ts'
import { openStore } from '../../../src/store/open.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { call, field } from '../../fixtures/small.ts'
import { table, tablesOnly, text } from '../../fixtures/tables.ts'
import { testStores } from '../../support/stores.ts'
import { migrationOf } from './making.ts'

type Field = Omit<FieldDefinition, 'column'>
const lines = (fields: Readonly<Record<string, Field>>): Manifest =>
  tablesOnly({ line: table('line', { name: text(), ...fields }), ...platformModels() })

const price: Field = { type: { kind: 'decimal' } }
const total: Field = {
  type: { kind: 'decimal' },
  immutable: true,
  generated: call('multiply', field('price'), field('price')),
}
const label = (more: Partial<FieldDefinition> = {}): Field =>
  text({ immutable: true, generated: call('upper', field('name')), ...more })

for (const store of await testStores()) {
  describe(`generated columns of a table with rows: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection
    let done: Migration[]
    let at: { readonly manifest: Manifest | undefined; readonly later: readonly Contraction[] }

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(async () => {
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      done = []
      at = { manifest: undefined, later: [] }
    })
    afterAll(() => driver?.close())

    const go = async (manifest: Manifest, accept: readonly string[] = []) => {
      const plan = planMigration(at.manifest, at.later, manifest, postgres)
      assert.deepEqual(plan.refusals, [])
      const steps = plan.steps.map((step, i) => ({ ...step, n: i + 1 }))
      const migration = {
        ...migrationOf(
          `2026010${done.length + 1}000000-step${done.length}`,
          manifest,
          writeMigration({ steps, acceptedLosses: accept, later: plan.later }),
        ),
        free: plan.contracted.flatMap((one) => (one.drop === 'column' ? [`line.${one.column.column}`] : [])),
      }
      await applyMigrations(c, [...done, migration])
      done.push(migration)
      at = { manifest, later: plan.later }
      assert.deepEqual((await migrationStatus(c, done)).drift, [])
      return plan
    }
    const held = async (sql: string) => (await c.query({ sql, params: [], shape: ['x'] })).map(([x]) => x)
    const fill = () =>
      c.script("insert into line (id, name, price) select gen_random_uuid(), 'a' || n, n from generate_series(1, 3) n")

    test('one is added, computed for the rows there are and for those of either version, and undone', async () => {
      await go(lines({ price }))
      await fill()
      await go(lines({ price, total, label: label() }))
      await fill()
      assert.deepEqual(await held("select label || ' ' || total from line order by 1"), [
        'A1 1',
        'A1 1',
        'A2 4',
        'A2 4',
        'A3 9',
        'A3 9',
      ])
      await undoMigration(c, done)
      done.pop()
      assert.deepEqual((await migrationStatus(c, done)).drift, [])
      assert.deepEqual(await held('select count(*) from line'), ['6'])
    })

    test('one is taken away: nothing is lost, and it goes with the next migration', async () => {
      await go(lines({ price, total }))
      await fill()
      const without = lines({ price })
      const plan = await go(without)
      assert.deepEqual(plan.losses, [])
      await fill()
      assert.deepEqual(await held('select sum(total) from line'), ['28'], 'the version before goes on reading it')
      await go(without)
      assert.deepEqual(at.later, [])
      assert.deepEqual(
        await held("select column_name from information_schema.columns where table_name = 'line' order by 1"),
        ['id', 'name', 'price'],
      )
    })

    test('along with what it is made of: a loss of that, and both go in an order that works', async () => {
      const both = lines({ price, amount: { ...total, generated: call('add', field('price'), field('price')) } })
      await go(both)
      await fill()
      const plan = planMigration(both, [], lines({}), postgres)
      assert.deepEqual(
        plan.losses.map(({ loss }) => loss),
        ['line.price'],
      )
      await assert.rejects(go(lines({})), (error) => isProblem(error) && error.code === 'unaccepted-loss')
      await go(lines({}), ['line.price'])
      await go(lines({}))
      assert.deepEqual(
        await held("select column_name from information_schema.columns where table_name = 'line' order by 1"),
        ['id', 'name'],
      )
    })

    test('what it is made of goes, and it is made of something else under another name', async () => {
      await go(lines({ price, total }))
      await fill()
      await go(lines({ label: label() }), ['line.price'])
      await go(lines({ label: label() }))
      assert.deepEqual(await held('select label from line order by 1'), ['A1', 'A2', 'A3'])
    })

    test('it is added along with what it is made of, and both are undone', async () => {
      await go(lines({ price }))
      await fill()
      const cost: Field = { type: { kind: 'decimal' }, default: { kind: 'value', value: '2' } }
      await go(
        lines({
          aTotal: { ...total, generated: call('multiply', field('cost'), field('cost')) },
          price,
          cost,
          zTotal: { ...total, generated: call('add', field('cost'), field('price')) },
        }),
      )
      assert.deepEqual(await held("select a_total || ' ' || z_total from line order by 1"), ['4 3', '4 4', '4 5'])
      await undoMigration(c, done)
      done.pop()
      assert.deepEqual((await migrationStatus(c, done)).drift, [])
    })

    test('it is added along with a required field that is filled in batches', async () => {
      await go(lines({}))
      await c.script("insert into line (id, name) select gen_random_uuid(), 'a' || n from generate_series(1, 3) n")
      const code = text({ backfill: call('upper', field('name')) })
      await go(lines({ aCode: text({ immutable: true, generated: call('lower', field('code')) }), code }))
      assert.deepEqual(await held('select a_code || code from line order by 1'), ['a1A1', 'a2A2', 'a3A3'])
    })

    test('one that may be empty is required, and the other way round', async () => {
      await go(lines({ price, label: label({ optional: true }) }))
      await fill()
      await go(lines({ price, label: label() }))
      await go(lines({ price, label: label({ optional: true }) }))
      assert.deepEqual(await held('select count(label) from line'), ['3'])
    })
  })
}
