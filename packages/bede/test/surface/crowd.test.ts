import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createVersion } from '../../src/cli/serve/version.ts'
import { anyone, app, defineSchema, id, model, resources, text } from '../../src/index.ts'
import { createAdmission } from '../../src/store/admission.ts'
import { postgresDriver } from '../../src/store/postgres/driver.ts'
import type { PoolLimits } from '../../src/store/postgres/options.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'

const note = model({ id: id<'note'>(), title: text() })
const models = defineSchema({ note })
const { note: Notes } = resources<typeof models, Record<never, never>>(models, {})
const notePolicy = Notes.policy(() => ({ read: anyone, create: anyone }))
const noteView = Notes.view(({ row }) => ({ title: row.title }))
const notesApi = Notes.expose({ view: noteView, operations: ['list', 'create'] })
const crowded = app({ name: 'crowded', schema: models, use: { notes: { notePolicy, noteView, notesApi } } })

const url = await postgresUrl()
const skip = url ? false : NO_POSTGRES

async function serve(address: string, pool: Partial<PoolLimits>) {
  const { http, close } = await createVersion(crowded, {
    driver: postgresDriver({ url: address, pool }),
    address: { host: '127.0.0.1', port: 0 },
    log: silent,
    development: false,
    exposed: true,
  })
  const { port } = await http.listen()
  return {
    get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`),
    end: async () => {
      await http.close()
      await close()
    },
  }
}

async function client(address: string) {
  const made = new pg.Client({ connectionString: address })
  await made.connect()
  return made
}

test('a database that stands still: a few wait, all others hear so at once, and nobody does when it is over', {
  skip,
}, async () => {
  assert.ok(url)
  const { get, end } = await serve(url, {
    connections: 2,
    pipelined: 1,
    queue: { waiting: 4, patience: 60_000, standing: 60_000 },
  })
  const blocker = await client(url)
  try {
    assert.equal((await get('/notes')).status, 200)
    await blocker.query('begin; lock table note in access exclusive mode')
    const answers = Array.from({ length: 40 }, () => get('/notes'))
    const early: Response[] = []
    for (const answer of answers) void answer.then((one) => early.push(one))
    while (early.length < 34) await sleep(5) // two run, four wait; nothing has been let go yet
    for (const one of early) assert.deepEqual([one.status, one.headers.get('retry-after')], [503, '1'])
    assert.equal((await get('/health/live')).status, 200)
    const ready = await get('/health/ready')
    assert.equal(ready.status, 503, 'it cannot serve calls now, and says so')
    await blocker.query('rollback')
    const all = await Promise.all(answers)
    const served = all.filter(({ status }) => status === 200).length
    assert.equal(all.filter(({ status }) => status === 503).length, 40 - served)
    // The second connection may still have been on its way when they came, and one less could run.
    assert.ok(served === 6 || served === 5, String(served))
    for (let i = 0; i < 20; i++) assert.equal((await get('/notes')).status, 200, 'it is over at once')
  } finally {
    await blocker.end()
    await end()
  }
})

test('a queue that does not move is joined by nobody', { skip }, async () => {
  assert.ok(url)
  const { get, end } = await serve(url, {
    connections: 1,
    pipelined: 1,
    acquireTimeout: 60_000,
    queue: { waiting: 1_000, patience: 50, standing: 50 },
  })
  const blocker = await client(url)
  try {
    await blocker.query('begin; lock table note in access exclusive mode')
    const first = [get('/notes'), get('/notes')]
    let refused: Response | undefined
    while (refused?.status !== 503) {
      const asked = get('/notes')
      first.push(asked)
      refused = (await Promise.race([asked, sleep(20)])) ?? undefined
    }
    await blocker.query('rollback')
    for (const one of await Promise.all(first)) assert.ok(one.status === 200 || one.status === 503)
    while ((await get('/notes')).status !== 200) await sleep(1)
  } finally {
    await blocker.end()
    await end()
  }
})

test('a server that has no connection left for us: calls are answered with those there are, or with 503', {
  skip,
}, async () => {
  assert.ok(url)
  const role = `bede_few_${process.pid}`
  const admin = await client(url)
  await admin.query(
    `create role ${role} login connection limit 2; grant all on schema public to ${role}; alter database "${new URL(url).pathname.slice(1)}" owner to ${role}`,
  )
  await admin.query(
    `grant all on all tables in schema public to ${role}; grant usage on schema bede to ${role}; grant all on all tables in schema bede to ${role}`,
  )
  const address = new URL(url)
  address.username = role
  const { get, end } = await serve(address.href, { connections: 8, pipelined: 2 })
  try {
    const answers = await Promise.all(Array.from({ length: 60 }, () => get('/notes')))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], 'two connections serve them all')
    await admin.query(`alter role ${role} connection limit 0`)
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`)
    while ((await get('/notes')).status === 200) await sleep(1)
    const refused = await get('/notes')
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
    assert.doesNotMatch(await refused.text(), /too many|role|connection/)
    assert.equal((await get('/health/live')).status, 200)
    await admin.query(`alter role ${role} connection limit 2`)
    while ((await get('/notes')).status !== 200) await sleep(5)
  } finally {
    await end()
    await admin.query(
      `alter database "${new URL(url).pathname.slice(1)}" owner to current_user; drop owned by ${role}; drop role ${role}`,
    )
    await admin.end()
  }
})

test('a crowd is waited for; a queue that never empties is kept short, as its pace foretells', () => {
  let now = 0
  const limits = { waiting: 100, patience: 5_000, standing: 1_000 }
  const admission = createAdmission(limits, () => now)
  const refuses = (waiting: number, since: number) =>
    assert.throws(() => admission.admit(waiting, since), { failure: 'busy' })
  admission.admit(0, undefined)
  now += 300
  admission.moved()
  admission.admit(99, now)
  refuses(100, now)
  for (; now < 1_200; admission.moved()) now += 300
  admission.admit(15, now)
  refuses(16, now)
  refuses(1, now - 5_001)
  for (; now < 5_100; admission.moved()) now += 300
  admission.admit(2, now)
  refuses(3, now)
  refuses(1, now - 1_001)
  admission.admit(0, undefined)
  admission.admit(99, now)
})
