import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { redisLimits, type SharedCounter } from '../../src/adapters/redis-limits.ts'
import { limitOf, type Spent } from '../../src/engine/limits/quota.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { noRedis, redisServer } from '../support/redis.ts'

/** Limits that processes count together. */

const limit = limitOf('actor', 'actor', { points: 10, per: 3600 })
const spent = (whose: string, points = 1, of = limit): Spent => ({ limit: of, whose, points })

let redis: Awaited<ReturnType<typeof redisServer>> | undefined
const lines: string[] = []
const counters: SharedCounter[] = []
const options = { skip: noRedis }

before(async () => {
  if (noRedis) return
  redis = await redisServer()
  const counter = await redisLimits(redis.url)
  const log = createLogger({ write: (line) => lines.push(line) })
  counters.push(counter({ name: 'shop', log }), counter({ name: 'shop', log }))
})
after(async () => {
  await Promise.all(counters.map((counter) => counter.close()))
  await redis?.kill()
})

const on = (index: number) => counters[index] ?? assert.fail('there is no counter')
const through = async (all: readonly (readonly Spent[])[]) =>
  (await Promise.all(all.map((one, n) => on(n % 2).spend(one)))).filter(({ wait }) => wait === 0).length

test('class 126: two processes that count at once let through what one would', options, async () => {
  assert.equal(await through(Array.from({ length: 50 }, () => [spent('ada')])), 10)
  assert.equal(await through(Array.from({ length: 50 }, () => [spent('bob', 3)])), 3)
  const { wait, standings } = await on(0).spend([spent('ada')])
  assert.ok(wait > 350_000 && wait <= 360_000, `a point is back after six minutes: ${wait}`)
  assert.ok((standings[0]?.behind ?? 0) > 3_590_000)
})

test('of several limits that count one call all are spent in Redis, or none', options, async () => {
  const other = limitOf('key', 'key', { points: 3, per: 3600 })
  assert.equal(await through(Array.from({ length: 20 }, () => [spent('eve'), spent('key', 1, other)])), 3)
  assert.equal(await through([[spent('eve', 7)]]), 1, 'what the key refused cost the account nothing')
  assert.equal(await through([[spent('eve')]]), 0)
})

test('another app counts for itself, and no caller can name another’s count', options, async () => {
  const elsewhere = (await redisLimits(redis?.url ?? ''))({ name: 'blog', log: createLogger({ write: () => {} }) })
  try {
    assert.equal((await elsewhere.spend([spent('ada')])).wait, 0)
    for (const whose of ['ada\n', 'ada/10', '', '*', 'a'.repeat(10_000)])
      assert.equal((await on(0).spend([spent(whose)])).wait, 0)
  } finally {
    await elsewhere.close()
  }
})

test(
  'without Redis each process counts for itself: nobody is free, nobody is turned away, and it is said once',
  options,
  async () => {
    await redis?.kill()
    const let_ = await Promise.all(
      [0, 1].map(async (n) => {
        let count = 0
        for (let asked = 0; asked < 30; asked++) if ((await on(n).spend([spent('zoe')])).wait === 0) count++
        return count
      }),
    )
    assert.deepEqual(let_, [10, 10])
    assert.equal(lines.filter((line) => /each process counts callers for itself/.test(line)).length, 2, 'by each once')
    await redis?.begin()
    const back = Date.now() + 20_000
    while (!lines.some((line) => /counted in Redis again/.test(line))) {
      assert.ok(Date.now() < back, 'Redis is not asked again')
      await on(0).spend([spent('probe', 0)])
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.equal((await on(0).spend([spent('zoe', 10)])).wait, 0, 'Redis has forgotten, and counts again')
  },
)
