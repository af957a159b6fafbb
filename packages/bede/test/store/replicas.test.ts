import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createVersion } from '../../src/cli/serve/version.ts'
import { anyone, app, defineSchema, id, model, resources, text } from '../../src/index.ts'
import { replicatedDriver } from '../../src/store/postgres/replicas.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { freePort } from '../support/free-port.ts'

const bin = '/usr/lib/postgresql/15/bin'
const skip =
  process.getuid?.() === 0 && existsSync(join(bin, 'pg_basebackup'))
    ? false
    : 'no PostgreSQL 15 binaries of Debian, or not root: a replica cannot be made'

const note = model({ id: id<'note'>(), title: text() })
const models = defineSchema({ note })
const { note: Notes } = resources<typeof models, Record<never, never>>(models, {})
const notePolicy = Notes.policy(() => ({ read: anyone, create: anyone }))
const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title }))
const notesApi = Notes.expose({ view: noteView, operations: ['list', 'get', 'create'] })
const followed = app({ name: 'followed', schema: models, use: { notes: { notePolicy, noteView, notesApi } } })

const as = (...words: string[]) =>
  execFileSync('runuser', ['-u', 'postgres', '--', ...words], { stdio: 'pipe', cwd: '/' })

test('reads may lag by what was declared, those after an own write do not, and the primary answers where a replica cannot', {
  skip,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bede-replica-'))
  execFileSync('chown', ['postgres', folder])
  const main = join(folder, 'main')
  const data = join(folder, 'data')
  const [mainPort, port] = [await freePort(), await freePort()]
  const options = (at: number) => `-p ${at} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`
  const begin = (where: string, at: number) =>
    as(`${bin}/pg_ctl`, '-D', where, '-w', '-l', `${where}.log`, '-o', options(at), 'start')
  const halt = (where: string) => as(`${bin}/pg_ctl`, '-D', where, '-m', 'immediate', 'stop')
  as(`${bin}/initdb`, '-D', main, '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C', '-U', 'postgres')
  begin(main, mainPort)
  as(
    `${bin}/pg_basebackup`,
    '-D',
    data,
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
    '-h',
    '127.0.0.1',
    '-p',
    String(mainPort),
    '-U',
    'postgres',
  )
  begin(data, port)
  const url = `postgres://postgres@127.0.0.1:${mainPort}/postgres`
  const replica = new URL(url)
  replica.port = String(port)
  const follower = new pg.Client({ connectionString: replica.href })
  follower.on('error', () => {})
  await follower.connect()
  const serve = async (maxLag: number) => {
    const driver = replicatedDriver({ primary: { url }, replicas: [{ url: replica.href }], maxLag })
    const { http, close } = await createVersion(followed, {
      driver,
      address: { host: '127.0.0.1', port: 0 },
      log: silent,
      development: false,
      exposed: true,
    })
    const base = `http://127.0.0.1:${(await http.listen()).port}`
    const count = async (consistency?: string): Promise<number> => {
      const answer = await fetch(`${base}/notes`, {
        headers: consistency === undefined ? {} : { 'Bede-Consistency': consistency },
      })
      assert.equal(answer.status, 200)
      return Object(await answer.json()).items.length
    }
    /** Until the replica is read for whoever has seen this position. */
    const follows = async (position: string) => {
      const connection = await driver.open()
      while (!connection.replica?.(position)) await sleep(5)
    }
    const end = async () => {
      await http.close()
      await close()
    }
    return { base, count, follows, end }
  }
  const patient = await serve(3_600_000)
  const strict = await serve(300)
  const { base, count } = patient
  let stopped = false
  const write = async (): Promise<string> => {
    const answer = await fetch(`${base}/notes`, {
      method: 'POST',
      body: '{"title":"a"}',
      headers: { 'Content-Type': 'application/json' },
    })
    assert.equal(answer.status, 201)
    return answer.headers.get('bede-consistency') ?? ''
  }
  try {
    const first = await write()
    assert.match(first, /^[0-9A-F]+\/[0-9A-F]+$/)
    assert.equal(await count(first), 1)
    for (const { follows } of [patient, strict]) await follows(first)
    await follower.query('select pg_wal_replay_pause()')
    while ((await follower.query('select pg_get_wal_replay_pause_state() s')).rows[0].s !== 'paused') await sleep(5)
    const second = await write()
    // The replica stands still: it may be read until it is too old, and never by whoever wrote.
    assert.deepEqual([await count(), await count(second)], [1, 2])
    while ((await strict.count()) === 1) assert.equal(await strict.count(second), 2, 'the own write is there')
    for (let i = 0; i < 5; i++) assert.equal(await strict.count(), 2, 'too far behind: the primary answers')
    assert.equal(await count(), 1)
    await follower.query('select pg_wal_replay_resume()')
    for (const { follows } of [patient, strict]) await follows(second)
    assert.equal((await fetch(`${base}/notes`, { headers: { 'Bede-Consistency': 'x' } })).status, 400)
    await follower.end()
    halt(data)
    stopped = true
    for (let i = 0; i < 10; i++) assert.equal(await count('0/0'), 2, 'away: the primary answers')
  } finally {
    await patient.end()
    await strict.end()
    if (!stopped) halt(data)
    halt(main)
    await follower.end().catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  }
})
