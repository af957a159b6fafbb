import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { redisChanges } from '../../src/adapters/redis-changes.ts'
import { redisLimits } from '../../src/adapters/redis-limits.ts'
import { boot } from '../../src/engine/boot.ts'
import type { FileStorage } from '../../src/engine/files/storage.ts'
import { Opened } from '../../src/engine/opened.ts'
import { type StartOptions, start } from '../../src/identity/start.ts'
import { anyone, app, defineSchema, file, id, link, model, Problem, resources } from '../../src/index.ts'
import type { Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics/registry.ts'
import { type Actor, account, actor } from '../support/account.ts'
import { noRedis, redisServer } from '../support/redis.ts'

const user = model(account)
const note = model({ id: id<'note'>(), paper: file({ types: ['text/plain'], max: '1kb' }) })
const models = defineSchema({ user, note })
const { user: Users, note: Notes } = resources<typeof models, Actor>(models, actor)
const userPolicy = Users.policy(() => ({ read: anyone }))
const notePolicy = Notes.policy(() => ({ read: anyone, create: anyone }))
const noteView = Notes.view(({ row }) => ({ id: row.id })).cached({ for: '1h' })
const notes = Notes.expose({ view: noteView, operations: ['list', 'create'] })
const identity = Users.identity({ register: ['handle'], sessions: { token: 'jwt' } })
const pad = app({
  name: 'pad',
  schema: models,
  limits: { perAddress: { points: 1_000, per: '1h' } },
  use: { all: { userPolicy, notePolicy, noteView, notes, identity } },
})
const origin = 'https://pad.example'
const [first, second] = [{ current: randomBytes(32).toString('hex') }, { current: randomBytes(32).toString('hex') }]
/** Numbers that fail when what calls other services is about to be counted: nearly everything is open by then. */
const late: Metrics = {
  ...createMetrics(),
  histogram(described, buckets) {
    if (described.name === 'bede_outbound_seconds') throw new Problem('invalid-setting', { message: 'no such numbers' })
    return createMetrics().histogram(described, buckets)
  },
}

const driver = openStore('memory://')
const connection = await driver.open()
after(() => driver.close())

/** What a start opens, each of which notes when it is closed. `at`: what cannot be opened. */
function surroundings(at?: 'files' | 'database' | 'changes' | 'counter') {
  const closed: string[] = []
  const opens = <T>(name: typeof at, made: T): T => {
    if (at === name) throw new Problem('invalid-setting', { message: `${name} cannot be opened` })
    return made
  }
  const noting = (name: string) => async (): Promise<void> => void closed.push(name)
  const storage: FileStorage = {
    write: async () => {},
    read: async () => undefined,
    remove: async () => {},
    async *list() {},
    tidy: async () => {},
    close: noting('files'),
  }
  const own: Driver = { ...driver, open: async () => opens('database', connection), close: noting('database') }
  const options: StartOptions = {
    mode: 'production',
    log: silent,
    files: async () => opens('files', storage),
    driver: own,
    changes: () => opens('changes', { listen: async () => async () => {}, close: noting('changes') }),
    limits: {
      counter: () => opens('counter', { spend: () => ({ wait: 0, standings: [] }), close: noting('counter') }),
    },
  }
  return { closed, options }
}

test('a start that fails closes what it has opened, the last first, wherever it fails', async () => {
  const all = ['counter', 'changes', 'database', 'files']
  for (const [at, expected] of [
    ['files', []],
    ['database', ['database', 'files']],
    ['changes', ['database', 'files']],
    ['counter', ['changes', 'database', 'files']],
  ] as const) {
    const { closed, options } = surroundings(at)
    await assert.rejects(start(pad, options), { code: 'invalid-setting', message: `${at} cannot be opened` })
    assert.deepEqual(closed, expected, at)
  }
  const { closed, options } = surroundings()
  await assert.rejects(start(pad, { ...options, metrics: late }), {
    code: 'invalid-setting',
    message: 'no such numbers',
  })
  assert.deepEqual(closed, all)

  const other = surroundings()
  const failing = () => Promise.reject(new Error('it is no backend of ours'))
  const { mode, files, changes, limits } = other.options
  const parts = { mode, log: silent, ...(files && { files }), ...(changes && { changes }), ...(limits && { limits }) }
  const wrong = { ...other.options.driver, open: failing } as Driver
  await assert.rejects(boot(link(pad), { ...parts, driver: wrong }), /no backend of ours/)
  assert.deepEqual(other.closed, ['database', 'files'])

  // The last step of all: the key that signs tokens was sealed under another secret.
  const served = surroundings()
  const backend = await start(pad, { ...served.options, origin, secrets: first })
  assert.deepEqual(served.closed, [])
  await Promise.all([backend.close(), backend.close()])
  assert.deepEqual(served.closed, all, 'so does one that ends, once')
  const last = surroundings()
  await assert.rejects(start(pad, { ...last.options, origin, secrets: second }), { message: /another secret/ })
  assert.deepEqual(last.closed, all)
})

test('what cannot be closed keeps nothing else open', async () => {
  const closed: string[] = []
  const open = new Opened()
  open.add(() => closed.push('first'))
  open.add(() => Promise.reject(new Error('it hangs')))
  open.add(() => closed.push('last'))
  await assert.rejects(open.close(), /it hangs/)
  assert.deepEqual(closed, ['last', 'first'])
})

test('nobody is left at Redis by a start that failed late', { skip: noRedis }, async () => {
  const server = await redisServer()
  const looking = new Redis(server.url)
  const clients = async () =>
    String(await looking.client('LIST'))
      .trim()
      .split('\n').length
  try {
    const changes = await redisChanges(server.url)
    const counter = await redisLimits(server.url)
    const own: Driver = { ...driver, open: async () => connection, close: async () => {} }
    const shared: StartOptions = {
      ...{ mode: 'production', log: silent, files: 'elsewhere', origin },
      ...{ driver: own, changes, limits: { counter } },
    }
    const backend = await start(pad, { ...shared, secrets: first })
    await backend.call('note.list')
    while ((await clients()) < 3) await sleep(10) // it counts there, and hears there
    await backend.close()
    while ((await clients()) > 1) await sleep(10)
    await assert.rejects(start(pad, { ...shared, secrets: first, metrics: late }), { message: 'no such numbers' })
    // Whoever was on the way there is seen before they are gone.
    await sleep(200)
    assert.equal(await clients(), 1)
  } finally {
    looking.disconnect()
    await server.kill()
  }
})
