import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Statement } from '../../src/sql/statement.ts'
import { type Connection, type Driver, StoreError } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { postgresDriver } from '../../src/store/postgres/driver.ts'
import type { PoolLimits } from '../../src/store/postgres/options.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { type Relay, relay } from './relay.ts'

const url = await postgresUrl()
const once = (sql: string, ...params: string[]): Statement => ({ sql, params, shape: [] })
const turn = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
const unavailable = (error: unknown): boolean => error instanceof StoreError && error.failure === 'unavailable'
const problem = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Problem)
  assert.equal(error.code, code)
  return true
}

describe('PostgreSQL that goes away', { skip: url ? false : NO_POSTGRES }, () => {
  let between: Relay
  let direct: Driver
  let there: Connection
  const opened: Driver[] = []

  before(async () => {
    between = await relay(url ?? '')
    direct = openStore(url)
    there = await direct.open()
    await there.script('create table kept (n int4 primary key)')
  })
  afterEach(async () => {
    between.fromClient = (data) => data
    between.fromServer = (data) => data
    for (const driver of opened.splice(0)) await driver.close()
  })
  after(async () => {
    await direct?.close()
    await between?.shut()
  })

  const open = (pool: Partial<PoolLimits> = {}): Promise<Connection> => {
    const driver = postgresDriver({ url: between.url, pool, connectTimeout: 1000 })
    opened.push(driver)
    return driver.open()
  }
  const kept = async (n: number): Promise<boolean> =>
    (await there.query(once(`select 1 from kept where n = ${n}`))).length === 1

  test('sessions that were terminated are replaced; what was running fails as unavailable', async () => {
    const c = await open()
    const running = c.query(once('select pg_sleep(5)'))
    running.catch(() => {})
    await turn(50)
    await there.query(
      once(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like $1',
        '%pg_sleep(5)%',
      ),
    )
    await assert.rejects(running, unavailable)
    for (let n = 0; n < 20; n++) assert.deepEqual(await c.query(once('select 1')), [['1']])
  })

  test('a transaction whose session is terminated fails as unavailable, and nothing of it stays', async () => {
    const c = await open()
    const work = c.transaction(async (t) => {
      await t.query(once('insert into kept values (1)'))
      const [row] = await t.query(once('select pg_backend_pid()'))
      await there.query(once('select pg_terminate_backend($1::int4)', row?.[0] ?? ''))
      await t.query(once('insert into kept values (2)'))
    })
    await assert.rejects(work, unavailable)
    assert.equal(await kept(1), false)
    assert.deepEqual(await c.query(once('select 1')), [['1']])
  })

  test('while the server is away calls fail soon; when it is back they succeed, without a restart', async () => {
    const c = await open()
    await c.query(once('select 1'))
    await between.shut()
    const start = performance.now()
    for (let n = 0; n < 50; n++) await assert.rejects(c.query(once('select 1')), unavailable)
    await assert.rejects(
      c.transaction((t) => t.query(once('select 1'))),
      unavailable,
    )
    assert.ok(performance.now() - start < 4_000, 'they do not wait for the acquire timeout')
    await between.open()
    const asked = between.connections
    let back = false
    for (let n = 0; n < 100 && !back; n++) {
      await turn(100)
      back = await c.query(once('select 1')).then(
        () => true,
        () => false,
      )
    }
    assert.ok(back)
    assert.ok(between.connections - asked <= 2, 'attempts are spaced')
  })

  test('a COMMIT whose answer is lost is reported, and never repeated', async () => {
    const c = await open()
    const work = c.transaction(async (t) => {
      await t.query(once('insert into kept values (3)'))
      between.fromClient = (data) => {
        if (data.includes('commit')) between.fromServer = () => null
        return data
      }
    })
    await assert.rejects(work, unavailable)
    await turn(50)
    assert.equal(await kept(3), true, 'it was committed: the caller must look, not repeat')
  })

  test('a write whose answer is lost is not repeated either', async () => {
    const c = await open()
    await there.script('create table counted (n int4)')
    between.fromClient = (data) => {
      if (data.includes('counted')) between.fromServer = () => null
      return data
    }
    await assert.rejects(c.query({ ...once('insert into counted values (1)'), name: 'counted' }), unavailable)
    between.fromServer = (data) => data
    await turn(50)
    assert.deepEqual(await there.query(once('select count(*) from counted')), [['1']])
  })

  test('listeners are listening again after the connection was lost', async () => {
    const c = await open()
    const heard: string[] = []
    await c.listen?.('again', (payload) => heard.push(payload))
    await between.shut()
    await between.open()
    for (let n = 0; n < 50 && heard.length === 0; n++) {
      await turn(50)
      await there.query(once("select pg_notify('again', 'here')"))
    }
    assert.equal(heard[0], 'here')
  })

  test('all connections busy: waiting ends after the acquire timeout', async () => {
    // Longer than it takes to open the second connection, on a busy machine too.
    const c = await open({ connections: 2, pipelined: 1, acquireTimeout: 500 })
    const busy = [c.query(once('select pg_sleep(2)')), c.query(once('select pg_sleep(2)'))]
    await turn(10)
    await assert.rejects(c.query(once('select 1')), unavailable)
    await Promise.all(busy)
    assert.deepEqual(await c.query(once('select 1')), [['1']])
  })

  test('while transactions hold all other connections, single statements are still answered', async () => {
    const c = await open({ connections: 3 })
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const transactions = Array.from({ length: 5 }, () => c.transaction(() => held))
    await turn(50)
    assert.deepEqual(await c.query(once('select 1')), [['1']])
    release()
    await Promise.all(transactions)
  })

  test('a transaction gets its connection while single statements keep coming', async () => {
    const c = await open({ connections: 2, pipelined: 4 })
    let over = false
    const traffic = Array.from({ length: 16 }, async () => {
      while (!over) await c.query(once('select pg_sleep(0.001)'))
    })
    for (let n = 0; n < 20; n++) assert.deepEqual(await c.transaction((t) => t.query(once('select 2'))), [['2']])
    over = true
    await Promise.all(traffic)
  })

  test('one connection is enough for statements, transactions and cancels', async () => {
    const c = await open({ connections: 1 })
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) => {
        const statement = once('select $1::text', String(n))
        return n % 2 ? c.query(statement) : c.transaction((t) => t.query(statement))
      }),
    )
    assert.deepEqual(
      results.flat(2),
      Array.from({ length: 30 }, (_, n) => String(n)),
    )
    const slow = c.query(once('select pg_sleep(5)'), { signal: AbortSignal.timeout(30) })
    await assert.rejects(slow, (error) => error instanceof StoreError && error.failure === 'canceled')
  })

  test('with others sent behind it, a statement that is called off finishes and harms none of them', async () => {
    const c = await open({ connections: 1 })
    const controller = new AbortController()
    const slow = c.query(once('select 7 from pg_sleep(0.2)'), { signal: controller.signal })
    const behind = Array.from({ length: 5 }, (_, n) => c.query(once('select $1::text', String(n))))
    setTimeout(() => controller.abort(), 20)
    assert.deepEqual(await slow, [['7']])
    assert.deepEqual((await Promise.all(behind)).flat(2), ['0', '1', '2', '3', '4'])
  })

  test('a cancel request that came to nothing is repeated: it may be there before the statement is', async () => {
    const c = await open()
    let requests = 0
    between.fromClient = (data) => {
      if (!data.includes('pg_cancel_backend') || ++requests > 3) return data
      return Buffer.from(data.toString('latin1').replace('pg_cancel_backend', 'pg_cancel_nothing'), 'latin1')
    }
    const slow = c.query(once('select pg_sleep(5)'), { signal: AbortSignal.timeout(20) })
    await assert.rejects(slow, (error) => error instanceof StoreError && error.failure === 'canceled')
    assert.equal(requests, 4)
  })

  test('class 125: nobody is sent behind a statement that was short and now waits for a lock', async () => {
    const driver = postgresDriver({ url: url ?? '', pool: { connections: 4 } })
    opened.push(driver)
    const c = await driver.open()
    const short = (key: number): Statement => ({
      sql: 'select pg_advisory_xact_lock($1::int8)::text',
      params: [String(key)],
      shape: ['locked'],
      name: 'short',
    })
    for (let n = 0; n < 300; n++) await Promise.all([c.query(short(1)), c.query(short(2)), c.query(short(3))])
    let over = false
    await there.transaction(async (holder) => {
      await holder.query(short(4))
      const held = c.query(short(4)).finally(() => {
        over = true
      })
      held.catch(() => {})
      await turn(200)
      for (let n = 0; n < 40; n++) await Promise.all([c.query(short(1)), c.query(short(2)), c.query(short(3))])
      assert.equal(over, false, 'the others have waited for the one that waits')
    })
  })

  test('closing lets what is in flight finish and refuses the rest', async () => {
    const driver = postgresDriver({ url: between.url })
    const c = await driver.open()
    const running = c.query(once('select 8 from pg_sleep(0.1)'))
    await turn(10)
    const closing = driver.close()
    await turn(0)
    await assert.rejects(c.query(once('select 1')), unavailable)
    assert.deepEqual(await running, [['8']])
    await closing
  })

  test('an address where nobody answers, and one where the name is wrong, say so without the password', async () => {
    for (const wrong of ['postgres://u:s3cret@127.0.0.1:1/x', `${url}_missing`.replace('postgres://', 'postgres://')]) {
      const driver = openStore(wrong)
      await assert.rejects(driver.open(), (error: Problem) => {
        problem('store-unavailable')(error)
        assert.doesNotMatch(JSON.stringify([error.message, error.hint]), /s3cret/)
        return true
      })
      await driver.close()
    }
    assert.throws(
      () => openStore('mysql://user:s3cret@host/x'),
      (error: Problem) => {
        problem('store-unavailable')(error)
        assert.doesNotMatch(error.message, /s3cret/)
        return true
      },
    )
  })

  test('a server that is too old is refused', async () => {
    const [row] = await there.query(once("select current_setting('server_version_num')"))
    const version = row?.[0] ?? ''
    between.fromServer = (data) => Buffer.from(data.toString('latin1').replaceAll(version, '140099'), 'latin1')
    await assert.rejects(open(), problem('store-version'))
  })
})
