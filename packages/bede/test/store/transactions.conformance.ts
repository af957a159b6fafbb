import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Text } from '../../src/sql/statement.ts'
import type { Connection } from '../../src/store/driver.ts'
import { countItems, failsAs, insertItem, once, type Subject, turn, value } from './subject.ts'

/** What transactions must do on every store; a part of its suite, whose tables it uses. */
export function transactions(subject: Subject, connection: () => Connection): void {
  test('a transaction commits together or not at all', async () => {
    await connection().transaction(async (t) => {
      await insertItem(t, 'both-1')
      await insertItem(t, 'both-2')
    })
    assert.equal(await countItems(connection(), 'both'), '2')
    const lost = new Error('lost')
    const giveUp = connection().transaction(async (t) => {
      await insertItem(t, 'none-1')
      throw lost
    })
    await assert.rejects(giveUp, (error) => error === lost)
    assert.equal(await countItems(connection(), 'none'), '0')
  })

  test('a failed statement that is swallowed still fails the transaction, with its own error', async () => {
    const swallow = connection().transaction(async (t) => {
      await insertItem(t, 'swallowed')
      await insertItem(t, 'taken').catch(() => {})
    })
    await assert.rejects(swallow, failsAs('unique'))
    assert.equal(await countItems(connection(), 'swallowed'), '0')
  })

  test('a nested transaction is undone alone', async () => {
    await connection().transaction(async (t) => {
      await insertItem(t, 'outer')
      await assert.rejects(
        t.transaction(async (inner) => {
          await insertItem(inner, 'inner-1')
          await insertItem(inner, 'taken')
        }),
        failsAs('unique'),
      )
      await t.transaction(async (inner) => {
        await insertItem(inner, 'inner-2')
        await assert.rejects(
          inner.transaction(async (innermost) => {
            await insertItem(innermost, 'inner-3')
            await insertItem(innermost, 'taken').catch(() => {})
          }),
          failsAs('unique'),
        )
      })
    })
    assert.equal(await countItems(connection(), 'outer'), '1')
    assert.deepEqual((await connection().query(once("select name from item where name like 'inner%'"))).flat(), [
      'inner-2',
    ])
  })

  test('inside a transaction the outer connection is refused instead of waiting for ever', async () => {
    const attempts = [
      () => connection().transaction(() => insertItem(connection(), 'outside')),
      () => connection().transaction(() => connection().transaction((t) => insertItem(t, 'outside'))),
      () => connection().transaction(() => connection().script("insert into item (name) values ('outside')")),
      () => connection().transaction((t) => t.transaction(() => insertItem(t, 'outside'))),
    ]
    for (const attempt of attempts) await assert.rejects(attempt, /inside a transaction but not through it/)
    assert.equal(await countItems(connection(), 'outside'), '0')
  })

  test('a connection whose transaction has ended is refused', async () => {
    let leaked: Connection | undefined
    await connection().transaction(async (t) => {
      leaked = t
    })
    await assert.rejects(insertItem(leaked ?? connection(), 'leaked'), /has ended/)
    assert.equal(await countItems(connection(), 'leaked'), '0')
  })

  test('work that a transaction has left running may use the outer connection when it is over', async () => {
    let later: Promise<Text | undefined> | undefined
    await connection().transaction(async () => {
      later = turn(200).then(() => value(connection(), 'select 42'))
    })
    assert.equal(await later, '42')
  })

  test('statements given at once to one transaction all belong to it', async () => {
    await connection().transaction(async (t) => {
      await Promise.all([
        insertItem(t, 'at-once-1'),
        t.transaction((inner) => insertItem(inner, 'at-once-2')),
        insertItem(t, 'at-once-3'),
      ])
    })
    assert.equal(await countItems(connection(), 'at-once'), '3')
    const half = connection().transaction(async (t) => {
      await Promise.all([insertItem(t, 'half-1'), insertItem(t, 'taken'), insertItem(t, 'half-2')])
    })
    await assert.rejects(half)
    assert.equal(await countItems(connection(), 'half'), '0')
  })

  test('transactions do not see or break each other', async () => {
    await connection().script("insert into item (id, name) values (-1, 'counter-0')")
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        connection().transaction(async (t) => {
          const [row] = await t.query(once('select name from item where id = -1 for update'))
          const next = Number(row?.[0]?.split('-')[1]) + 1
          await turn()
          await t.query(once('update item set name = $1 where id = -1', `counter-${next}`))
          if (n % 5 === 0) throw new Error('given up')
        }),
      ),
    )
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 4)
    assert.equal(await value(connection(), 'select name from item where id = -1'), 'counter-16')
  })

  test('a thousand statements at once, single and in transactions, all answered in their own', async () => {
    const work = Array.from({ length: 1000 }, async (_, n) => {
      const text =
        n % 3 === 0
          ? await connection().transaction((t) => value(t, 'select $1::text', `v${n}`))
          : await value(connection(), 'select $1::text', `v${n}`)
      assert.equal(text, `v${n}`)
    })
    await Promise.all(work)
  })

  test('the isolation that is asked for', async () => {
    const level = (isolation: 'repeatable read' | 'serializable') =>
      connection().transaction((t) => value(t, "select current_setting('transaction_isolation')"), { isolation })
    assert.equal(await level('serializable'), 'serializable')
    assert.equal(await level('repeatable read'), 'repeatable read')
    assert.equal(await value(connection(), "select current_setting('transaction_isolation')"), 'read committed')
  })

  const bySwapping = async () => {
    await connection().script("insert into item (id, name) values (-10, 'order-a'), (-11, 'order-b')")
    const swap = (from: string, to: string) =>
      connection().transaction(
        async (t) => {
          const [row] = await t.query(once('select name from item where id = $1', from))
          await turn(50)
          await t.query(once("update item set name = $1 || '+' where id = $2", row?.[0] ?? '', to))
        },
        { isolation: 'serializable' },
      )
    return Promise.allSettled([swap('-10', '-11'), swap('-11', '-10')])
  }

  const byLocking = async () => {
    await connection().script("insert into item (id, name) values (-20, 'lock-a'), (-21, 'lock-b')")
    const lock = (first: string, second: string) =>
      connection().transaction(async (t) => {
        for (const id of [first, second]) {
          await t.query(once('select 1 from item where id = $1 for update', id))
          await turn(50)
        }
      })
    return Promise.allSettled([lock('-20', '-21'), lock('-21', '-20')])
  }

  const failures = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))

  if (subject.oneSession) {
    test('transactions follow one another: none fails for what another does', async () => {
      assert.deepEqual(failures(await bySwapping()), [])
      assert.equal(await value(connection(), 'select name from item where id = -10'), 'order-a++')
      assert.deepEqual(failures(await byLocking()), [])
    })
    return
  }

  test('two transactions that cannot be put in an order: one fails as `serialization`', async () => {
    const [failed, ...more] = failures(await bySwapping())
    failsAs('serialization')(failed)
    assert.deepEqual(more, [])
    assert.equal(await value(connection(), 'select 1'), '1')
  })

  test('a deadlock ends one of the two', async () => {
    const [failed, ...more] = failures(await byLocking())
    failsAs('deadlock')(failed)
    assert.deepEqual(more, [])
  })
}
