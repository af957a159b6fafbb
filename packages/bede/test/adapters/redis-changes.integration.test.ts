import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  anyone,
  app,
  defineSchema,
  id,
  isProblem,
  model,
  redisChanges,
  resources,
  start,
  text,
} from '../../src/index.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { noRedis, redisServer } from '../support/redis.ts'

const note = model({ id: id<'note'>(), title: text() })
const models = defineSchema({ note })
const { note: Notes } = resources<typeof models, Record<never, never>>(models, {})
const notePolicy = Notes.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title })).cached({ for: '1d' })
const notesApi = Notes.expose({ view: noteView, operations: ['list', 'get', 'create', 'update'] })
const told = app({ name: 'told', schema: models, use: { notes: { notePolicy, noteView, notesApi } } })

const url = await postgresUrl()

/** A backend that counts the statements that reach the database outside transactions. */
async function process_(redis: string) {
  const below = openStore(url)
  let reads = 0
  const counted = (connection: Connection): Connection => ({
    ...connection,
    query(statement, options) {
      reads++
      return connection.query(statement, options)
    },
  })
  const driver: Driver = {
    name: below.name,
    open: async () => counted(await below.open()),
    close: () => below.close(),
  }
  const changes = await redisChanges(redis)
  const backend = await start(told, { driver, mode: 'development', log: silent, changes })
  const call = async (operation: string, input: unknown) => {
    const { answer } = await backend.call(operation, input)
    return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
  }
  const asks = async (f: () => Promise<unknown>): Promise<number> => {
    const earlier = reads
    await f()
    return reads - earlier
  }
  return {
    backend,
    asks,
    title: async (input: unknown): Promise<string> => (await call('note.get', input)).title,
    rename: (id: string, title: string) => call('note.update', { id, data: { title } }),
    create: async (title: string): Promise<string> => (await call('note.create', { data: { title } })).id,
  }
}
type Process = Awaited<ReturnType<typeof process_>>

describe('cached views that hear through Redis', { skip: noRedis || (url ? false : NO_POSTGRES) }, () => {
  let redis: Awaited<ReturnType<typeof redisServer>>
  let one: Process
  let two: Process
  let note1 = ''
  const both = () => [one, two]
  const read = (process: Process) => process.title({ id: note1 })
  /** Until an answer is kept, or until none is. */
  const until = async (kept: boolean) => {
    for (const process of both()) while (((await process.asks(() => read(process))) === 0) !== kept) await sleep(5)
  }
  /** A write of one is seen by the other, as soon as it has heard of it. */
  const heard = async (title: string) => {
    await one.rename(note1, title)
    assert.equal(await read(one), title)
    while ((await read(two)) !== title) await sleep(2)
  }
  before(async () => {
    redis = await redisServer()
    one = await process_(redis.url)
    two = await process_(redis.url)
    note1 = await one.create('first')
    await until(true)
  })
  after(async () => {
    for (const process of both()) await process?.backend.close()
    redis?.signal('SIGCONT')
    await redis?.kill()
  })

  test('a write is heard of by the others, and PostgreSQL sends nobody a notification', async () => {
    const listener = new pg.Client({ connectionString: url ?? '' })
    await listener.connect()
    const notified: string[] = []
    listener.on('notification', ({ channel }) => notified.push(channel))
    await listener.query('listen bede_changed')
    await heard('second')
    await until(true)
    await heard('third')
    await listener.query('select 1') // what was sent before has come by now
    await listener.end()
    assert.deepEqual(notified, [])
  })

  test('class 58: while Redis is away nothing is kept, so nothing is old; when it is back, answers are kept again', async () => {
    await until(true)
    await redis.kill()
    await until(false)
    await one.rename(note1, 'while it was away')
    for (const process of both()) assert.equal(await read(process), 'while it was away')
    await redis.begin()
    await until(true)
    await heard('back again')
  })

  test('class 58: a Redis that stands still is taken for one that is away, and writes go on', async () => {
    await until(true)
    redis.signal('SIGSTOP')
    await until(false)
    await one.rename(note1, 'standing')
    for (const process of both()) assert.equal(await read(process), 'standing')
    redis.signal('SIGCONT')
    await until(true)
    await heard('moving')
  })

  test('what was published by somebody else is at most a reason to ask again', async () => {
    await until(true)
    const { loadRedis } = await import('../../src/adapters/redis.ts')
    const stranger = (await loadRedis(redis.url))()
    await stranger.connect()
    for (const payload of ['', '*', '{"a":1}', 'constructor,__proto__', '\u0000', 'x'.repeat(100_000), 'note'])
      await stranger.publish('bede_changed:told', payload)
    stranger.disconnect()
    assert.equal(await read(two), 'moving')
    await heard('as ever')
  })
})

test('an address that is none is refused, and a missing package is named', async () => {
  for (const wrong of ['', 'localhost:6379', 'http://127.0.0.1:6379', 'redis://'])
    await assert.rejects(redisChanges(wrong), (error) => isProblem(error) && error.code === 'invalid-setting', wrong)
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (/ioredis/.test(specifier)) throw Object.assign(new Error('missing'), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(specifier, context)
    },
  })
  try {
    await assert.rejects(
      redisChanges('redis://127.0.0.1:6379'),
      (error) => isProblem(error) && /ioredis/.test(error.message) && /npm install ioredis/.test(error.hint ?? ''),
    )
  } finally {
    hooks.deregister()
  }
})
