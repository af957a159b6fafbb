import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MigrationFile, parseMigration, writeMigration } from '../../../src/sql/migration/file.ts'
import { dropsOf, unacceptedLosses, whatABlockExecutes } from '../../../src/sql/migration/losses.ts'
import { statementsOf } from '../../../src/sql/migration/statements.ts'
import { Problem } from '../../../src/telemetry/problem.ts'

const file: MigrationFile = {
  steps: [
    { n: 1, title: 'Make room', run: 'together', phase: 'expand', loses: [], sql: 'create table a (id int8)' },
    {
      n: 2,
      title: 'Take it away',
      run: 'alone',
      phase: 'contract',
      loses: ['a.b'],
      sql: "alter table a drop column b;\nselect '\n-- step 3: no step\n'",
    },
  ],
  acceptedLosses: ['a.b'],
  later: [{ drop: 'view', table: 'a', of: 'b' }],
}

test('what is written is read back', () => {
  assert.deepEqual(parseMigration(writeMigration(file, ['a note\nof two lines'])), file)
  assert.deepEqual(parseMigration(writeMigration(file).replaceAll('\n', '\r\n')), file)
})

test('what cannot be read is refused by its line', () => {
  const refused = (text: string, said: RegExp) =>
    assert.throws(
      () => parseMigration(text),
      (error) => error instanceof Problem && error.code === 'invalid-migration' && said.test(error.message),
    )
  refused('select 1', /does not begin/)
  refused('-- bede migration 1\nselect 1', /up.sql:2: SQL stands before/)
  refused('-- bede migration 1\n-- step 1: x\n-- run: sideways\nselect 1', /up.sql:3: no step runs 'sideways'/)
  refused('-- bede migration 1\n-- step 1: x\nselect 1', /does not say how/)
  refused('-- bede migration 1\n-- step 1: x\n-- run: together', /no SQL/)
  refused('-- bede migration 1\n-- step 2: x\n-- run: together\nselect 1', /step 2 follows step 0/)
  refused('-- bede migration 1\n-- later: {"drop":"everything"}', /not readable/)
})

test('only a line for the very thing accepts its loss', () => {
  const losing = (head: string) =>
    unacceptedLosses(
      parseMigration(`-- bede migration 1\n${head}\n-- step 1: x\n-- run: together\nalter table "a" drop column "b"`),
    )
  assert.deepEqual(losing(''), ['a.b'], 'the SQL alone is enough to be a loss')
  assert.deepEqual(losing('-- accept loss: a'), ['a.b'])
  assert.deepEqual(losing('-- accept loss: a.b2'), ['a.b'])
  assert.deepEqual(losing('-- accept loss: a.b'), [])
  assert.deepEqual(losing('-- accept: a.b\n-- accept losses: a.b\n-- yes'), ['a.b'])
  const inString = `-- bede migration 1\n-- step 1: x\n-- run: together\nselect '\n-- accept loss: a.b\n'; alter table a drop b`
  assert.deepEqual(unacceptedLosses(parseMigration(inString)), ['a.b'], 'a line inside a string says nothing')
  for (const inside of ["E'\\'\nLINE\n'", '$a$ $$ \nLINE\n$a$', '"\nLINE\n"', '1 /* /*\n*/\nLINE\n*/']) {
    const sql = `select ${inside.replace('LINE', '-- accept loss: a.b')}; alter table a drop b`
    const text = `-- bede migration 1\n-- step 1: x\n-- run: together\n${sql}`
    assert.deepEqual(unacceptedLosses(parseMigration(text)), ['a.b'], inside)
  }
})

test('what a script drops is found however it is written', () => {
  assert.deepEqual(dropsOf('drop table if exists "a", b cascade'), ['a', 'b'])
  assert.deepEqual(dropsOf('DROP TABLE bede.session'), ['bede.session'])
  assert.deepEqual(dropsOf('alter table only a drop b, drop column if exists "C""d", drop constraint x'), [
    'a.b',
    'a.C"d',
  ])
  assert.deepEqual(dropsOf('alter table a alter column b drop not null, alter b drop default'), [])
  assert.deepEqual(dropsOf('truncate a; delete from b where true'), ['a', 'b'])
  assert.deepEqual(dropsOf('with gone as (delete from only a returning 1) select count(*) from gone'), ['a'])
  assert.deepEqual(dropsOf('alter table a * drop column b'), ['a.b'])
  assert.deepEqual(dropsOf('drop type if exists mood cascade; drop extension x cascade; drop owned by me'), [
    'type mood',
    'extension x',
    'everything of a role',
  ])
  assert.deepEqual(dropsOf('drop type mood; create table c (id int references a on delete cascade)'), [])
  assert.deepEqual(
    dropsOf("-- drop table a\n/* drop /* x */ table b */ select 'drop table c', $x$ ; drop table d $x$"),
    [],
  )
  assert.deepEqual(
    dropsOf('do $$ begin if true then drop table a; else truncate b; end if; alter table c drop d; end $$'),
    ['a', 'b', 'c.d'],
  )
  assert.deepEqual(dropsOf("do 'begin delete from a where b = ''x''; end'"), ['a'])
  assert.deepEqual(dropsOf("do language plpgsql $x$ begin execute 'dr' || 'op table a'; end $x$"), [whatABlockExecutes])
  const parts = (clause: string, variable = 'regclass') =>
    `do $bede$ declare "part" ${variable}; begin
  for "part" in select inhrelid from pg_inherits loop
    execute 'alter table ' || "part" || ' ${clause}';
  end loop;
end $bede$;`
  assert.deepEqual(dropsOf(parts("add constraint x check (a <> ''b'') not valid")), [])
  assert.deepEqual(dropsOf(parts('add b int, drop column a')), ['part.a'])
  assert.deepEqual(dropsOf(parts('add b int', 'text')), [whatABlockExecutes])
  assert.deepEqual(dropsOf('do $$ begin if exists (select from pg_index) then drop index a; end if; end $$'), [])
  assert.deepEqual(dropsOf('drop index a; drop view b; drop trigger t on c; drop table bede.backfill'), [])
})

test('a script falls into its statements', () => {
  assert.deepEqual(
    statementsOf("select ';' ; do $$ begin; end $$;\n-- ;\n ; select E'\\';' \";\"").map(({ sql }) => sql),
    ["select ';'", 'do $$ begin; end $$', '-- ;\n', "select E'\\';' \";\""].filter((sql) => !sql.startsWith('--')),
  )
})
