import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../src/store/open.ts'
import { statementsBetweenTending } from '../../src/store/pglite/tend.ts'

test('the embedded database takes out dead rows, counts anew and checkpoints, by itself', async () => {
  const driver = openStore('memory://')
  try {
    const c = await driver.open()
    const value = async (sql: string): Promise<number> =>
      Number((await c.query({ sql, params: [], shape: [] }))[0]?.[0])
    const logged = () =>
      value('select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) from pg_control_checkpoint()')
    await c.script(`create table "Odd ""name" (n int4, filler text);
      insert into "Odd ""name" select n, repeat('x', 1000) from generate_series(1, 20000) n`)
    await c.script('update "Odd ""name" set n = n + 1')
    const before = await logged()
    assert.ok(before > 40_000_000, `${before} bytes are logged`)
    // What a table has been through is reported once a second.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    for (let n = 0; n < statementsBetweenTending + 10; n++)
      await c.query({ sql: 'select 1', params: [], shape: [], name: 'one' })
    assert.ok((await logged()) < before / 2)
    assert.equal(
      await value('select count(*) from pg_stat_user_tables where last_vacuum is not null and n_dead_tup = 0'),
      1,
    )
  } finally {
    await driver.close()
  }
})
