import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { platformModels } from '../../src/manifest/platform/platform.ts'
import type { FieldDefinition, ModelDefinition } from '../../src/model/definition.ts'
import { constraintTarget } from '../../src/sql/names.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Row } from '../../src/sql/statement.ts'
import { type Connection, type Driver, StoreError } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { ensureSchema, type SchemaOutcome } from '../../src/store/schema.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { call, field, literal, small } from '../fixtures/small.ts'
import { everything, refTo, table, tablesOnly, text } from '../fixtures/tables.ts'
import { testStores } from '../support/stores.ts'

type Fields = Readonly<Record<string, Omit<FieldDefinition, 'column'>>>

const article = (fields: Fields, more: Partial<ModelDefinition> = {}): Manifest =>
  tablesOnly({ article: table('article', fields, more), ...platformModels() })

/** Everything the catalog says about the tables, so that nothing can change unseen. */
const catalog = `
  select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, pg_get_expr(d.adbin, d.adrelid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where n.nspname in ('public', 'bede') and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
  union all select k.connamespace::regnamespace::text, k.conrelid::regclass::text, k.conname, pg_get_constraintdef(k.oid), '', ''
    from pg_constraint k where k.connamespace::regnamespace::text in ('public', 'bede') and k.contype <> 'n'
  union all select schemaname, tablename, indexname, indexdef, '', '' from pg_indexes where schemaname in ('public', 'bede')
  order by 1, 2, 3, 4`

for (const store of await testStores()) {
  describe(`the shape of a database: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection

    before(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(() => c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade'))
    after(() => driver?.close())

    const run = (sql: string): Promise<readonly Row[]> => c.query({ sql, params: [], shape: [] })
    const ensure = (manifest: Manifest, mode: 'development' | 'production' = 'development'): Promise<SchemaOutcome> =>
      ensureSchema(c, manifest, { dialect: postgres, mode })
    /** Changes a database made for `from` into one for `to`; it must then be as if it had been made for `to`. */
    async function becomes(from: Manifest, to: Manifest, rows: string): Promise<readonly string[]> {
      await ensure(from)
      await c.script(rows)
      const { changes } = await ensure(to)
      const changed = await run(catalog)
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await ensure(to)
      const byName = (all: readonly Row[]) => [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      assert.deepEqual(byName(changed), byName(await run(catalog)))
      return changes
    }
    async function refuses(
      manifest: Manifest,
      places: readonly string[],
      mode: 'development' | 'production' = 'development',
    ) {
      const earlier = [await run(catalog), await run('select hash from bede.manifest')]
      await assert.rejects(ensure(manifest, mode), (error) => {
        assert.ok(error instanceof Problem, String(error))
        assert.equal(error.code, 'store-schema')
        assert.deepEqual(
          error.details.map(({ place }) => place),
          places,
        )
        assert.ok(error.hint)
        return true
      })
      assert.deepEqual(
        [await run(catalog), await run('select hash from bede.manifest')],
        earlier,
        'nothing has changed',
      )
    }

    test('an empty database gets everything; then nothing is to do, and that takes one statement', async () => {
      for (const manifest of [small, everything]) {
        await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
        assert.equal((await ensure(manifest, 'production')).outcome, 'created')
        let statements = 0
        const counting: Connection = {
          query: (statement) => {
            statements++
            return c.query(statement)
          },
          transaction: () => assert.fail('no transaction is needed'),
          script: () => assert.fail('no script is needed'),
        }
        const again = await ensureSchema(counting, JSON.parse(JSON.stringify(manifest)), {
          dialect: postgres,
          mode: 'production',
        })
        assert.deepEqual(again, { outcome: 'unchanged', changes: [] })
        assert.equal(statements, 1)
      }
    })

    test('many that start at once: one creates, and all find it done', async () => {
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => ensure(small)))
      assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['created', ...Array(5).fill('unchanged')])
    })

    test('tables of the same name that Bede has not made are refused and not touched', async () => {
      await c.script(
        "create table article (mine text); insert into article values ('precious'); create view tag as select 1 as one; create table other (n int4)",
      )
      const earlier = await run(catalog)
      await assert.rejects(ensure(small), (error) => {
        assert.ok(error instanceof Problem)
        assert.deepEqual(
          [error.code, error.details.map(({ place }) => place)],
          ['store-schema', ['public.article', 'public.tag']],
        )
        return true
      })
      assert.deepEqual(await run(catalog), earlier)
      assert.deepEqual(await run('select mine from article'), [['precious']])
    })

    test('tables of other names are left alone', async () => {
      await c.script('create table other (n int4)')
      assert.equal((await ensure(small)).outcome, 'created')
      assert.deepEqual(await run('select * from other'), [])
    })

    test('additions are made at once, and rows keep their values', async () => {
      const before = article({ title: text() })
      const later = article(
        {
          title: text({ optional: true }),
          note: text({ optional: true }),
          status: {
            type: { kind: 'choice', choices: ['draft', 'published'] },
            default: { kind: 'value', value: 'draft' },
          },
          createdAt: { type: { kind: 'timestamp' }, default: { kind: 'now' } },
          parentId: refTo('article', { optional: true, onDelete: 'cascade' }),
        },
        {
          indexes: [
            { name: 'article_title_key', fields: ['title'], unique: true },
            { name: 'article_parent_id_idx', fields: ['parentId'] },
          ],
          checks: [
            { name: 'titled', expr: call('gt', call('length', field('title')), literal(0, { kind: 'integer' })) },
          ],
        },
      )
      const changes = await becomes(before, later, "insert into article values (gen_random_uuid(), 'kept')")
      assert.equal(changes.length, 8)
      await ensure(before).catch(() => {})
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await ensure(before)
      await c.script("insert into article values (gen_random_uuid(), 'kept')")
      await ensure(later)
      assert.deepEqual(await run('select title, status, parent_id from article'), [['kept', 'draft', null]])
    })

    test('production says what is different, and gives no advice about rows that nobody has looked at', async () => {
      await ensure(article({ title: text(), pages: { type: { kind: 'integer' } }, old: text() }))
      const later = article(
        { title: text({ unique: true }), subtitle: text({ optional: true }), pages: text() },
        { indexes: [{ name: 'article_title_key', fields: ['title'], unique: true }] },
      )
      const said = await ensure(later, 'production').then(
        () => assert.fail('it was accepted'),
        (error: Problem) => error,
      )
      assert.match(said.hint ?? '', /bede start. changes nothing.*bede migrate plan.*migrate-in-production\.md/)
      assert.deepEqual(said.details.map(({ message, hint }) => (hint ? [message, hint] : [message])).sort(), [
        [
          'article.old is in the database and no longer declared.',
          "If it has a new name, write `was: 'old'` on the new field.",
        ],
        ['article.pages is of another type: integer in the database, text declared.'],
        ['article.subtitle is not in the database yet.'],
        ['article: the unique index over title is not in the database yet.'],
      ])
    })

    test('in development it says how to drop on purpose, and what a choice may be now', async () => {
      const choice = (...choices: string[]) => ({ type: { kind: 'choice' as const, choices } })
      await ensure(article({ language: choice('en', 'fr'), old: text({ optional: true }) }))
      await assert.rejects(ensure(article({ language: choice('en', 'fr') })), (error: Problem) => {
        assert.match(error.hint ?? '', /drop it on purpose: .*delete the data folder .*bede migrate plan/)
        return true
      })
      const { changes } = await ensure(article({ language: choice('en', 'it', 'de'), old: text({ optional: true }) }))
      assert.deepEqual(changes, ["article.language may also be 'it' or 'de' now, and may no longer be 'fr'."])
    })

    test('a unique whose condition changed is made anew, where the rows fit', async () => {
      const only = (name: string) => ({
        indexes: [
          { name: 'article_title_key', fields: ['title'], unique: true as const, where: call('isNull', field(name)) },
        ],
      })
      const fields = { title: text(), gone: text({ optional: true }), kept: text({ optional: true }) }
      const [before, later] = [article(fields, only('gone')), article(fields, only('kept'))]
      const rows = "insert into article values (gen_random_uuid(), 'a', 'x', null), (gen_random_uuid(), 'a', null, 'y')"
      assert.equal((await becomes(before, later, rows)).length, 2)
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await ensure(before)
      await c.script(`${rows}, (gen_random_uuid(), 'b', 'x', null), (gen_random_uuid(), 'b', null, null)`)
      const shape = await run("select indexdef from pg_indexes where indexname = 'article_title_key'")
      await assert.rejects(ensure(later), (error: unknown) => {
        assert.ok(error instanceof Problem)
        assert.match(error.details[0]?.hint ?? '', /Some rows have the same values/)
        return true
      })
      assert.deepEqual(await run("select indexdef from pg_indexes where indexname = 'article_title_key'"), shape)
    })

    test('new tables that refer to each other and to old ones', async () => {
      const before = tablesOnly({ article: table('article', {}) })
      const later = tablesOnly({
        ...before.models,
        a: table('a', { bId: refTo('b'), articleId: refTo('article') }),
        b: table('b', { aId: refTo('a', { optional: true }) }),
        ...platformModels(),
      })
      await becomes(before, later, '')
    })

    test('what is renamed keeps its rows, and its constraints lead back to the new names', async () => {
      const choice = { type: { kind: 'choice' as const, choices: ['x', 'y'] } }
      const rule = (name: string) => ({ checks: [{ name: 'rule', expr: call('isNotNull', field(name)) }] })
      const before = tablesOnly({
        writer: table('writer', { name: text() }),
        post: table(
          'post',
          { title: text(), kind: choice, writerId: refTo('writer') },
          {
            indexes: [{ name: 'post_title_key', fields: ['title'], unique: true }],
            ...rule('title'),
          },
        ),
      })
      const later = tablesOnly({
        author: table('author', { name: text() }, { was: 'writer' }),
        article: table(
          'article',
          {
            heading: text({ was: 'title' }),
            sort: { ...choice, was: 'kind' },
            authorId: refTo('author', { was: 'writerId' }),
          },
          {
            was: 'post',
            indexes: [{ name: 'article_heading_key', fields: ['heading'], unique: true }],
            ...rule('heading'),
          },
        ),
      })
      const rows = `insert into writer values ('00000000-0000-7000-8000-000000000001', 'ann');
        insert into post values (gen_random_uuid(), 'kept', 'x', '00000000-0000-7000-8000-000000000001')`
      await becomes(before, later, rows)
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await ensure(before)
      await c.script(rows)
      await ensure(later)
      assert.deepEqual(await run('select heading, sort from article'), [['kept', 'x']])
      await assert.rejects(
        run("insert into article select gen_random_uuid(), 'kept', 'x', author_id from article"),
        (error) => {
          assert.ok(error instanceof StoreError)
          assert.deepEqual(constraintTarget(later, error.constraint ?? '', error.table)?.fields, ['heading'])
          return true
        },
      )
      assert.equal((await ensure(later)).outcome, 'unchanged')
    })

    test('what would lose data is refused, all of it at once', async () => {
      const before = tablesOnly({
        article: table('article', { title: text(), body: text(), views: { type: { kind: 'integer' } } }),
        tag: table('tag', {}),
      })
      await ensure(before)
      await c.script("insert into article values (gen_random_uuid(), 'kept', 'kept', 1)")
      const later = tablesOnly({
        article: table('article', { title: text(), views: text(), note: text({ optional: true }) }),
      })
      await refuses(later, ['article.views', 'article.body', 'tag'])
      assert.deepEqual(await run('select title, body, views from article'), [['kept', 'kept', '1']])
    })

    test('what does not fit the rows there are is refused, all of it at once; on rows that fit it is made', async () => {
      const choice = (...choices: string[]) => ({ type: { kind: 'choice' as const, choices } })
      const before = article({ title: text({ optional: true }), kind: choice('a', 'b'), name: text() })
      const later = article(
        { title: text(), kind: choice('a'), name: text(), must: text() },
        {
          indexes: [{ name: 'article_name_key', fields: ['name'], unique: true }],
          checks: [{ name: 'short', expr: call('lt', call('length', field('name')), literal(5, { kind: 'integer' })) }],
        },
      )
      await ensure(before)
      await c.script(
        "insert into article values (gen_random_uuid(), null, 'b', 'too long'), (gen_random_uuid(), null, 'b', 'too long')",
      )
      await refuses(later, ['article.must', 'article.title', 'article.kind', 'article', 'article'])
      await c.script('delete from article')
      assert.equal((await ensure(later)).changes.length, 5)
    })

    test('in production any difference is refused', async () => {
      await ensure(article({ title: text() }))
      await refuses(article({ title: text(), note: text({ optional: true }) }), ['article.note'], 'production')
      assert.equal(
        (await ensure(article({ title: text({ max: 3 }) }), 'production')).outcome,
        'unchanged',
        'a limit is the application’s',
      )
    })

    test('a default written in a declaration is a value, whatever it looks like (class 69)', async () => {
      const hostile = ["'); drop table article; --", '$1', '\\', '{"$raw":"now()"}', 'current_user']
      const fields = Object.fromEntries(
        hostile.map((value, n) => [`f${n}`, text({ default: { kind: 'value', value } })]),
      )
      await ensure(article({}))
      await ensure(article(fields))
      await run('insert into article (id) values (gen_random_uuid())')
      assert.deepEqual(await run('select f0, f1, f2, f3, f4 from article'), [hostile])
    })

    test('names are names, whatever they look like (class 67)', async () => {
      const name = 'a"; drop table bede.manifest; --'
      await ensure(
        tablesOnly({
          [name]: table(name, { 'x" int4, "y': text() }, { indexes: [{ name: `${name}_i`, fields: ['x" int4, "y'] }] }),
        }),
      )
      assert.deepEqual(
        await run(
          `select attname from pg_attribute join pg_class c on c.oid = attrelid where c.relname = '${name}' and attnum > 1`,
        ),
        [['x" int4, "y']],
      )
    })

    test('a record of another form is refused', async () => {
      await ensure(article({}))
      await c.script('update bede.manifest set form = 99')
      await assert.rejects(ensure(article({})), (error) => error instanceof Problem && error.code === 'store-schema')
    })
  })
}
