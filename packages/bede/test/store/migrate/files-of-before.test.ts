import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { app, link } from '../../../src/index.ts'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { platform } from '../../../src/manifest/platform/names.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { openStore } from '../../../src/store/open.ts'
import { ensureSchema } from '../../../src/store/schema.ts'
import { testStores } from '../../support/stores.ts'
import { planned } from './making.ts'

/** Databases of apps that kept files before their records said in which tenant. */

const { manifest: now } = link(app({ name: 'files', schema: {}, files: {}, use: {} }))

const untold = (model: string) => {
  const { fields, ...rest } = now.models[model] ?? assert.fail(model)
  const { tenant, ...others } = fields
  assert.ok(tenant)
  return { [model]: { ...rest, fields: others } }
}
const then: Manifest = {
  ...now,
  models: { ...now.models, ...untold(platform.file), ...untold(platform.upload) },
}
const id = '00000000-0000-7000-8000-000000000001'
const before = `insert into bede.file (id, owner_id, type, size, sha256, created_at) values ('${id}', 'a', 'text/plain', 1, 'x', now());
insert into bede.upload (id, model, field, row_id, owner_id, length, received, parts, created_at, expires_at) values ('${id}', 'm', 'f', '1', 'a', 9, 0, 0, now(), now())`

test('a plan adds the columns and loses nothing', () => {
  const { steps, losses, conditions } = planMigration(then, [], now, postgres)
  assert.deepEqual([losses, conditions], [[], []])
  assert.deepEqual(
    steps.map(({ phase, sql }) => [phase, sql.replaceAll(/\s+/g, ' ').trim()]),
    [
      ['expand', 'alter table "bede"."file" add column "tenant" text collate "C";'],
      ['expand', 'alter table "bede"."upload" add column "tenant" text collate "C";'],
    ],
  )
})

for (const store of await testStores()) {
  describe(`files of before: ${store.name}`, { skip: store.skip }, () => {
    test('records stay, and belong to no tenant', async () => {
      const driver = openStore(store.url)
      try {
        const c = await driver.open()
        const read = async (table: string) =>
          c.query({ sql: `select id::text, owner_id, tenant from ${table}`, params: [], shape: [] })
        const kept = async () => [await read('bede.file'), await read('bede.upload')]
        await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
        const [first, second] = [
          planned('20260101000000-start', undefined, then),
          planned('20260102000000-tenant', then, now),
        ]
        await applyMigrations(c, [first])
        await c.script(before)
        await applyMigrations(c, [first, second])
        assert.deepEqual((await migrationStatus(c, [first, second])).drift, [])
        assert.deepEqual(await kept(), [[[id, 'a', null]], [[id, 'a', null]]])
        // While developing, without migrations.
        await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
        await ensureSchema(c, then, { dialect: postgres, mode: 'development' })
        await c.script(before)
        const { outcome, changes } = await ensureSchema(c, now, { dialect: postgres, mode: 'development' })
        assert.deepEqual([outcome, changes.length], ['changed', 2])
        assert.deepEqual(await kept(), [[[id, 'a', null]], [[id, 'a', null]]])
      } finally {
        await driver.close()
      }
    })
  })
}
