import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import type { FieldDefinition, ModelDefinition } from '../../../src/model/definition.ts'
import { writeMigration } from '../../../src/sql/migration/file.ts'
import { unacceptedLosses } from '../../../src/sql/migration/losses.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { openStore } from '../../../src/store/open.ts'
import { tendPartitions } from '../../../src/store/partitions.ts'
import { call, field } from '../../fixtures/small.ts'
import { refTo, table, tablesOnly, text } from '../../fixtures/tables.ts'
import { testStores } from '../../support/stores.ts'
import { migrationOf, planned } from './making.ts'

const at = { type: { kind: 'timestamp' }, default: { kind: 'now' } } as const
const parts = { by: 'at', every: 'month', ahead: 1 } as const

const visits = (
  fields: Readonly<Record<string, Omit<FieldDefinition, 'column'>>>,
  more: Partial<ModelDefinition> = {},
  name = 'visit',
): Manifest =>
  tablesOnly({
    page: table('page', { name: text() }),
    [name]: table(name, { path: text(), at, ...fields }, { partition: parts, ...more }),
  })

const plain = visits({})
const now = new Date('2026-11-15T12:00:00Z')

const first = planned('20260101000000-start', undefined, plain)

test('parts of another span are refused, with what to do instead', () => {
  for (const after of [visits({}, { partition: { ...parts, every: 'day' } })]) {
    const { refusals, steps } = planMigration(plain, [], after, postgres)
    assert.deepEqual(
      refusals.map(({ place, code }) => [place, code]),
      [['visit', 'impossible-migration']],
    )
    assert.match(refusals[0]?.hint ?? '', /new model/)
    assert.deepEqual(steps, [])
  }
})

test('keeping fewer parts is a loss with a name, keeping more is none', () => {
  const keep = (n: number) => visits({}, { partition: { ...parts, keep: n } })
  const loss = (before: Manifest, after: Manifest) => {
    const { steps, later } = planMigration(before, [], after, postgres)
    assert.deepEqual(steps, [])
    return unacceptedLosses({ steps: [], acceptedLosses: [], later })
  }
  assert.deepEqual(loss(plain, keep(3)), ['visit beyond the last 3 parts'])
  assert.deepEqual(loss(keep(5), keep(3)), ['visit beyond the last 3 parts'])
  assert.deepEqual(loss(keep(3), keep(5)), [])
  assert.deepEqual(loss(keep(3), plain), [])
  assert.ok(planMigration(keep(3), [], keep(5), postgres).sentences.length > 0, 'it is a migration all the same')
})

for (const store of await testStores()) {
  describe(`migrations of tables in parts: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection
    const run = (sql: string) => c.query({ sql, params: [], shape: [] })

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    afterAll(() => driver?.close())
    beforeEach(async () => {
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await applyMigrations(c, [first])
      await tendPartitions(c, plain, postgres, now)
      await c.script(
        `insert into page values (gen_random_uuid(), 'home');
        insert into visit (id, path, at) select gen_random_uuid(), 'Path ' || n, timestamptz '2026-10-20' + n * interval '1 day' from generate_series(1, 60) n`,
      )
    })

    test('references, indexes, required fields and values come to every part', async () => {
      const grown = visits(
        {
          pageId: refTo('page', { optional: true }),
          lowered: text({ backfill: call('lower', field('path')) }),
        },
        {
          indexes: [
            { name: 'visit_path_idx', fields: ['path'] },
            { name: 'visit_page_id_idx', fields: ['pageId'] },
          ],
        },
      )
      const second = planned('20260102000000-grown', plain, grown)
      await applyMigrations(c, [first, second])
      assert.deepEqual((await migrationStatus(c, [first, second])).drift, [])
      assert.deepEqual(await run('select count(*), count(distinct tableoid) from visit where lowered = lower(path)'), [
        ['60', '3'],
      ])
      const invalid = 'select count(*) from pg_index where not indisvalid'
      assert.deepEqual(await run(invalid), [['0']])
      const strange = `insert into visit (id, path, lowered, page_id) values (gen_random_uuid(), 'x', 'x', gen_random_uuid())`
      await assert.rejects(run(strange))
      const onParts = `select count(*) from pg_inherits where inhparent = 'visit_path_idx'::regclass`
      assert.deepEqual(
        await run(onParts),
        await run(`select count(*) from pg_inherits where inhparent = 'visit'::regclass`),
      )

      const less = visits({
        pageId: refTo('page', { optional: true }),
        lowered: text({ backfill: call('lower', field('path')) }),
      })
      const third = planned('20260103000000-less', grown, less)
      const fourth = (() => {
        const { steps } = planMigration(less, third.later, less, postgres)
        return migrationOf(
          '20260104000000-contract',
          less,
          writeMigration({ steps: steps.map((step, i) => ({ ...step, n: i + 1 })), acceptedLosses: [], later: [] }),
        )
      })()
      await applyMigrations(c, [first, second, third, fourth])
      assert.deepEqual((await migrationStatus(c, [first, second, third, fourth])).drift, [])
    })

    test('a table in parts that has another name goes on making its parts', async () => {
      const renamed = visits({}, { was: 'visit' }, 'view')
      const second = planned('20260102000000-renamed', plain, renamed)
      await applyMigrations(c, [first, second])
      const status = await migrationStatus(c, [first, second])
      assert.deepEqual([status.drift, status.others], [[], []])
      await tendPartitions(c, renamed, postgres, new Date('2027-01-15T12:00:00Z'))
      const kept = { ...renamed, models: visits({}, { partition: { ...parts, keep: 1 } }, 'view').models }
      await tendPartitions(c, kept, postgres, new Date('2027-01-15T12:00:00Z'))
      assert.deepEqual(await run(`select count(*), min(at) >= '2026-12-01' from view`), [['19', 't']])
      const spans = `select pg_get_expr(relpartbound, oid) from pg_class where relispartition and relkind = 'r'`
      assert.equal((await run(spans)).length, 4)
    })
  })
}
