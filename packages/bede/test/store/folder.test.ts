import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Statement } from '../../src/sql/statement.ts'
import { type Connection, StoreError } from '../../src/store/driver.ts'
import { pgliteDriver } from '../../src/store/pglite/driver.ts'
import { embeddedMajor } from '../../src/store/pglite/folder.ts'
import { acquireLock } from '../../src/store/pglite/lock.ts'
import { snapshotCache } from '../../src/store/pglite/snapshot.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { startChild } from './child.ts'

const root = await mkdtemp(join(tmpdir(), 'bede-folder-'))
after(() => rm(root, { recursive: true, force: true }))
let folders = 0
const newFolder = (): string => join(root, `f${folders++}`)

const once = (sql: string): Statement => ({ sql, params: [], shape: [] })
const refusedAs =
  (code: string, ...words: readonly string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, code)
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} does not say ${word}`)
    assert.ok(error.hint)
    return true
  }

async function using<T>(folder: string, f: (connection: Connection) => Promise<T>): Promise<T> {
  const driver = pgliteDriver({ folder })
  try {
    return await f(await driver.open())
  } finally {
    await driver.close()
  }
}

/** Everything in a folder but the database's own files, with its content. */
async function besides(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true })
  const contents = entries
    .filter((entry) => entry.isFile())
    .map(async ({ name }) => [name, await readFile(join(folder, name), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(contents))
}

describe('a data folder', () => {
  test('keeps what was written; closing leaves no lock', async () => {
    const folder = newFolder()
    await using(folder, (c) => c.script('create table kept (n int4); insert into kept values (1)'))
    assert.deepEqual((await readdir(folder)).sort(), ['bede.json', 'data'])
    assert.deepEqual(await using(folder, (c) => c.query(once('select n from kept'))), [['1']])
  })

  test('a second process is refused by name, and does no harm', async () => {
    const folder = newFolder()
    const holder = startChild('child-hold.ts', `pglite://${folder}`)
    const patient = pgliteDriver({ folder })
    try {
      await holder.line((line) => line === 'open')
      const before = await besides(folder)
      await assert.rejects(patient.open(), refusedAs('store-locked', String(holder.pid), folder))
      const third = startChild('child-hold.ts', `pglite://${folder}`)
      assert.equal(await third.line(() => true), 'problem store-locked')
      assert.equal(await third.ended, 0)
      assert.deepEqual(await besides(folder), before)
    } finally {
      await holder.kill()
    }
    assert.deepEqual(await (await patient.open()).query(once('select 1')), [['1']], 'a driver may be asked again')
    await patient.close()
    assert.deepEqual(
      await using(folder, (c) => c.query(once('select 1'))),
      [['1']],
      'after its death the lock is taken over',
    )
  })

  test('a second driver in the same process is refused, and the first goes on', async () => {
    const folder = newFolder()
    await using(folder, async (c) => {
      await assert.rejects(pgliteDriver({ folder }).open(), refusedAs('store-locked', String(process.pid)))
      assert.deepEqual(await c.query(once('select 1')), [['1']])
    })
  })

  test('a lock of a process number that now belongs to another process is taken over', async () => {
    const folder = newFolder()
    await mkdir(folder)
    const lock = { token: 't', pid: process.ppid, started: 'an earlier boot', host: hostname() }
    await writeFile(join(folder, 'bede.lock'), JSON.stringify(lock))
    assert.deepEqual(await using(folder, (c) => c.query(once('select 1'))), [['1']])
  })

  test('a lock of another host, or one that cannot be read, is not touched', async () => {
    const foreign = JSON.stringify({ token: 't', pid: 1, started: null, host: 'elsewhere.example' })
    for (const content of [foreign, '', 'not JSON', '{"pid":1}']) {
      const folder = newFolder()
      await mkdir(folder)
      await writeFile(join(folder, 'bede.lock'), content)
      await assert.rejects(pgliteDriver({ folder }).open(), refusedAs('store-locked', folder))
      assert.deepEqual(await besides(folder), { 'bede.lock': content })
    }
  })

  test('of many that find the lock of a dead process, one gets it', async () => {
    const dead = startChild('child-hold.ts', 'memory://', 'write')
    await dead.ended
    for (let round = 0; round < 40; round++) {
      const folder = newFolder()
      await mkdir(folder)
      const path = join(folder, 'bede.lock')
      await writeFile(path, JSON.stringify({ token: 'stale', pid: dead.pid, started: 'then', host: hostname() }))
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * (round % 8)))
        return acquireLock(path)
      }
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, late))
      const won = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
      assert.equal(won.length, 1)
      for (const attempt of attempts) {
        if (attempt.status === 'rejected') refusedAs('store-locked')(attempt.reason)
      }
      await won[0]?.release()
      assert.deepEqual(await readdir(folder), [])
    }
  })

  test('made by another version of PostgreSQL: refused, and left as it is', async () => {
    const folder = newFolder()
    await using(folder, (c) => c.script('create table kept (n int4)'))
    const stamp = JSON.stringify({ folder: 1, postgres: embeddedMajor - 1, state: 'ready' })
    await writeFile(join(folder, 'bede.json'), stamp)
    await assert.rejects(pgliteDriver({ folder }).open(), refusedAs('store-version', String(embeddedMajor - 1), folder))
    assert.deepEqual(await besides(folder), { 'bede.json': stamp })
    assert.ok((await readdir(join(folder, 'data'))).includes('PG_VERSION'))
  })

  test('the stamp says the version the database really has', async () => {
    const version = await using(newFolder(), (c) =>
      c.query(once("select current_setting('server_version_num')::int4 / 10000")),
    )
    assert.deepEqual(version, [[String(embeddedMajor)]])
  })

  test('with a damaged stamp, or with other files in it: refused, and left as it is', async () => {
    for (const [name, content] of [
      ['bede.json', '{'],
      ['bede.json', '{"folder":1}'],
      ['notes.txt', 'mine'],
      ['PG_VERSION', '17'],
    ] as const) {
      const folder = newFolder()
      await mkdir(folder)
      await writeFile(join(folder, name), content)
      await assert.rejects(pgliteDriver({ folder }).open(), refusedAs('store-folder', folder))
      assert.deepEqual(await besides(folder), { [name]: content })
    }
  })

  test('a folder whose creation was cut short is made anew', async () => {
    const folder = newFolder()
    await mkdir(join(folder, 'data'), { recursive: true })
    await writeFile(join(folder, 'data', 'half'), 'a file')
    await writeFile(
      join(folder, 'bede.json'),
      JSON.stringify({ folder: 1, postgres: embeddedMajor, state: 'creating' }),
    )
    assert.deepEqual(await using(folder, (c) => c.query(once('select 1'))), [['1']])
    assert.ok(!(await readdir(join(folder, 'data'))).includes('half'))
  })

  test('its own catalog cannot be changed', async () => {
    await using(newFolder(), (c) =>
      assert.rejects(
        c.script('create table pg_catalog.mine (n int4)'),
        (error) => error instanceof StoreError && error.failure === 'other',
      ),
    )
  })

  test('after close, statements are refused; opening again works', async () => {
    const driver = pgliteDriver({ folder: newFolder() })
    const first = await driver.open()
    await driver.close()
    await assert.rejects(
      first.query(once('select 1')),
      (error) => error instanceof StoreError && error.failure === 'unavailable',
    )
    assert.deepEqual(await (await driver.open()).query(once('select 1')), [['1']])
    await driver.close()
    await driver.close()
  })
})

describe('the snapshot of an empty database', () => {
  test('is made once, and a damaged one is not used', async () => {
    const cache = newFolder()
    const open = async () => {
      const driver = pgliteDriver({ cache })
      const rows = await (await driver.open()).query(once('select 1'))
      await driver.close()
      return rows
    }
    assert.deepEqual(await open(), [['1']])
    const [file = ''] = await readdir(cache)
    const whole = await readFile(join(cache, file))
    assert.deepEqual(new Uint8Array((await snapshotCache(cache).read()) ?? []).length, whole.length - 32)
    for (const damaged of [
      whole.subarray(0, 1000),
      Buffer.concat([whole.subarray(0, 9000), Buffer.from([whole[9000]! ^ 1]), whole.subarray(9001)]),
    ]) {
      await writeFile(join(cache, file), damaged)
      assert.equal(await snapshotCache(cache).read(), undefined)
    }
    assert.deepEqual(await open(), [['1']])
    assert.deepEqual(await readdir(cache), [file], 'no draft is left')
  })

  test('without a place for it the database still opens', async () => {
    const cache = newFolder()
    await writeFile(cache, 'a file, not a folder')
    const driver = pgliteDriver({ cache })
    assert.deepEqual(await (await driver.open()).query(once('select 1')), [['1']])
    await driver.close()
  })
})
