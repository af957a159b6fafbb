import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createStatements } from '../../src/sql/ddl.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Row } from '../../src/sql/statement.ts'
import { pgliteDriver } from '../../src/store/pglite/driver.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { everything } from '../fixtures/tables.ts'

const root = mkdtempSync(join(tmpdir(), 'bede-upgrade-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** The engine of the version before, as a user would install it. */
const name: string = 'pglite-17'
interface Older {
  create(folder: string): Promise<{ exec(sql: string): Promise<unknown>; close(): Promise<void> }>
}
const older: Older | undefined = (await import(name).catch(() => undefined))?.PGlite
const skip = older ? false : 'pglite-17 is not installed here: npm ci'

const rows = `
insert into counter default values; insert into counter default values;
insert into thing (id, text0, email1, choice5, integer6, bigint7, decimal8, float9, boolean10, timestamp11, date12, time13, duration14, json15, bytes16, array17, array18, url2, secret4, name, price, owner_id, counter_id)
select '00000000-0000-7000-8000-000000000001', E'tab\\t "quote" \\\\ {brace}, NULL \\u00e9', null, 'it''s', -2147483648, 9223372036854775807, 12345678.90, 0.1::float8 + 0.2::float8,
  true, '2024-02-29 23:59:59.999999+00', '0044-03-15 BC', '23:59:59.999999', '1 year 2 mons 3 days 04:05:06.7', '{"a": [1, "two"]}', '\\x00ff5c', array['a,b', '"', '\\', ''], array['x'], 'u', 's', 'first', 'NaN', '00000000-0000-7000-8000-000000000001', 2;
create table mine (n serial primary key, mood text, big numeric);
insert into mine (mood, big) select 'm' || n, n / 7.0 from generate_series(1, 2500) n;
create type mood as enum ('good', 'bad'); create domain short as varchar(5) check (value <> 'no');
create table odd (a mood default 'bad', b short, c int4[][], d point, e int4range, f text generated always as (upper(b)) stored, "G""x" char(4));
insert into odd (a, b, c, d, e, "G""x") values ('good', 'yes', '{{1,2},{3,null}}', '(1.5,2)', '[1,5)', 'ab');
create view seen as select mood from mine where n < 3;
create function bede_up() returns trigger language plpgsql as $$ begin new.mood := upper(new.mood); return new; end $$;
create trigger up before insert on mine for each row execute function bede_up();
create index mine_mood on mine (lower(mood)) where n > 5`

/** A folder as the version before would have left it. */
async function olderFolder(name: string): Promise<string> {
  assert.ok(older)
  const folder = join(root, name)
  mkdirSync(join(folder, 'data'), { recursive: true })
  const db = await older.create(join(folder, 'data'))
  await db.exec(`set intervalstyle = 'iso_8601'; ${createStatements(everything, postgres).join(';\n')}; ${rows}`)
  await db.close()
  writeFileSync(join(folder, 'bede.json'), JSON.stringify({ folder: 1, postgres: 17, state: 'ready' }))
  return folder
}

/** Every value, with its type. */
const values = `
select 'thing', to_jsonb(t)::text || pg_typeof(price) || encode(bytes16, 'hex') || float9::text || timestamp11 || date12 || duration14 from thing t
union all select 'odd', o::text || pg_typeof(a) || pg_typeof(b) || pg_typeof(c) || pg_typeof("G""x") from odd o
union all select 'mine', count(*) || md5(string_agg(m::text, ',' order by n)) from mine m
union all select 'seen', string_agg(mood, ',') from seen
order by 1`

const look = async (folder: string): Promise<readonly Row[]> => {
  const driver = pgliteDriver({ folder })
  try {
    const c = await driver.open()
    const found = await c.query({ sql: values, params: [], shape: [] })
    const next = await c.query({
      sql: "insert into mine (mood) values ('loud') returning n::text, mood",
      params: [],
      shape: [],
    })
    const counted = await c.query({
      sql: 'insert into counter default values returning id::text',
      params: [],
      shape: [],
    })
    await c.script("delete from mine where mood = 'LOUD'; delete from counter where id > 2")
    assert.deepEqual([next[0]?.[1], Number(next[0]?.[0]) > 2500, Number(counted[0]?.[0]) > 2], ['LOUD', true, true])
    return found
  } finally {
    await driver.close()
  }
}

const stamp = (folder: string) => JSON.parse(readFileSync(join(folder, 'bede.json'), 'utf8'))

test('a folder of the version before is brought over whole, and the old one is kept aside', { skip }, async () => {
  const folder = await olderFolder('one')
  const found = await look(folder)
  assert.match(
    found.find(([table]) => table === 'thing')?.[1] ?? '',
    /"text0": "tab\\t \\"quote\\" \\\\ \{brace\}, NULL é".*numeric00ff5c0\.30000000000000004/,
  )
  assert.match(
    found.find(([table]) => table === 'odd')?.[1] ?? '',
    /^\(good,yes,"\{\{1,2\},\{3,NULL\}\}","\(1\.5,2\)","\[1,5\)",YES,"ab {2}"\)moodshortinteger\[\]character$/,
  )
  assert.match(found.find(([table]) => table === 'mine')?.[1] ?? '', /^2500/)
  assert.deepEqual(stamp(folder).postgres, 18)
  assert.equal(readFileSync(join(folder, 'data-17', 'PG_VERSION'), 'utf8').trim(), '17')
  assert.deepEqual(await look(folder), found)

  // Cut short when the two were changing places: with neither in its place, and with both.
  writeFileSync(join(folder, 'bede.json'), JSON.stringify({ folder: 1, postgres: 17, state: 'ready' }))
  assert.deepEqual(await look(folder), found, 'only the stamp was missing')
  renameSync(join(folder, 'data'), join(folder, 'data-next'))
  writeFileSync(join(folder, 'bede.json'), JSON.stringify({ folder: 1, postgres: 17, state: 'ready' }))
  assert.deepEqual(await look(folder), found, 'it is done again from the old one')
  assert.ok(!existsSync(join(folder, 'data-next')))
})

test('one that cannot be copied whole is refused and stays as it was', { skip }, async () => {
  const folder = await olderFolder('two')
  assert.ok(older)
  const db = await older.create(join(folder, 'data'))
  await db.exec('create type pair as (a int4, b text)')
  await db.close()
  await assert.rejects(pgliteDriver({ folder }).open(), (error) => {
    assert.ok(error instanceof Problem)
    assert.equal(error.code, 'store-version')
    assert.match(error.message, /the type public\.pair\. It is as it was/)
    return true
  })
  assert.equal(stamp(folder).postgres, 17)
  assert.equal(readFileSync(join(folder, 'data', 'PG_VERSION'), 'utf8').trim(), '17')
  assert.ok(!existsSync(join(folder, 'data-next')) && !existsSync(join(folder, 'data-17')))
})

test('without the engine that made it, the refusal says how to get it', async () => {
  const folder = join(root, 'three')
  mkdirSync(join(folder, 'data'), { recursive: true })
  writeFileSync(join(folder, 'bede.json'), JSON.stringify({ folder: 1, postgres: 16, state: 'ready' }))
  await assert.rejects(pgliteDriver({ folder }).open(), (error) => {
    assert.ok(error instanceof Problem)
    assert.equal(error.code, 'store-version')
    assert.match(error.hint ?? '', /npm install --no-save pglite-16@npm:@electric-sql\/pglite@0\.2\.17/)
    return true
  })
  assert.equal(stamp(folder).postgres, 16)
})
