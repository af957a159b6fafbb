import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { bede, project, start } from './bede.ts'

const { folder, remove } = project()
after(remove)

// Answers when the test says so, and not before: a file is the sign.
appendFileSync(
  join(folder, 'api/notes.ts'),
  `
import { existsSync, writeFileSync } from 'node:fs'
export const slow = route('GET /slow', {
  auth: 'optional',
  run: async () => {
    writeFileSync('begun', '')
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 10))
    return { done: true }
  },
})
`,
)
const begun = join(folder, 'begun')
beforeEach(() => {
  for (const name of ['go', 'begun']) rmSync(join(folder, name), { force: true })
})
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

const url = await postgresUrl()

for (const store of ['embedded', 'postgres'] as const) {
  describe(`bede start on ${store}`, { skip: store === 'postgres' && !url ? NO_POSTGRES : false }, () => {
    const words = store === 'embedded' ? ['start', '--port', '0', '--embedded'] : ['start', '--port', '0']
    const environment: Record<string, string> = store === 'postgres' && url ? { DATABASE_URL: url } : {}
    const serving = async () => {
      const running = start(words, { folder, environment })
      const [line] = await running.until(/^.*"message":"serving".*$/m)
      return { running, url: String(JSON.parse(line).url) }
    }

    test('finishes what is in flight, refuses the rest and exits with 0', async () => {
      const { running, url } = await serving()
      const answer = fetch(`${url}/slow`)
      await until(() => existsSync(begun))
      running.child.kill('SIGTERM')
      await running.until(/"message":"stopping"/)
      await assert.rejects(fetch(`${url}/latest`), 'nothing new is let in')
      writeFileSync(join(folder, 'go'), '')
      assert.deepEqual(await (await answer).json(), { done: true })
      assert.deepEqual(await running.ended, { code: 0, signal: null })
      assert.match(running.said(), /"message":"stopped"/)
    })

    test('a second signal exits at once', async () => {
      const { running, url } = await serving()
      const answer = fetch(`${url}/slow`).catch(() => 'cut')
      await until(() => existsSync(begun))
      running.child.kill('SIGTERM')
      await running.until(/"message":"stopping"/)
      running.child.kill('SIGTERM')
      assert.equal((await running.ended).code, 143)
      assert.equal(await answer, 'cut')
    })

    test('writes only lines of JSON, and no password', async () => {
      const { running } = await serving()
      running.child.kill('SIGTERM')
      await running.ended
      for (const line of running.said().trim().split('\n')) assert.ok(JSON.parse(line).message, line)
    })

    test('a database that differs from the declaration is refused and left as it is', async () => {
      const path = join(folder, 'models/note.ts')
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace('shared: bool', 'pinned: bool({ default: false }),\n    shared: bool'))
      const { code, err } = bede(words, { folder, environment })
      writeFileSync(path, text)
      assert.equal(code, 3)
      assert.match(
        err,
        /note\.pinned is not in the database yet\.\n\n→ `bede start` changes nothing.*bede migrate plan/,
      )
      assert.doesNotMatch(err, /Make it optional|Some rows/)
      const { running } = await serving()
      running.child.kill('SIGTERM')
      assert.deepEqual(await running.ended, { code: 0, signal: null })
    })

    test('a signal that comes the moment it serves is not lost', async () => {
      const running = start(words, { folder, environment })
      await running.until(/./)
      running.child.kill('SIGTERM')
      assert.deepEqual(await running.ended, { code: 0, signal: null })
    })
  })
}

describe('bede start refuses', () => {
  test('to guess a database', () => {
    const { code, err } = bede(['start', '--port', '0'], { folder })
    assert.equal(code, 2)
    assert.match(err, /There is no DATABASE_URL.*\n +→ Set DATABASE_URL=.*--embedded/)
  })

  test('an address that is none, without showing it', () => {
    const { code, err } = bede(['start'], { folder, environment: { DATABASE_URL: 'mysql://me:hidden@db/x' } })
    assert.equal(code, 2)
    assert.match(err, /not the address of a PostgreSQL database/)
    assert.doesNotMatch(err, /hidden/)
  })

  test('a database that does not answer', () => {
    const { code, err } = bede(['start', '--port', '0'], {
      folder,
      environment: { DATABASE_URL: 'postgres://me:hidden@127.0.0.1:9/x' },
    })
    assert.equal(code, 3)
    assert.doesNotMatch(err, /hidden|node:internal/)
    assert.match(err, /^error {2}/)
  })

  test('mistakes, all of them, before it opens a database', () => {
    const path = join(folder, 'services/notes.ts')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('export const notePolicy', 'const notePolicy'))
    const { code, err } = bede(['start', '--embedded', '--port', '0'], { folder })
    writeFileSync(path, text)
    assert.equal(code, 1)
    assert.match(err, /note has no policy/)
  })
})

test('a Redis that cannot be meant is refused before anything listens', () => {
  const { code, err } = bede(['start', '--embedded', '--port', '0'], {
    folder,
    environment: { BEDE_REDIS_URL: 'cache:6379' },
  })
  assert.equal(code, 2)
  assert.match(err, /BEDE_REDIS_URL is the address of a Redis server/)
})
