import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { planFolder } from '../../src/cli/migrate/write.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import { readMigrations } from '../../src/sql/migration/folder.ts'
import { unacceptedLosses } from '../../src/sql/migration/losses.ts'
import { planMigration } from '../../src/sql/migration/plan.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { openStore } from '../../src/store/open.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { call, field } from '../fixtures/small.ts'
import { table, tablesOnly, text } from '../fixtures/tables.ts'
import { applySteps } from '../sql/migration/apply.ts'
import { emptied } from '../sql/migration/catalog.ts'
import { testStores } from '../support/stores.ts'

const rows = 1000
const withText = (...names: string[]): Manifest =>
  tablesOnly({ article: table('article', Object.fromEntries(names.map((name) => [name, text()]))) })
const plan = (dir: string, manifest: Manifest, url?: string) =>
  planFolder({ dir, manifest, name: undefined, rows, url, folder: dir })

async function inFolder(f: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'bede-plan-'))
  try {
    await f(join(dir, 'migrations'))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const refused = (code: string, said: RegExp) => (error: unknown) =>
  error instanceof Problem &&
  error.code === code &&
  error.details.some(({ place, message }) => said.test(`${place} ${message}`))

test('a dropped field is a loss that only its line in up.sql accepts, and it goes with the migration after', () =>
  inFolder(async (dir) => {
    await plan(dir, withText('title', 'summary'))
    assert.equal(await plan(dir, withText('title', 'summary')), undefined, 'nothing to do')
    await assert.rejects(plan(dir, withText('title')), refused('unaccepted-loss', /article\.summary/))
    const [, second = ''] = readdirSync(dir)
    const up = join(dir, second, 'up.sql')
    const written = readFileSync(up, 'utf8')
    assert.match(readFileSync(join(dir, second, 'plan.md'), 'utf8'), /-- accept loss: article\.summary/)
    const now = () => unacceptedLosses(readMigrations(dir)[1] ?? assert.fail())
    assert.deepEqual(now(), ['article.summary'])
    for (const line of [
      '-- accept loss: article',
      '-- accept loss: article.title',
      '-- accept all',
      '-- force: true',
    ]) {
      writeFileSync(up, `${written}\n${line}\n`)
      assert.deepEqual(now(), ['article.summary'], line)
      await assert.rejects(plan(dir, withText('title')), refused('unaccepted-loss', /article\.summary/))
    }
    assert.equal(readdirSync(dir).length, 2, 'nothing is planned on top of a loss nobody accepted')

    writeFileSync(up, `${written}\n-- accept loss: article.summary\n`)
    assert.deepEqual(now(), [])
    const contraction = await plan(dir, withText('title'))
    const third = readMigrations(dir)[2] ?? assert.fail()
    assert.equal(contraction?.migration, third.id)
    assert.match(third.up, /drop column if exists "summary"/)
    assert.deepEqual(unacceptedLosses(third), [], 'the file before announced it, and a person accepted it there')
    writeFileSync(up, written)
    assert.deepEqual(unacceptedLosses(readMigrations(dir)[2] ?? assert.fail()), ['article.summary'])
  }))

test('a new required field without a default is refused, and nothing is written', () =>
  inFolder(async (dir) => {
    await plan(dir, withText('title'))
    await assert.rejects(plan(dir, withText('title', 'more')), refused('impossible-migration', /article\.more/))
    assert.equal(readdirSync(dir).length, 1)
  }))

for (const store of await testStores()) {
  const before = tablesOnly({
    post: table(
      'post',
      { title: text(), price: { type: { kind: 'integer' } }, kind: text({ unique: true }) },
      {
        indexes: [{ name: 'post_kind_key', fields: ['kind'], unique: true }],
      },
    ),
  })
  const after = tablesOnly({
    article: table(
      'article',
      {
        heading: text({ was: 'title' }),
        cost: { type: { kind: 'decimal', precision: 14, scale: 2 }, was: 'price' },
        kind: text({ unique: true }),
        initial: text({ backfill: call('lower', field('heading')) }),
      },
      { was: 'post', indexes: [{ name: 'article_kind_key', fields: ['kind'], unique: true }] },
    ),
  })

  test(`both versions write, each in its own words, until the contraction: ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const driver = openStore(store.url)
    try {
      const connection = await driver.open()
      await emptied(connection)
      await connection.script(createStatements(before, postgres).join(';\n'))
      const query = (sql: string) => connection.query({ sql, params: [], shape: [] })
      const id = (n: number) => `'00000000-0000-0000-0000-00000000000${n}'`
      await query(`insert into post (id, title, price, kind) values (${id(0)}, 'Old', 1, 'a')`)
      const first = planMigration(before, [], after, postgres)
      const number = (steps: typeof first.steps) => steps.map((step, i) => ({ ...step, n: i + 1 }))
      await applySteps(connection, number(first.steps))

      const view = (await query('select title, price from post order by id')).map((row) => row.join())
      assert.deepEqual(view, ['Old,1'])
      const made = await query(
        `insert into post (id, title, price, kind) values (${id(1)}, 'Before', 2, 'b') returning title`,
      )
      assert.deepEqual(made, [['Before']])
      await query(
        `insert into post (id, title, price, kind) values (${id(2)}, 'X', 9, 'b') on conflict (kind) do update set title = 'Upserted'`,
      )
      await query(`insert into article (id, heading, cost, kind, initial) values (${id(3)}, 'After', '7.25', 'c', 'i')`)
      await query(`update article set heading = 'New words' where id = ${id(0)}`)
      await connection.transaction(async (transaction) => {
        const locked = await transaction.query({
          sql: `select title from post where id = ${id(0)} for update`,
          params: [],
          shape: [],
        })
        assert.deepEqual(locked, [['New words']])
        await transaction.query({ sql: `update post set price = 5 where id = ${id(0)}`, params: [], shape: [] })
      })
      await query(`update article set kind = 'd' where id = ${id(3)}`)
      assert.deepEqual(
        (await query('select heading, cost, title, price, initial from article order by id')).map((row) => row.join()),
        ['New words,5.00,New words,5,old', 'Upserted,2.00,Upserted,2,before', 'After,7.25,After,7,i'],
      )

      const second = planMigration(after, first.later, after, postgres)
      await applySteps(connection, number(second.steps))
      assert.deepEqual(
        (await query('select heading, cost from article order by id')).map((row) => row.join()),
        ['New words,5.00', 'Upserted,2.00', 'After,7.25'],
      )
      await assert.rejects(query('select from post'))
      await assert.rejects(query('select title from article'))
    } finally {
      await driver.close()
    }
  })

  if (store.name === 'PostgreSQL') {
    test('a database that is named is counted, and not changed', { skip: store.skip }, () =>
      inFolder(async (dir) => {
        const driver = openStore(store.url)
        try {
          const connection = await driver.open()
          await emptied(connection)
          const one = withText('title', 'summary')
          await connection.script(createStatements(one, postgres).join(';\n'))
          await connection.script(
            `insert into article (id, title, summary) select gen_random_uuid(), 'x', 'y' from generate_series(1, 3)`,
          )
          await plan(dir, one)
          await assert.rejects(plan(dir, withText('title'), store.url), refused('unaccepted-loss', /Counted: 3/))
          const count = await connection.query({ sql: 'select count(summary) from article', params: [], shape: [] })
          assert.deepEqual(count, [['3']])
        } finally {
          await driver.close()
        }
      }),
    )
  }
}
