import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { redisLimits, type SharedCounter } from '../../src/adapters/redis-limits.ts'
import { createLimits } from '../../src/engine/limits/limits.ts'
import { limitOf, type Spent } from '../../src/engine/limits/quota.ts'
import { app, defineSchema, isProblem, link } from '../../src/index.ts'
import { createLogger, silent } from '../../src/telemetry/logger.ts'
import { noRedis, redisServer } from '../support/redis.ts'

/** Limits that processes count together. */

const limit = limitOf('actor', 'actor', { points: 10, per: 3600 })
const doors = { perAddress: { points: 20, per: '1h' } } as const
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

test(
  'class 126: what is owed is owed to all processes, whether it was there or not, and no more than was said',
  options,
  async () => {
    const owed = (whose: string, points: number, most = 2 * limit.per) => ({ ...spent(whose, points), most })
    const both = [on(0), on(1)]
    await Promise.all(Array.from({ length: 12 }, (_, n) => both[n % 2]?.owe?.([owed('mallory', 1)])))
    const { wait } = await on(0).spend([spent('mallory')])
    assert.ok(wait > 3 * limit.each - 1_000 && wait <= 3 * limit.each, `twelve of ten, and one more: ${wait}`)
    const [most, capped, none] =
      (await on(1).owe?.([owed('mallory', 100), owed('trent', 100, limit.per), owed('peggy', 0)])) ?? []
    assert.ok(Math.abs((most?.behind ?? 0) - 2 * limit.per) < 1_000)
    assert.ok(Math.abs((capped?.behind ?? 0) - limit.per) < 1_000)
    assert.equal(none?.behind, 0)
    const [lower] = (await on(0).owe?.([owed('mallory', 1, limit.per)])) ?? []
    assert.ok((lower?.behind ?? 0) > 1.9 * limit.per, 'what is owed is not less because another owes less')
  },
)

test('class 61: what reaches no operation is counted by all processes, and nobody waits for it', options, async () => {
  const counter = await redisLimits(redis?.url ?? '')
  const manifest = link(app({ name: 'doors', schema: defineSchema({}), use: {}, limits: doors })).manifest
  const processes = [0, 1].map(() => createLimits(manifest, { counter }, silent) ?? assert.fail('nothing is limited'))
  const [one = assert.fail(), other = assert.fail()] = processes
  const refused = (step: () => void) => {
    try {
      step()
      return false
    } catch (error) {
      assert.ok(isProblem(error) && error.code === 'rate-limited', String(error))
      return true
    }
  }
  const until = async (done: () => boolean, what: string) => {
    for (const end = Date.now() + 20_000; !done(); await new Promise((resolve) => setTimeout(resolve, 20)))
      assert.ok(Date.now() < end, what)
  }
  try {
    const guesser = { address: '198.51.100.7' }
    for (let n = 0; n < 4; n++) one.wrongCredential(guesser, `guess ${n}`)
    assert.ok(refused(() => one.checkCredential(guesser, () => 'guess')))
    assert.ok(!refused(() => other.checkCredential(guesser, () => 'guess')), 'it has not heard of it')
    other.wrongCredential(guesser, 'guess')
    await until(() => refused(() => other.checkCredential(guesser, () => 'guess')), 'a guess here brings the news')
    assert.ok(!refused(() => other.checkCredential({ address: '198.51.100.8' }, () => 'guess')), 'somebody else')

    const prober = { address: '198.51.100.9' }
    for (let n = 0; n < 20; n++) one.unserved(prober, null)
    assert.ok(refused(() => one.unserved(prober, null)))
    other.unserved(prober, null)
    await until(() => refused(() => other.unserved(prober, null)), 'and a probe there')
  } finally {
    await Promise.all(processes.map((each) => each.close()))
  }
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
    assert.deepEqual(await on(0).owe?.([{ ...spent('zoe'), most: limit.per }]), [], 'what cannot be told is not')
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
