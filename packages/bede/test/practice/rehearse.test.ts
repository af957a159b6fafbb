import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { rehearse } from '../../src/practice/rehearse/rehearse.ts'
import { makeScratch } from '../../src/practice/rehearse/scratch.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import type { Migration } from '../../src/sql/migration/folder.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { applyMigrations } from '../../src/store/migrate/apply.ts'
import { openStore } from '../../src/store/open.ts'
import { Problem } from '../../src/telemetry/problem.ts'
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

test(`class 114: what a role with fewer rights has left in a database does not run with those of who copies it`, {
  skip: url ? false : NO_POSTGRES,
}, async (t) => {
  assert.ok(url)
  const driver = openStore(await postgresUrl())
  const scratch = await makeScratch(url)
  const evil = `bede_t_${randomBytes(6).toString('hex')}`
  const original = await driver.open()
  const superuser = async (role: string): Promise<unknown> => {
    const [row] = await original.query({
      sql: 'select rolsuper::text from pg_roles where rolname = $1::name',
      params: [role],
      shape: ['superuser'],
    })
    return row?.[0]
  }
  const me = await original.query({ sql: 'select current_user::text', params: [], shape: ['me'] })
  if ((await superuser(String(me[0]?.[0]))) !== 'true') {
    await Promise.all([scratch.drop(), driver.close()])
    return t.skip('only a superuser has rights that are worth taking')
  }
  try {
    await applyMigrations(original, [init(blog)])
    await original.script(`create role ${evil}; grant create on schema public to ${evil}`)
    await original.script(`set role ${evil};
      create table planted (value text);
      create function planted_deeper() returns int volatile language plpgsql as $$
        begin execute 'alter role ${evil} superuser'; return 1; exception when others then return 0; end $$;
      create function planted_code(text) returns text immutable language plpgsql as $$
        begin perform public.planted_deeper(); return $1; end $$;
      insert into planted values ('a');
      create index on planted (planted_code(value));
      reset role`)
    assert.equal(await superuser(evil), 'false')
    const migrations = [init(blog), next(blog, 'alter table article add column extra int4')]
    await assert.rejects(
      rehearse({ migrations, scratch, from: { original }, tell: () => {} }),
      (error) => error instanceof Problem && error.code === 'cannot-rehearse' && error.message.includes('planted_code'),
    )
    assert.equal(await superuser(evil), 'false')
    await original.script(`drop owned by ${evil}`)
    await rehearse({ migrations, scratch, from: { original }, tell: () => {} })
  } finally {
    await scratch.drop()
    await original.script(`reset role; drop owned by ${evil}; drop role ${evil}`)
    await driver.close()
  }
})
