import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NO_POSTGRES, postgresUrl } from '../../../packages/bede/test/support/postgres.ts'

/** `BEDE_KILL_ROUNDS=20` for the whole exercise; a few are enough to see it break. */
const rounds = Number(process.env.BEDE_KILL_ROUNDS ?? 2)

const bede = fileURLToPath(new URL('../../../packages/bede/bin/bede.js', import.meta.url))
const conduit = fileURLToPath(new URL('..', import.meta.url))
const turn = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const folder = mkdtempSync(join(tmpdir(), 'conduit-kill-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const server = await postgresUrl()

interface Serving {
  readonly base: string
  readonly child: ChildProcess
}

/** `bede start` in a process of its own, when it answers. */
async function serve(args: readonly string[], url: string | undefined): Promise<Serving> {
  const { DATABASE_URL: _, ...environment } = process.env
  const child = spawn(process.execPath, [bede, 'start', '--port', '0', ...args], {
    cwd: conduit,
    env: { ...environment, BEDE_SOURCE: '1', ...(url === undefined ? {} : { DATABASE_URL: url }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const base = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`bede start ended: ${said}`)))
    child.stderr.on('data', (chunk) => {
      said += String(chunk)
      const url = /"url":"([^"]+)"/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  return { base, child }
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

const post = (base: string, path: string, json: unknown, token?: string): Promise<Response> =>
  fetch(`${base}/api${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Token ${token}` }),
    },
    body: JSON.stringify(json),
  })

const tagList = ['one', 'two', 'three']

for (const { name, args, url, skip } of [
  { name: 'PGlite in a folder', args: ['--embedded', '--data', join(folder, 'data')], url: undefined, skip: false },
  { name: 'PostgreSQL', args: [], url: server, skip: server ? false : NO_POSTGRES },
]) {
  test(`${name}: killed ${rounds} times under writes, every acknowledged article is there, whole`, {
    skip,
  }, async () => {
    let { base, child } = await serve(args, url)
    try {
      const account = { username: 'writer', email: 'writer@example.com', password: 'a long password' }
      const { user } = (await (await post(base, '/users', { user: account })).json()) as { user: { token: string } }
      const acknowledged = new Set<string>()
      for (let round = 0; round < rounds; round++) {
        let ended = false
        const writers = Array.from({ length: 6 }, async (_, writer) => {
          for (let n = 0; !ended; n++) {
            const article = { title: `r${round} w${writer} n${n}`, description: '', body: 'text', tagList }
            const response = await post(base, '/articles', { article }, user.token).catch(() => undefined)
            const json = response?.status === 201 ? await response.json().catch(() => undefined) : undefined
            if (json !== undefined) acknowledged.add((json as { article: { slug: string } }).article.slug)
          }
        })
        await turn(300 + Math.random() * 300)
        await killed(child)
        ended = true
        await Promise.all(writers)
        ;({ base, child } = await serve(args, url))
      }
      assert.ok(acknowledged.size > 0, 'it wrote before it was killed')
      for (let offset = 0; ; offset += 100) {
        const page = await (await fetch(`${base}/api/articles?limit=100&offset=${offset}`)).json()
        const { articles } = page as { articles: readonly { slug: string; tagList: readonly string[] }[] }
        if (articles.length === 0) break
        for (const article of articles) {
          acknowledged.delete(article.slug)
          assert.deepEqual(article.tagList, tagList, 'none is half there')
        }
      }
      assert.deepEqual([...acknowledged], [], 'acknowledged, and lost')
    } finally {
      await killed(child)
    }
  })
}
