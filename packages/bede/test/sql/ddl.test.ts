import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { databaseName } from '../../src/manifest/database-name.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import { checkNames, constraintTarget } from '../../src/sql/names.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { type Connection, StoreError } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { call, field, literal, small } from '../fixtures/small.ts'
import { everything, refTo, table, tablesOnly, text } from '../fixtures/tables.ts'
import { type TestStore, testStores } from '../support/stores.ts'

/** Runs `f` on a store from which everything else has been removed. */
async function onEmpty(store: TestStore, f: (connection: Connection) => Promise<void>): Promise<void> {
  const driver = openStore(store.url)
  try {
    const connection = await driver.open()
    await connection.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
    await f(connection)
  } finally {
    await driver.close()
  }
}

for (const [name, manifest] of Object.entries({ small, everything })) {
  test(`the tables of ${name} are the ones in review`, () => {
    const file = new URL(`./golden-ddl/${name}.sql`, import.meta.url)
    const sql = createStatements(manifest, postgres)
      .map((statement) => `${statement};\n`)
      .join('\n')
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, sql)
    assert.equal(sql, readFileSync(file, 'utf8'), 'run the test with UPDATE_GOLDEN=1 and review the difference')
  })
}

const long = 'aVeryLongNameOfAModelThatNobodyShouldEverWriteButSomebodyWill'
/** Names at and beyond the limit, with quotes, and names that collide once they are cut. */
const awkward = tablesOnly({
  [long]: table(
    long,
    { [`${long}One`]: text(), [`${long}Two`]: text({ type: { kind: 'choice', choices: ['a'] } }) },
    {
      table: 'long_table_name_that_is_just_short_enough_to_be_a_table',
      fields: {
        id: { type: { kind: 'id', model: long }, column: 'id' },
        one: {
          type: { kind: 'choice', choices: ['a'] },
          column: 'a_long_column_name_that_is_nearly_the_same_as_the_other_one',
        },
        two: {
          type: { kind: 'choice', choices: ['b'] },
          column: 'a_long_column_name_that_is_nearly_the_same_as_the_other_two',
        },
      },
      indexes: [
        { name: `long_table_name_that_is_just_short_enough_to_be_a_table_one_key`, fields: ['one'], unique: true },
        { name: `long_table_name_that_is_just_short_enough_to_be_a_table_two_key`, fields: ['two'], unique: true },
      ],
    },
  ),
  'qu"oted': table(
    'qu"oted',
    { 'se lect': text({ unique: true }) },
    { indexes: [{ name: 'qu"oted_key', fields: ['se lect'], unique: true }] },
  ),
})

const person = tablesOnly({
  person: table(
    'person',
    {
      name: text({ unique: true }),
      age: { type: { kind: 'integer' }, optional: true },
      mood: { type: { kind: 'choice', choices: ['good', 'bad'] }, default: { kind: 'value', value: 'good' } },
      tags: {
        type: { kind: 'array', of: { kind: 'choice', choices: ['x', 'y'] } },
        default: { kind: 'value', value: [] },
      },
      friendId: refTo('person', { optional: true, onDelete: 'set-null' }),
    },
    {
      indexes: [{ name: 'person_name_key', fields: ['name'], unique: true }],
      checks: [{ name: 'grown', expr: call('gte', field('age'), literal(18, { kind: 'integer' })) }],
    },
  ),
})

const constraints = `
  select c.relname, k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype in ('p', 'f', 'c') and c.relnamespace::regnamespace::text in ('public', 'bede')
  union all
  select c.relname, i.relname from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
    where x.indisunique and c.relnamespace::regnamespace::text in ('public', 'bede')`

for (const store of await testStores()) {
  for (const [name, manifest] of Object.entries<Manifest>({ small, everything, awkward })) {
    test(`every constraint of ${name} leads back to its model and fields: ${store.name}`, { skip: store.skip }, () =>
      onEmpty(store, async (connection) => {
        await connection.script(createStatements(manifest, postgres).join(';\n'))
        const rows = await connection.query({ sql: constraints, params: [], shape: ['table', 'constraint'] })
        assert.ok(rows.length > 0)
        for (const [tableName, constraint] of rows) {
          const target = constraintTarget(manifest, constraint ?? '', tableName ?? '')
          assert.ok(target, `${constraint} leads nowhere`)
          assert.equal(manifest.models[target.model]?.table, tableName)
          for (const field of target.fields) assert.ok(manifest.models[target.model]?.fields[field])
        }
      }),
    )
  }

  test(`the tables hold what the declaration says: ${store.name}`, { skip: store.skip }, () =>
    onEmpty(store, async (connection) => {
      await connection.script(createStatements(person, postgres).join(';\n'))
      const insert = (columns: string, values: string) =>
        connection.query({
          sql: `insert into person (id, ${columns}) values (gen_random_uuid(), ${values}) returning id`,
          params: [],
          shape: ['id'],
        })
      const refused =
        (failure: string, ...fields: readonly string[]) =>
        (error: unknown) => {
          assert.ok(error instanceof StoreError)
          assert.equal(error.failure, failure)
          const target = constraintTarget(person, error.constraint ?? '', error.table)
          assert.deepEqual([target?.model, target?.fields], ['person', fields])
          return true
        }
      const [[first] = []] = await insert('name, age', "'ann', 20")
      await assert.rejects(insert('name, age', "'ann', 20"), refused('unique', 'name'))
      await assert.rejects(insert('name, age, mood', "'bob', 20, 'odd'"), refused('check', 'mood'))
      await assert.rejects(insert('name, age, tags', "'bob', 20, '{x,z}'"), refused('check', 'tags'))
      await assert.rejects(insert('name, age', "'bob', 17"), refused('check'))
      await assert.rejects(insert('name, age', "'bob', null"), refused('check'), 'unknown is not true')
      await assert.rejects(
        insert('name, age, friend_id', "'bob', 20, gen_random_uuid()"),
        refused('foreign', 'friendId'),
      )
      assert.equal((await insert('name, age, friend_id, tags', `'bob', 20, '${first}', '{y,x}'`)).length, 1)
      await connection.query({ sql: 'delete from person where id = $1::uuid', params: [first ?? ''], shape: [] })
      const rest = await connection.query({ sql: 'select name, friend_id from person', params: [], shape: [] })
      assert.deepEqual(rest, [['bob', null]])
    }),
  )
}

test('a name that is too long is cut the same way every time, and two long ones stay two', () => {
  const name = databaseName('x'.repeat(80), 'one')
  assert.equal(name, databaseName('x'.repeat(80), 'one'))
  assert.notEqual(name, databaseName('x'.repeat(80), 'two'))
  assert.ok(Buffer.byteLength(name) <= 63)
  assert.equal(databaseName('short', 'name'), 'short_name')
  const accented = databaseName('é'.repeat(40))
  assert.ok(Buffer.byteLength(accented) <= 63 && accented.isWellFormed() && !accented.includes('\ufffd'))
})

test('models whose tables or indexes would be called the same are refused by name', () => {
  const clash = tablesOnly({
    user_x: table('user_x', { y: text() }, { indexes: [{ name: 'user_x_y_key', fields: ['y'], unique: true }] }),
    user: table('user', { x_y: text() }, { indexes: [{ name: 'user_x_y_key', fields: ['x_y'], unique: true }] }),
  })
  assert.throws(
    () => checkNames(clash),
    (error) => error instanceof Problem && error.code === 'duplicate-name' && error.details.length === 1,
  )
  checkNames(small)
})
