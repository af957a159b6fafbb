import { hash } from 'node:crypto'
import { memoryCounter } from '../engine/limits/memory-counter.ts'
import type { Counted, Counter, Spent, Standing } from '../engine/limits/quota.ts'
import type { Logger } from '../telemetry/logger.ts'
import { loadRedis } from './redis.ts'

/** What all processes of an app count with. */
export interface SharedCounter extends Counter {
  close(): Promise<void>
}

/** Milliseconds after which a Redis that was away is asked again, by one call; the others do not wait for it. */
const again = 1_000

interface Script {
  readonly text: string
  /** As Redis knows it. */
  readonly name: string
}
const scripted = (text: string): Script => ({ text, name: hash('sha1', text) })

/**
 * In one step, by the clock of Redis: of each key the time at which all points are back. `ARGV`: of each key the milliseconds
 * of one point, of all points, and how many points. Answers how long to wait, and how far behind each key is.
 */
const spending = scripted(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local behind, wait = {}, 0
for i, key in ipairs(KEYS) do
  behind[i] = math.max(0, tonumber(redis.call('GET', key) or '0') - now)
  wait = math.max(wait, behind[i] + ARGV[i * 3] * ARGV[i * 3 - 2] - ARGV[i * 3 - 1])
end
if wait < 0.01 then
  wait = 0
  for i, key in ipairs(KEYS) do
    behind[i] = behind[i] + ARGV[i * 3] * ARGV[i * 3 - 2]
    redis.call('SET', key, string.format('%.3f', now + behind[i]), 'PX', math.ceil(behind[i]) + 1)
  end
end
local answer = { string.format('%.3f', wait) }
for i = 1, #KEYS do answer[i + 1] = string.format('%.3f', behind[i]) end
return answer`)

/**
 * The same for what is decided already: points are taken whether they are there or not. `ARGV`: of each key the milliseconds
 * of one point, of what is owed at most, and how many points.
 */
const owing = scripted(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local answer = {}
for i, key in ipairs(KEYS) do
  local before = math.max(0, tonumber(redis.call('GET', key) or '0') - now)
  local behind = math.max(before, math.min(before + ARGV[i * 3] * ARGV[i * 3 - 2], tonumber(ARGV[i * 3 - 1])))
  redis.call('SET', key, string.format('%.3f', now + behind), 'PX', math.ceil(behind) + 1)
  answer[i] = string.format('%.3f', behind)
end
return answer`)

/**
 * Processes count callers together, in Redis: a limit is one, however many processes serve. While Redis is away each of
 * them counts for itself: nobody is let through uncounted, and nobody is turned away because of it.
 * `start(app, { limits: { counter: await redisLimits('redis://cache:6379') } })`. Throws the Problem `invalid-setting` where
 * the address is none or the package `ioredis` is not installed.
 */
export async function redisLimits(
  url: string,
): Promise<(about: { readonly name: string; readonly log: Logger }) => SharedCounter> {
  const connect = await loadRedis(url)
  return ({ name: app, log }) => {
    const redis = connect()
    redis.on('error', () => {}) // whoever asks hears of it
    const opened = redis.connect().catch(() => {}) // it tries again by itself
    const alone = memoryCounter()
    let away = false
    let askAt = 0

    const run = async (script: Script, all: readonly Spent[], values: readonly number[]): Promise<unknown> => {
      const keys = all.map(
        ({ limit, whose }) =>
          `bede:${app}/limit/${limit.name}/${limit.points}/${limit.per}/${hash('sha256', whose, 'base64url')}`,
      )
      const said = values.map(String)
      try {
        return await redis.evalsha(script.name, keys.length, ...keys, ...said)
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
        return redis.eval(script.text, keys.length, ...keys, ...said)
      }
    }
    /** What Redis says, or, while it is away, what is done without it. */
    const ask = async <T>(asked: () => Promise<T>, instead: () => T): Promise<T> => {
      if (away && performance.now() < askAt) return instead()
      if (away) askAt = performance.now() + again
      try {
        await opened
        const answer = await asked()
        if (away) log.info('callers are counted in Redis again')
        away = false
        return answer
      } catch (error) {
        if (!away)
          log.warn('Redis does not answer: until it does, each process counts callers for itself', {
            error: error instanceof Error ? error.message : String(error),
          })
        away = true
        askAt = performance.now() + again
        return instead()
      }
    }
    return {
      spend: (all) =>
        ask(
          async () => {
            const values = all.flatMap(({ limit, points }) => [limit.each, limit.per, points])
            return counted(await run(spending, all, values), all)
          },
          () => alone.spend(all),
        ),
      owe: (all) =>
        ask(
          async () => {
            const values = all.flatMap(({ limit, most, points }) => [limit.each, most, points])
            return standings(await run(owing, all, values), all)
          },
          () => [],
        ),
      close: async () => redis.disconnect(),
    }
  }
}

function counted(answer: unknown, all: readonly Spent[]): Counted {
  const [first, ...behind] = Array.isArray(answer) ? answer : []
  const wait = Number(first)
  if (!Number.isFinite(wait)) throw new TypeError('Redis answered something else')
  return { wait, standings: standings(behind, all) }
}

function standings(answer: unknown, all: readonly Spent[]): readonly Standing[] {
  const behind = Array.isArray(answer) ? answer.map(Number) : []
  if (behind.length !== all.length || !behind.every(Number.isFinite))
    throw new TypeError('Redis answered something else')
  return all.map(({ limit }, index) => ({ limit, behind: behind[index] ?? 0 }))
}
