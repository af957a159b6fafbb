import type { BootOptions } from '../engine/boot.ts'
import { changedChannel, changedPayload, readChanged } from '../sql/changed.ts'
import { type ConnectRedis, loadRedis, type Redis } from './redis.ts'

/** Milliseconds between two looks at whether the line on which we hear is alive. */
const heartbeat = 2_000

/**
 * Processes hear of each other's writes through Redis in place of the database: for databases whose connections cannot
 * `LISTEN`, such as those behind a pooler. `start(app, { changes: await redisChanges('redis://cache:6379') })`. Throws
 * the Problem `invalid-setting` where the address is none or the package `ioredis` is not installed.
 */
export async function redisChanges(url: string): Promise<NonNullable<BootOptions['changes']>> {
  const connect = await loadRedis(url)
  return ({ name }) => {
    const channel = `${changedChannel}:${name}`
    const teller = createTeller(connect, channel)
    return {
      tell: (models) => teller.tell(models),
      listen: (heard, listening) => listen(connect, channel, heard, listening),
      close: async () => teller.close(),
    }
  }
}

/** Milliseconds after which what could not be told is told again. */
const again = 1_000

/**
 * Publishes changes. What could not be told is told as soon as Redis is back: until then whoever still hears somebody
 * may keep what is no longer true.
 */
function createTeller(connect: ConnectRedis, channel: string) {
  const pending = new Set<string>()
  let away = false
  let opening: Promise<Redis> | undefined
  let retry: NodeJS.Timeout | undefined

  const open = async (): Promise<Redis> => {
    const redis = connect()
    redis.on('error', () => {}) // whoever publishes hears of it
    redis.on('ready', () => void send(redis).catch(() => {}))
    await redis.connect().catch(() => {}) // it tries again by itself
    return redis
  }
  async function send(redis: Redis): Promise<void> {
    const models = [...pending]
    if (models.length === 0) return
    for (const model of models) pending.delete(model)
    try {
      await redis.publish(channel, changedPayload(models))
      away = false
    } catch (error) {
      away = true
      for (const model of models) pending.add(model)
      clearTimeout(retry)
      retry = setTimeout(() => void send(redis).catch(() => {}), again).unref()
      throw error
    }
  }
  return {
    async tell(models: readonly string[]): Promise<void> {
      for (const model of models) pending.add(model)
      opening ??= open()
      const redis = await opening
      // One writer waits until it is found out that Redis is away, and not every one after it.
      if (away) throw new Error('Redis does not answer.')
      await send(redis)
    },
    close(): void {
      clearTimeout(retry)
      void opening?.then((redis) => redis.disconnect())
    },
  }
}

/** Hears of changes. Redis keeps nothing for whoever is away: once the line is lost, something may have been missed. */
async function listen(
  connect: ConnectRedis,
  channel: string,
  heard: (models: readonly string[] | undefined) => void,
  listening: (now: boolean) => void,
): Promise<() => Promise<void>> {
  const redis = connect()
  let hears = false
  const set = (now: boolean): void => {
    if (now === hears) return
    hears = now
    listening(now)
  }
  let first = true
  redis.on('error', () => {}) // 'close' follows
  redis.on('close', () => set(false))
  redis.on('message', (_, payload) => heard(readChanged(payload)))
  redis.on('ready', () => {
    if (first) return
    redis.subscribe(channel).then(
      () => set(true),
      () => redis.disconnect(true),
    )
  })
  try {
    await redis.connect()
    await redis.subscribe(channel)
    first = false
  } catch (error) {
    redis.disconnect()
    throw error
  }
  set(true)
  const look = setInterval(() => {
    if (!hears) return
    redis.ping().catch(() => {
      set(false)
      redis.disconnect(true)
    })
  }, heartbeat)
  look.unref()
  return async () => {
    clearInterval(look)
    redis.disconnect()
  }
}
