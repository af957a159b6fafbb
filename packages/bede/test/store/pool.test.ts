import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Member } from '../../src/store/postgres/member.ts'
import { defaultPool, spreadOf } from '../../src/store/postgres/options.ts'
import { createPaces } from '../../src/store/postgres/paces.ts'
import { createPool } from '../../src/store/postgres/pool.ts'

/** A pool over connections that do nothing, each with its number; `run` takes one until `done` is called. */
async function poolOf(connections: number, spread = connections) {
  const paces = createPaces()
  let opened = 0
  const connect = async (): Promise<Member> => ({
    pid: opened++,
    version: 150_000,
    lost: false,
    worn: false,
    canceling: false,
    inTransaction: false,
    query: async () => [],
    body: async () => undefined,
    command: async () => '',
    script: async () => {},
    end: async () => {},
  })
  const pool = createPool(connect, { ...defaultPool, spread, connections }, paces)
  for (let i = 0; i < connections; i++) await pool.warm()
  const run = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let on = -1
    const over = pool.shared(
      (member) => {
        on = member.pid
        return promise
      },
      undefined,
      name,
    )
    const done = () => {
      resolve()
      return over
    }
    return { on, done }
  }
  return { paces, run, pool }
}

test('short statements gather on one connection, up to what may be ahead of one; others go to the idlest', async () => {
  const { paces, run, pool } = await poolOf(3)
  paces.seen('short', 0.1)
  paces.seen('long', 20)
  const short = Array.from({ length: 5 }, () => run('short'))
  assert.equal(new Set(short.map(({ on }) => on)).size, 1, 'five of a tenth of a millisecond')
  const next = run('short')
  assert.notEqual(next.on, short[0]?.on, 'a sixth would wait longer than it costs to send it elsewhere')
  const long = run('long')
  assert.ok(!short.some(({ on }) => on === long.on) && long.on !== next.on, 'a long one takes an idle connection')
  const never = run('never seen')
  assert.notEqual(never.on, short[0]?.on, 'one that is not known may be long: it takes the idlest')
  for (const statement of [...short, next, long, never]) await statement.done()
  await pool.close()
})

test('nothing gathers behind a statement that may be long', async () => {
  const { paces, run, pool } = await poolOf(2)
  paces.seen('short', 0.1)
  const never = run('never seen')
  const short = [run('short'), run('short')]
  assert.ok(short.every(({ on }) => on !== never.on))
  for (const statement of [never, ...short]) await statement.done()
  await pool.close()
})

test('statements of a usual length spread over so many connections; long ones, and those behind them, over all', async () => {
  const { paces, run, pool } = await poolOf(4, 2)
  paces.seen('usual', 1)
  paces.seen('long', 1_000)
  const usual = Array.from({ length: 6 }, () => run('usual'))
  assert.equal(new Set(usual.map(({ on }) => on)).size, 2)
  const long = [run('long'), run('long')]
  assert.ok(long.every(({ on }) => !usual.some((other) => other.on === on)))
  for (const statement of usual) await statement.done()
  const others = [run('long'), run('long')]
  assert.equal(new Set([...long, ...others].map(({ on }) => on)).size, 4, 'a long one beside a long one')
  for (const statement of [...long, ...others]) await statement.done()
  await pool.close()
})

test('for a server on this machine there are connections for its processors, for another as many as there may be', () => {
  for (const url of ['postgres://a@localhost/b', 'postgres://a@127.0.0.1:5432/b', 'postgres:///b?host=/run/postgresql'])
    assert.ok(Number.isFinite(spreadOf(url)) && spreadOf(url) >= 4, url)
  for (const url of ['postgres://a@db/b', 'postgres://a@10.0.0.1/b', 'no address'])
    assert.equal(spreadOf(url), Number.POSITIVE_INFINITY, url)
})

test('the pace of a statement: a shorter time is believed at once, a longer one slowly', () => {
  const paces = createPaces()
  assert.equal(paces.of('a'), Number.POSITIVE_INFINITY)
  assert.equal(paces.of(undefined), Number.POSITIVE_INFINITY)
  paces.seen('a', 5)
  paces.seen('a', 1)
  assert.equal(paces.of('a'), 1)
  paces.seen('a', 11)
  assert.equal(paces.of('a'), 2)
  paces.seen(undefined, 1)
  assert.equal(paces.of('b'), Number.POSITIVE_INFINITY)
})
