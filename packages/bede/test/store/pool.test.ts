import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Member } from '../../src/store/postgres/member.ts'
import { defaultPool } from '../../src/store/postgres/options.ts'
import { createPaces } from '../../src/store/postgres/paces.ts'
import { createPool } from '../../src/store/postgres/pool.ts'

/** A pool over connections that do nothing, each with its number; `run` takes one until `done` is called. */
async function poolOf(connections: number) {
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
    command: async () => '',
    script: async () => {},
    end: async () => {},
  })
  const pool = createPool(connect, { ...defaultPool, connections }, paces)
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
