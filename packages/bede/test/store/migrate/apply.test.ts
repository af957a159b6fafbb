import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Row } from '../../../src/sql/statement.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import type { Progress } from '../../../src/store/migrate/progress.ts'
import { openStore } from '../../../src/store/open.ts'
import { ensureSchema } from '../../../src/store/schema.ts'
import { isProblem, type Problem } from '../../../src/telemetry/problem.ts'
import { text } from '../../fixtures/tables.ts'
import { testStores } from '../../support/stores.ts'
import { after, before, first, migrationOf, notes, notesSql, second, steps } from './making.ts'

const catalog = `
  select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname in ('public', 'bede') and a.attnum > 0 and not a.attisdropped order by 1, 2`

for (const store of await testStores()) {
  describe(`applying migrations: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(() => c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade'))
    afterAll(() => driver?.close())

    const run = (sql: string): Promise<readonly Row[]> => c.query({ sql, params: [], shape: [] })
    const shape = async () => [
      await run(catalog),
      await run('select id, checksum, step from bede.migration').catch(() => []),
    ]
    async function refusal(work: Promise<unknown>): Promise<Problem> {
      const error = await work.then(
        () => assert.fail('it was not refused'),
        (thrown: unknown) => thrown,
      )
      assert.ok(isProblem(error), String(error))
      return error
    }
    async function refused(code: string, work: () => Promise<unknown>): Promise<Problem> {
      const earlier = await shape()
      const problem = await refusal(work())
      assert.equal(problem.code, code, problem.message)
      assert.ok(problem.hint ?? problem.details[0]?.hint)
      assert.deepEqual(await shape(), earlier, 'nothing has changed')
      return problem
    }
    const production = (manifest: typeof before) => ensureSchema(c, manifest, { dialect: postgres, mode: 'production' })

    test('an empty database gets them all, in order, and a second time there is nothing to do', async () => {
      assert.deepEqual(await applyMigrations(c, [first]), { applied: [first.id], adopted: [] })
      await c.script(notesSql(1050))
      const told: Progress[] = []
      const outcome = await applyMigrations(c, [first, second], { tell: (progress) => told.push(progress) })
      assert.deepEqual(outcome, { applied: [second.id], adopted: [] })
      assert.deepEqual(await run('select count(*) from note where headline = title'), [['1050']])
      assert.deepEqual(
        await run("select indisvalid::text from pg_index where indexrelid = 'note_headline_idx'::regclass"),
        [['true']],
      )
      const batches = told.flatMap((progress) => (progress.event === 'batch' ? [progress.total] : []))
      assert.ok(batches.length > 1, 'it took more than one')
      assert.equal(batches.at(-1), 1050)
      assert.deepEqual(
        await run('select step::text, steps::text, (applied_at is not null)::text from bede.migration order by id'),
        [
          ['1', '1', 'true'],
          ['5', '5', 'true'],
        ],
      )
      assert.deepEqual(await applyMigrations(c, [first, second]), { applied: [], adopted: [] })
    })

    test('the version before and the new one both start after it; one that is not there yet does not', async () => {
      await applyMigrations(c, [first])
      await refused('store-schema', () => production(after))
      await applyMigrations(c, [first, second])
      assert.equal((await production(after)).outcome, 'unchanged')
      assert.equal((await production(before)).outcome, 'unchanged')
      await refused('store-schema', () => production(notes({ other: text({ optional: true }) })))
    })

    test('what is taken away ends the versions that used it', async () => {
      const later = notes({ headline: text({ optional: true }), more: text({ optional: true }) })
      const third = migrationOf(
        '20260103000000-more',
        later,
        steps(
          { title: 'less', run: 'together', phase: 'contract', sql: 'drop index note_headline_idx;' },
          { title: 'more', run: 'together', sql: 'alter table note add column more text;' },
        ),
      )
      await applyMigrations(c, [first, second, third])
      assert.equal((await production(later)).outcome, 'unchanged')
      assert.equal((await production(after)).outcome, 'unchanged')
      await refused('store-schema', () => production(before))
    })

    test('a file that was changed after it was applied is refused by its name', async () => {
      await applyMigrations(c, [first])
      const changed = migrationOf(first.id, before, `${first.up}\n-- a word\n`)
      const problem = await refused('changed-migration', () => applyMigrations(c, [changed, second]))
      assert.deepEqual(
        problem.details.map(({ place }) => place),
        [first.id],
      )
    })

    test('a migration that is missing here, and one that comes too late, are refused', async () => {
      await applyMigrations(c, [first, second])
      await refused('migration-order', () => applyMigrations(c, [first]))
      const between = migrationOf(
        '20260101500000-between',
        after,
        steps({ title: 'x', run: 'together', sql: 'create table x ()' }),
      )
      await refused('migration-order', () => applyMigrations(c, [first, between, second]))
    })

    test('a loss that nobody has accepted is refused, and only a line in the file accepts it', async () => {
      await applyMigrations(c, [first])
      await c.script(notesSql(3))
      const up = steps({
        title: 'the end of titles',
        run: 'together',
        phase: 'contract',
        sql: 'alter table note drop column title;',
      })
      const lossy = (text: string) => migrationOf('20260104000000-drop', before, text)
      const problem = await refused('unaccepted-loss', () => applyMigrations(c, [first, lossy(up)]))
      assert.deepEqual(
        problem.details.map(({ place }) => place),
        ['note.title'],
      )
      assert.deepEqual(await run('select count(title) from note'), [['3']])
      await applyMigrations(c, [first, lossy(`${up}\n-- accept loss: note.title\n`)])
      await assert.rejects(run('select title from note'))
    })

    test('a transaction that fails leaves the database as it was, and the next attempt goes on', async () => {
      await applyMigrations(c, [first])
      await c.script(`${notesSql(2)}; update note set title = 'same'`)
      const unique = migrationOf(
        '20260105000000-unique',
        before,
        steps(
          { title: 'a column', run: 'together', sql: 'alter table note add column x int4;' },
          { title: 'one of each', run: 'together', sql: 'create unique index note_title_key on note (title);' },
        ),
      )
      const earlier = await run(catalog)
      const problem = await refusal(applyMigrations(c, [first, unique]))
      assert.equal(problem.code, 'migration-failed')
      assert.match(problem.message, /stopped in step 2 of 2 \(one of each\).*The database is as it was\./)
      assert.deepEqual(
        problem.details.map(({ message }) => message),
        ['not done: a column', 'failed: one of each'],
      )
      assert.deepEqual(await run(catalog), earlier)
      assert.deepEqual(await applyMigrations(c, [first]), { applied: [], adopted: [] }, 'its folder may go')
      await c.script('update note set title = id::text')
      assert.deepEqual((await applyMigrations(c, [first, unique])).applied, [unique.id])
    })

    test('one that stops halfway says how far it got, and its open steps may be mended', async () => {
      await applyMigrations(c, [first])
      await c.script(`${notesSql(2)}; update note set title = 'same'`)
      const column = { title: 'a column', run: 'together' as const, sql: 'alter table note add column x int4;' }
      const half = (sql: string, start = column) =>
        migrationOf('20260105000000-half', before, steps(start, { title: 'an index', run: 'alone', sql }))
      const broken = half('create unique index concurrently note_title_key on note (title);')
      const problem = await refusal(applyMigrations(c, [first, broken]))
      assert.match(problem.message, /stopped in step 2 of 2 \(an index\).*Step 1 of 2 is done/)
      assert.match(problem.hint ?? '', /bede migrate apply/)
      assert.deepEqual(
        await run('select step::text, (applied_at is null)::text from bede.migration order by id desc limit 1'),
        [['1', 'true']],
      )
      assert.equal((await production(before)).outcome, 'unchanged', 'the version before still starts')
      await refused('changed-migration', () =>
        applyMigrations(c, [first, half('select 1;', { ...column, sql: 'select 2;' })]),
      )
      const mended = half('create index concurrently note_title_key on note (title);')
      assert.deepEqual((await applyMigrations(c, [first, mended])).applied, [broken.id])
      assert.deepEqual(
        await run("select indisvalid::text from pg_index where indexrelid = 'note_title_key'::regclass"),
        [['true']],
      )
    })

    test('a database made without migrations is recognized by its shape, or refused', async () => {
      await ensureSchema(c, after, { dialect: postgres, mode: 'development' })
      await c.script(notesSql(2))
      assert.deepEqual(await applyMigrations(c, [first, second]), { applied: [], adopted: [first.id, second.id] })
      assert.deepEqual(await run('select count(*) from note'), [['2']])
      await c.script('drop table bede.migration')
      const other = migrationOf(first.id, notes({ other: text() }), first.up)
      const problem = await refusal(applyMigrations(c, [other]))
      assert.equal(problem.code, 'store-schema')
      assert.ok(problem.details.some(({ place }) => place === 'note.headline'))
      assert.deepEqual(await run('select count(*) from note'), [['2']])
    })

    if (store.name === 'PostgreSQL') {
      test('of several migrators one works, and the others wait and find nothing to do', async () => {
        const drivers = Array.from({ length: 3 }, () => openStore(store.url))
        try {
          const outcomes = await Promise.all(
            drivers.map(async (each) => applyMigrations(await each.open(), [first, second])),
          )
          assert.deepEqual(outcomes.map(({ applied }) => applied.length).sort(), [0, 0, 2])
        } finally {
          await Promise.all(drivers.map((each) => each.close()))
        }
      })

      test('a long transaction on the table holds the migration up and nobody else', async () => {
        await applyMigrations(c, [first])
        const { promise: blocked, resolve } = Promise.withResolvers<void>()
        const migrator = openStore(store.url)
        const connection = await migrator.open()
        let applying: Promise<unknown> = Promise.resolve()
        await c.transaction(async (transaction) => {
          await transaction.query({ sql: 'select count(*) from note', params: [], shape: [] })
          applying = applyMigrations(connection, [first, second], {
            tell: ({ event }) => event === 'blocked' && resolve(),
          })
          await blocked
        })
        await applying
        await migrator.close()
        assert.equal((await production(after)).outcome, 'unchanged')
      })
    }
  })
}
