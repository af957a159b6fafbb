import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import pg from 'pg'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { bede, project, type Running, start } from './bede.ts'

const { folder, remove } = project()
after(remove)
// Tells which process answers, and keeps it busy for a moment.
appendFileSync(
  join(folder, 'api/notes.ts'),
  `
export const who = route('GET /who', {
  auth: 'optional',
  run: async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return { pid: process.pid }
  },
})
`,
)
const url = await postgresUrl()

interface Line {
  readonly message: string
  readonly worker?: number
  readonly pid?: number
  readonly url?: string
  readonly signal?: string
}
const lines = (running: Running): Line[] =>
  running
    .said()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const serving = async (words: readonly string[]) => {
  const running = start(['start', '--port', '0', ...words], { folder, environment: { DATABASE_URL: url ?? '' } })
  await running.until(/all workers serve/)
  const base = String(lines(running).find(({ message }) => message === 'all workers serve')?.url)
  return { running, base }
}
const who = async (base: string): Promise<number> => {
  const answer = await fetch(`${base}/who`, { headers: { Connection: 'close' } })
  assert.equal(answer.status, 200)
  return Number(Object(await answer.json()).pid)
}

describe('bede start --workers', { skip: url ? false : NO_POSTGRES }, () => {
  test('several processes share the port, one that is killed under load is replaced, and all stop together', async () => {
    const { running, base } = await serving(['--workers', '2'])
    const begun = lines(running).filter(({ message }) => message === 'serving')
    assert.deepEqual(begun.map(({ worker }) => worker).sort(), [1, 2], 'each line says which worker wrote it')
    const pids = new Set(begun.map(({ pid }) => pid))
    const seen = new Set<number>()
    while (seen.size < 2) for (const pid of await Promise.all(Array.from({ length: 8 }, () => who(base)))) seen.add(pid)
    assert.deepEqual(seen, pids)

    // Eight callers at once, one after another each: only what the killed process had in its hands is cut.
    const victim = Number(begun.find(({ worker }) => worker === 2)?.pid)
    const from = running.said().length
    let answered = 0
    let on = true
    const failed: unknown[] = []
    const callers = Array.from({ length: 8 }, async () => {
      while (on) {
        try {
          await who(base)
          answered++
        } catch (error) {
          failed.push(error)
        }
      }
    })
    while (answered < 50) await new Promise((resolve) => setTimeout(resolve, 5))
    process.kill(victim, 'SIGKILL')
    await running.until(/"message":"serving"/, from)
    on = false
    await Promise.all(callers)
    assert.ok(failed.length <= 8, `${failed.length} calls failed, and it had 8 at most`)
    for (const error of failed) assert.ok(error instanceof TypeError, String(error)) // cut, and not refused
    assert.match(running.said().slice(from), /"worker":2,"code":null,"signal":"SIGKILL".*"a worker has ended"/)

    // Asked to stop by itself, a worker ends well, and is replaced at once.
    const stopped = running.said().length
    const first = Number(begun.find(({ worker }) => worker === 1)?.pid)
    process.kill(first, 'SIGTERM')
    await running.until(/"worker":1.*"message":"serving"/, stopped)
    assert.notEqual(await who(base), first)

    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
    const last = lines(running)
    assert.equal(last.at(-1)?.message, 'stopped')
    for (const pid of last.flatMap(({ pid }) => pid ?? [])) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })

  test('the connections of all workers together stay below the stated total', async () => {
    assert.ok(url)
    const { running, base } = await serving(['--workers', '2', '--connections', '6'])
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const count = async () =>
      Number(
        (
          await client.query(
            "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'bede'",
          )
        ).rows[0].count,
      )
    let most = 0
    const load = Promise.all(Array.from({ length: 200 }, () => fetch(`${base}/latest`).then((answer) => answer.text())))
    let going = true
    void load.finally(() => (going = false))
    while (going) most = Math.max(most, await count())
    await load
    assert.ok(most >= 2 && most <= 6, `${most} connections`)
    await client.end()

    const other = bede(['start', '--workers', '2', '--port', new URL(base).port], {
      folder,
      environment: { DATABASE_URL: url },
    })
    assert.equal(other.code, 3, 'somebody else does not get in, though workers share the port')
    assert.match(other.err, /Cannot listen on/)
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).code, 0)
  })

  test('when the one that supervises is killed, no worker stays behind', async () => {
    const { running } = await serving(['--workers', '2'])
    running.child.kill('SIGKILL')
    await running.ended // its output closes when the last of them has ended
    assert.equal(lines(running).filter(({ message }) => message === 'serving').length, 2)
  })
})

describe('bede start --workers refuses', () => {
  test('the embedded database', () => {
    const { code, err } = bede(['start', '--embedded', '--workers', '2'], { folder })
    assert.equal(code, 2)
    assert.match(err, /The embedded database has one session, in one process: 2 workers cannot share it/)
  })

  test('what no worker could start from, once, with the exit code of a single process', () => {
    const { code, err } = bede(['start', '--workers', '3', '--port', '0'], {
      folder,
      environment: { DATABASE_URL: 'postgres://me:hidden@127.0.0.1:9/x' },
    })
    assert.equal(code, 3)
    assert.equal(err.match(/No PostgreSQL connection/g)?.length, 1)
    assert.doesNotMatch(err, /hidden/)
  })
})
