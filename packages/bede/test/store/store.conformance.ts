import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { ValueType } from '../../src/expr/value.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Row, Text } from '../../src/sql/statement.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { countItems, failsAs, insertItem, itemTables, named, once, type Subject, turn, value } from './subject.ts'
import { transactions } from './transactions.conformance.ts'

/** One value of every kind of column, as text goes in and as it comes out. */
const samples: readonly (readonly [ValueType, Text, Text?])[] = [
  [{ kind: 'id' }, '0192f3a4-5b6c-7d8e-9f00-112233445566'],
  [{ kind: 'ref', integer: true }, '9007199254740991'],
  [{ kind: 'text' }, 'naïve “quotes” \\ \' " 😀 \u0001 \n\t end'],
  [{ kind: 'text' }, ''],
  [{ kind: 'text' }, null],
  [{ kind: 'integer' }, '-2147483648'],
  [{ kind: 'bigint' }, '9223372036854775807'],
  [{ kind: 'decimal', precision: 20, scale: 4 }, '1234567890123456.7890'],
  [{ kind: 'decimal' }, '-0.00000000000000000001'],
  [{ kind: 'float' }, '0.1'],
  [{ kind: 'float' }, '1.7976931348623157e+308'],
  [{ kind: 'boolean' }, 'true', 't'],
  [{ kind: 'timestamp' }, '2026-11-21T10:20:30.123Z', '2026-11-21 10:20:30.123+00'],
  [{ kind: 'date' }, '2024-02-29'],
  [{ kind: 'time' }, '23:59:59.999'],
  [{ kind: 'duration' }, 'P3DT4H5M6.789S'],
  [{ kind: 'json' }, '{"a": [1, null, "é"]}'],
  [{ kind: 'bytes' }, '\\x00ff10'],
  [{ kind: 'array', of: { kind: 'text' } }, '{a,"b c","",NULL,"q\\"uote"}'],
  [{ kind: 'array', of: { kind: 'integer' } }, '{}'],
  [{ kind: 'array', of: { kind: 'integer' } }, '{1,2,3}'],
]

/** What every store must do. Run once per store; each keeps its own database for the whole suite. */
export function conformance(subject: Subject): void {
  describe(`store: ${subject.name}`, { skip: subject.skip }, () => {
    let driver: Driver
    let c: Connection

    before(async () => {
      driver = await subject.create()
      c = await driver.open()
      await c.script(itemTables)
    })
    after(() => driver?.close())

    const insert = (name: string): Promise<readonly Row[]> => insertItem(c, name)
    const count = (prefix: string): Promise<Text | undefined> => countItems(c, prefix)

    test('every kind of column keeps its value, and comes back as text', async () => {
      const columns = samples.map(([type], n) => `c${n} ${postgres.columnType(type)}`)
      await c.script(`create table sample (${columns.join(', ')})`)
      const params = samples.map(([type], n) => postgres.param(n + 1, type))
      const texts = samples.map(([, text]) => text)
      const [row] = await c.query(named(`insert into sample values (${params.join(', ')}) returning *`, ...texts))
      assert.deepEqual(
        row,
        samples.map(([, text, out]) => (out === undefined ? text : out)),
      )
    })

    test('a session speaks UTC, ISO and hex, whatever the server is set to', async () => {
      const [row] = await c.query(
        once(
          "select current_setting('timezone'), current_setting('intervalstyle'), current_setting('bytea_output'), current_setting('search_path')",
        ),
      )
      assert.deepEqual(row, ['UTC', 'iso_8601', 'hex', 'public'])
    })

    test('an index lookup has the price of a page in memory', async () => {
      assert.equal(await value(c, "select current_setting('random_page_cost')"), '1.1')
    })

    test('text orders by code point', async () => {
      const rows = await c.query(once(`select x from unnest(array['b', 'A', 'a', 'B', 'é']) x order by x collate "C"`))
      assert.deepEqual(rows.flat(), ['A', 'B', 'a', 'b', 'é'])
    })

    test('a statement without a row answers none', async () => {
      assert.deepEqual(await c.query(once('select 1 where false')), [])
      assert.deepEqual(await c.query(once("delete from item where name = 'nobody'")), [])
    })

    test('one text is one statement: nothing can be stacked behind it', async () => {
      const sql = 'select 1; delete from item'
      await assert.rejects(c.query(once(sql)), failsAs('other'))
      await assert.rejects(c.query(named(sql)), failsAs('other'))
    })

    test('a NUL in the text or a list of parameters beyond the protocol is refused before it is sent', async () => {
      await assert.rejects(c.query(once('select 1\0; select 2')), failsAs('other'))
      await assert.rejects(c.query(once('select 1', ...Array<Text>(65_536).fill('x'))), failsAs('value'))
      await assert.rejects(c.query(once('select $1::text', 'a\0b')), failsAs('value'))
      assert.equal(await value(c, 'select 1'), '1')
    })

    test('a prepared statement is used again, with other values, and after it has failed', async () => {
      const divide = (by: string) => c.query({ ...once('select 10 / $1::int4', by), name: 'divide' })
      assert.deepEqual(await divide('5'), [['2']])
      await assert.rejects(divide('0'), failsAs('value'))
      assert.deepEqual(await divide('2'), [['5']])
    })

    test('the same name with another text is another statement', async () => {
      assert.deepEqual(await c.query({ ...once('select 1'), name: 'same' }), [['1']])
      assert.deepEqual(await c.query({ ...once('select 2'), name: 'same' }), [['2']])
    })

    test('a prepared statement survives a change of its table, and DEALLOCATE', async () => {
      const star = { ...once('select * from changing'), name: 'star' }
      await c.script('create table changing (a int4); insert into changing values (1)')
      for (let i = 0; i < 8; i++) assert.deepEqual(await c.query(star), [['1']])
      await c.script('alter table changing add b int4 default 2')
      for (let i = 0; i < 8; i++) assert.deepEqual(await c.query(star), [['1', '2']])
      await Promise.all(Array.from({ length: 12 }, () => c.script('deallocate all')))
      for (let i = 0; i < 8; i++) assert.deepEqual(await c.query(star), [['1', '2']])
    })

    test('inside a transaction a plan that has become stale ends it as `serialization`', async () => {
      const star = { ...once('select * from shifting'), name: 'shift' }
      await c.script('create table shifting (a int4)')
      const shift = c.transaction(async (t) => {
        await t.query(star)
        await t.script('alter table shifting add b int4')
        await t.query(star)
      })
      await assert.rejects(shift, failsAs('serialization'))
      assert.equal(await value(c, "select count(*) from information_schema.columns where table_name = 'shifting'"), '1')
      assert.deepEqual(await c.query(star), [])
    })

    test('more prepared statements than are kept', async () => {
      for (let i = 0; i < 1200; i++) await c.query({ ...once(`select ${i}`), name: `many${i}` })
      assert.deepEqual(await c.query({ ...once('select 7'), name: 'many7' }), [['7']])
      const held = Number(await value(c, 'select count(*) from pg_prepared_statements'))
      assert.ok(held <= 500, `${held} are held`)
    })

    test('each refusal of the database is told apart, with its constraint', async () => {
      await insert('taken')
      await assert.rejects(insert('taken'), failsAs('unique', { constraint: 'item_name', table: 'item' }))
      await assert.rejects(insert('forbidden'), failsAs('check', { constraint: 'item_name_check', table: 'item' }))
      await assert.rejects(
        c.query(once('insert into part values (-1)')),
        failsAs('foreign', { constraint: 'part_item_id_fkey', table: 'part' }),
      )
      await assert.rejects(
        c.query(once('insert into item (name) values (null)')),
        failsAs('not-null', { table: 'item', column: 'name' }),
      )
      await assert.rejects(c.query(once("select 'x'::uuid")), failsAs('value'))
      await assert.rejects(c.query(once('select nothing')), failsAs('other'))
      assert.equal(await count('forbidden'), '0')
      assert.equal(await count('taken'), '1')
    })

    test('a failure says nothing of the database in its message', async () => {
      await assert.rejects(insert('taken'), (error: Error) => {
        assert.doesNotMatch(error.message, /item|taken|duplicate/)
        return true
      })
    })

    transactions(subject, () => c)

    test('a signal that has aborted already runs nothing', async () => {
      const signal = AbortSignal.abort()
      await assert.rejects(c.query(once("insert into item (name) values ('aborted')"), { signal }), failsAs('canceled'))
      await assert.rejects(
        c.transaction((t) => insertItem(t, 'aborted'), { signal }),
        failsAs('canceled'),
      )
      assert.equal(await count('aborted'), '0')
    })

    test('a transaction whose signal aborts is undone', async () => {
      const controller = new AbortController()
      const work = c.transaction(
        async (t) => {
          await insertItem(t, 'abandoned')
          controller.abort()
          await insertItem(t, 'abandoned-too')
        },
        { signal: controller.signal },
      )
      await assert.rejects(work, failsAs('canceled'))
      assert.equal(await count('abandoned'), '0')
    })

    test('a statement that waits for its turn can be called off', async () => {
      const controller = new AbortController()
      const blockers = Array.from({ length: 9 }, () => c.transaction(() => turn(60)))
      const waiting = c.transaction((t) => insertItem(t, 'called-off'), { signal: controller.signal })
      setTimeout(() => controller.abort(), 10)
      await assert.rejects(waiting, failsAs('canceled'))
      await Promise.all(blockers)
      assert.equal(await count('called-off'), '0')
    })

    if (subject.oneSession) {
      test('a statement that has begun runs to its end: it has the thread for itself', async () => {
        const controller = new AbortController()
        const slow = c.query(once("insert into item (name) values ('late') returning pg_sleep(0.05)::text"), {
          signal: controller.signal,
        })
        setTimeout(() => controller.abort(), 10)
        await slow
        assert.equal(await count('late'), '1')
      })
    } else {
      test('a running statement is stopped, and no other with it', async () => {
        for (let round = 0; round < 20; round++) {
          const controller = new AbortController()
          const slow = c.query(once('select pg_sleep(5)'), { signal: controller.signal })
          setTimeout(() => controller.abort(), round)
          // Fewer at a time than there are connections: none of them waits behind the slow one.
          const others = Array.from({ length: 6 }, async () => {
            for (let n = 0; n < 20; n++) assert.equal(await value(c, 'select $1::text', String(n)), String(n))
          })
          await Promise.all([assert.rejects(slow, failsAs('canceled')), ...others])
        }
      })

      test('a statement that takes too long ends as `timeout`', async () => {
        const work = c.transaction(async (t) => {
          await t.script('set local statement_timeout = 30')
          await t.query(once('select pg_sleep(5)'))
        })
        await assert.rejects(work, failsAs('timeout'))
      })
    }

    test('large values and many rows', async () => {
      const large = randomBytes(2_000_000).toString('hex')
      assert.equal(await value(c, 'select $1::text', large), large)
      const rows = await c.query(once("select n, repeat('é', 50) from generate_series(1, 50000) n"))
      assert.equal(rows.length, 50_000)
      assert.deepEqual(rows.at(-1), ['50000', 'é'.repeat(50)])
    })

    test('65,535 parameters', async () => {
      const params = Array.from({ length: 65_535 }, (_, n) => String(n))
      const sql = `select count(*) from (values ${params.map((_, n) => `($${n + 1}::text)`).join(',')}) v`
      assert.deepEqual(await c.query(once(sql, ...params)), [['65535']])
    })

    test('a script runs whole or not at all', async () => {
      await assert.rejects(c.script("insert into item (name) values ('script'); select nothing"), failsAs('other'))
      assert.equal(await count('script'), '0')
    })

    test('listeners hear what is committed, and only that', async () => {
      assert.ok(c.listen)
      const heard: string[] = []
      const stopOne = await c.listen('a "channel"', (payload) => heard.push(`1:${payload}`))
      const stopTwo = await c.listen('a "channel"', (payload) => heard.push(`2:${payload}`))
      const notify = (connection: Connection, payload: string) =>
        connection.query(once('select pg_notify($1, $2)', 'a "channel"', payload))
      await notify(c, 'é')
      await c.transaction((t) => notify(t, 'undone').then(() => Promise.reject(new Error('no')))).catch(() => {})
      await turn(100)
      await stopOne()
      await notify(c, 'second')
      await turn(100)
      await stopTwo()
      await notify(c, 'nobody')
      await turn(100)
      assert.deepEqual(heard, ['1:é', '2:é', '2:second'])
    })
  })
}
