import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import { type ActorOf, anyone, app, defineSchema, id, link, model, ref, resources, text } from '../../../src/index.ts'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { generateRows } from '../../../src/practice/rehearse/generate.ts'
import { writeMigration } from '../../../src/sql/migration/file.ts'
import type { Migration } from '../../../src/sql/migration/folder.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { undoMigration } from '../../../src/store/migrate/undo.ts'
import { openStore } from '../../../src/store/open.ts'
import { ensureSchema } from '../../../src/store/schema.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { testStores } from '../../support/stores.ts'
import { migrationOf, planned } from './making.ts'

/** Projects and their tasks, of organizations: each has said all along whose it is. */
const version = (tenant: 'organizationId' | undefined): Manifest => {
  const more = tenant ? { tenant } : {}
  const models = defineSchema({
    organization: model({ id: id<'organization'>(), name: text() }),
    user: model({ id: id<'user'>(), organizationId: ref('organization', { optional: true }) }),
    project: model({ id: id<'project'>(), organizationId: ref('organization'), slug: text({ unique: true }) }, more),
    task: model(
      {
        id: id<'task'>(),
        organizationId: ref('organization'),
        projectId: ref('project', { onDelete: 'cascade' }),
        parentId: ref('task', { optional: true, onDelete: 'set-null' }),
      },
      more,
    ),
  })
  const actor = { id: ref('user'), organizationId: ref('organization', { optional: true }) }
  const all = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const policies = Object.fromEntries(
    Object.entries(all).map(([name, one]) => [`${name}Policy`, one.policy(() => ({ read: anyone }))]),
  )
  return link(app({ name: 'tracker', schema: models, use: { policies } })).manifest
}

const apart = version('organizationId')
const together = version(undefined)
const first = planned('20260101000000-start', undefined, together)
const second = planned('20260102000000-tenants', together, apart)

/** The migration that follows, with what the one before has left to be taken away. */
function next(at: string, before: Migration, after: Manifest): Migration {
  const { steps, later } = planMigration(before.manifest, before.later, after, postgres)
  const numbered = steps.map((step, i) => ({ ...step, n: i + 1 }))
  return migrationOf(at, after, writeMigration({ steps: numbered, acceptedLosses: [], later }))
}

const uuid = (n: number): string => `'00000000-0000-7000-8000-${String(n).padStart(12, '0')}'`
const [one, two] = [uuid(1), uuid(2)]
const rows = `insert into organization (id, name) values (${one}, 'one'), (${two}, 'two');
insert into project (id, organization_id, slug) values (${uuid(11)}, ${one}, 'a'), (${uuid(12)}, ${two}, 'b');
insert into task (id, organization_id, project_id, parent_id) values (${uuid(21)}, ${one}, ${uuid(11)}, null), (${uuid(22)}, ${two}, ${uuid(12)}, null), (${uuid(23)}, ${one}, ${uuid(11)}, ${uuid(21)})`
const twin = (slug: string, organization: string) =>
  `insert into project (id, organization_id, slug) values (gen_random_uuid(), ${organization}, '${slug}')`
const ofOther = `insert into task (id, organization_id, project_id) values (${uuid(24)}, ${one}, ${uuid(12)})`
const failing = (failure: string) => (error: { failure?: string }) => error.failure === failure

test('a plan says what stands in the way, and what becomes of what was unique', () => {
  const { conditions, meetings, losses, sentences } = planMigration(together, [], apart, postgres)
  assert.deepEqual(losses, [])
  assert.deepEqual(
    conditions.map(({ says }) => says),
    [
      'no two rows of project may have the same organization_id, slug',
      'every task.project_id must name a row of project of the same tenant',
      'every task.parent_id must name a row of task of the same tenant',
    ],
  )
  assert.ok(meetings.every(({ serves }) => serves))
  assert.ok(sentences.includes('project no longer has the unique index over slug.'))
  const back = planMigration(apart, [], together, postgres)
  assert.ok(back.conditions.some(({ says }) => says === 'no two rows of project may have the same slug'))
})

for (const store of await testStores()) {
  describe(`tenants on tables that are there: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(async () => {
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await applyMigrations(c, [first])
      await c.script(rows)
    })
    afterAll(() => driver?.close())

    test('uniques and references are held within a tenant, and an undo holds them over all again', async () => {
      await applyMigrations(c, [first, second])
      assert.deepEqual((await migrationStatus(c, [first, second])).drift, [])
      await c.script(twin('a', two))
      await assert.rejects(c.script(twin('a', one)), failing('unique'))
      await assert.rejects(c.script(ofOther), failing('foreign'))
      const move = `update project set organization_id = ${one} where id = ${uuid(12)}`
      await assert.rejects(c.script(move), failing('foreign'))
      await c.script(`delete from task where id = ${uuid(21)}`)
      const [left] = await c.query({
        sql: `select parent_id::text, organization_id::text from task where id = ${uuid(23)}`,
        params: [],
        shape: ['parent', 'organization'],
      })
      assert.deepEqual(left, [null, one.slice(1, -1)])

      await c.script(`delete from project where slug = 'a' and organization_id = ${two}`)
      await undoMigration(c, [first, second])
      const status = await migrationStatus(c, [first, second])
      assert.deepEqual([status.drift, status.pending], [[], [second.id]])
      await assert.rejects(c.script(twin('a', two)), failing('unique'))
      await c.script(ofOther)
    })

    test('a row that names another tenant’s row stops it, and nothing is lost when it goes on', async () => {
      await c.script(ofOther)
      await assert.rejects(applyMigrations(c, [first, second]), (error) => isProblem(error))
      await c.script(`delete from task where id = ${uuid(24)}`)
      await applyMigrations(c, [first, second])
      assert.deepEqual((await migrationStatus(c, [first, second])).drift, [])
      const counted = await c.query({ sql: 'select count(*) from task', params: [], shape: ['n'] })
      assert.deepEqual(counted, [['3']])
    })

    test('taken away again, the index that references stood on goes with the migration after', async () => {
      const third = next('20260103000000-shared', second, together)
      const fourth = next('20260104000000-later', third, together)
      await applyMigrations(c, [first, second, third])
      assert.deepEqual((await migrationStatus(c, [first, second, third])).drift, [])
      await c.script(ofOther)
      await assert.rejects(c.script(twin('a', two)), failing('unique'))
      await applyMigrations(c, [first, second, third, fourth])
      assert.deepEqual((await migrationStatus(c, [first, second, third, fourth])).drift, [])
      const left = await c.query({
        sql: `select count(*) from pg_indexes where indexname like '%organization_id_id_key'`,
        params: [],
        shape: ['n'],
      })
      assert.deepEqual(left, [['0']])
    })

    test('rows that are made up for a rehearsal are all of one tenant, and may refer to each other', async () => {
      await c.script('drop schema public cascade; create schema public; drop schema bede cascade')
      await ensureSchema(c, apart, { dialect: postgres, mode: 'development' })
      const made = await c.session?.((session) => generateRows(session, apart, 50))
      assert.deepEqual(made?.map(({ table, rows }) => [table, rows]).sort(), [
        ['organization', 50],
        ['project', 50],
        ['task', 50],
        ['user', 50],
      ])
    })

    test('while one develops, the tables follow in either direction', async () => {
      await c.script('drop schema public cascade; create schema public; drop schema bede cascade')
      const ensure = (manifest: Manifest) => ensureSchema(c, manifest, { dialect: postgres, mode: 'development' })
      await ensure(together)
      await c.script(rows)
      assert.equal((await ensure(apart)).outcome, 'changed')
      await assert.rejects(c.script(ofOther), failing('foreign'))
      assert.equal((await ensure(together)).outcome, 'changed')
      await c.script(ofOther)
      await assert.rejects(ensure(apart), (error) => isProblem(error) && error.code === 'store-schema')
    })
  })
}
