import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { rehearse } from '../../src/practice/rehearse/rehearse.ts'
import { makeScratch } from '../../src/practice/rehearse/scratch.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import type { Migration } from '../../src/sql/migration/folder.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { applyMigrations } from '../../src/store/migrate/apply.ts'
import { openStore } from '../../src/store/open.ts'
import { manifest as blog } from '../fixtures/blog/linked.ts'
import { migrationOf, steps } from '../store/migrate/making.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { testStores } from '../support/stores.ts'

const init = (manifest: Manifest): Migration =>
  migrationOf(
    '20260101000000-init',
    manifest,
    steps({ title: 'everything', run: 'together', sql: `${createStatements(manifest, postgres).join(';\n')};` }),
  )
/** The same declaration: what matters is what is done to the tables. */
const next = (manifest: Manifest, sql: string): Migration =>
  migrationOf(
    '20260102000000-next',
    manifest,
    steps(
      { title: 'a change', run: 'together', sql },
      { title: 'an index', run: 'alone', sql: 'create index concurrently rehearsed on article (id)' },
    ),
  )

for (const store of await testStores()) {
  describe(`a rehearsal: ${store.name}`, { skip: store.skip }, () => {
    const held = async (sql: string, rows = 200) => {
      const scratch = await makeScratch(store.url)
      try {
        return await rehearse({
          migrations: [init(blog), next(blog, sql)],
          scratch,
          from: { rows },
          tell: () => {},
        })
      } finally {
        await scratch.drop()
      }
    }

    test('makes rows up that keep every constraint, times each step and names its locks', async () => {
      const found = await held('alter table article add column extra int4')
      assert.ok(found.rows.length > 3)
      for (const { table, rows } of found.rows) assert.ok(rows > 0, table)
      assert.deepEqual(
        found.steps.map(({ step, title }) => [step, title]),
        [
          [1, 'a change'],
          [2, 'an index'],
        ],
      )
      assert.ok(found.steps[0]?.locks.some(({ table, mode }) => table === 'article' && mode === 'ACCESS EXCLUSIVE'))
      assert.ok(found.contract.length > 10, JSON.stringify(found.contract))
      assert.deepEqual(
        found.contract.filter(({ same }) => !same),
        [],
      )
    })

    test('finds what the version before would miss', async () => {
      const found = await held('alter table article rename column title to headline')
      const broken = found.contract.filter(({ same }) => !same)
      assert.ok(broken.length > 0)
      assert.ok(
        broken.every(({ after }) => after === 'internal'),
        JSON.stringify(broken),
      )
    })
  })
}

const url = await postgresUrl()
test('a copy of a live database: the original is only read', { skip: url ? false : NO_POSTGRES }, async () => {
  assert.ok(url)
  const driver = openStore(url)
  const scratch = await makeScratch(url)
  try {
    const original = await driver.open()
    await applyMigrations(original, [init(blog)])
    const digest = async () =>
      original.query({
        sql: "select relname::text, pg_stat_get_tuples_inserted(oid)::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
        params: [],
        shape: [],
      })
    const earlier = await digest()
    const found = await rehearse({
      migrations: [init(blog), next(blog, 'alter table article add column extra int4')],
      scratch,
      from: { original },
      tell: () => {},
    })
    assert.deepEqual(found.migrations, ['20260102000000-next'])
    assert.deepEqual(
      found.contract.filter(({ same }) => !same),
      [],
    )
    assert.deepEqual(await digest(), earlier)
  } finally {
    await scratch.drop()
    await driver.close()
  }
})
