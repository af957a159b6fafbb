import { hash } from 'node:crypto'
import { memoryCounter } from '../engine/limits/memory-counter.ts'
import type { Counted, Counter, Spent } from '../engine/limits/quota.ts'
import type { Logger } from '../telemetry/logger.ts'
import { loadRedis } from './redis.ts'

/** What all processes of an app count with. */
export interface SharedCounter extends Counter {
  close(): Promise<void>
}

/** Milliseconds after which a Redis that was away is asked again, by one call; the others do not wait for it. */
const again = 1_000

/**
 * In one step, by the clock of Redis: of each key the time at which all points are back. `ARGV`: of each key the milliseconds
 * of one point, of all points, and how many points. Answers how long to wait, and how far behind each key is.
 */
const script = `
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
return answer`
const name = hash('sha1', script)

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

    const ask = async (all: readonly Spent[]): Promise<unknown> => {
      const keys = all.map(
        ({ limit, whose }) =>
          `bede:${app}/limit/${limit.name}/${limit.points}/${limit.per}/${hash('sha256', whose, 'base64url')}`,
      )
      const values = all.flatMap(({ limit, points }) => [limit.each, limit.per, points].map(String))
      try {
        return await redis.evalsha(name, keys.length, ...keys, ...values)
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
        return redis.eval(script, keys.length, ...keys, ...values)
      }
    }
    return {
      async spend(all): Promise<Counted> {
        if (away && performance.now() < askAt) return alone.spend(all)
        if (away) askAt = performance.now() + again
        try {
          await opened
          const counted = read(await ask(all), all)
          if (away) log.info('callers are counted in Redis again')
          away = false
          return counted
        } catch (error) {
          if (!away)
            log.warn('Redis does not answer: until it does, each process counts callers for itself', {
              error: error instanceof Error ? error.message : String(error),
            })
          away = true
          askAt = performance.now() + again
          return alone.spend(all)
        }
      },
      close: async () => redis.disconnect(),
    }
  }
}

function read(answer: unknown, all: readonly Spent[]): Counted {
  const [wait = Number.NaN, ...behind] = Array.isArray(answer) ? answer.map(Number) : []
  if (behind.length !== all.length || ![wait, ...behind].every(Number.isFinite))
    throw new TypeError('Redis answered something else')
  return { wait, standings: all.map(({ limit }, index) => ({ limit, behind: behind[index] ?? 0 })) }
}
