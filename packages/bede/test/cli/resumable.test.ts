import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { relay } from '../store/relay.ts'
import { freePort } from '../support/free-port.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { start } from './bede.ts'

const app = `
import { type ActorOf, anyone, app, defineSchema, email, file, fromActor, id, model, ref, resources, secret, text } from 'bede'

const user = model({ id: id<'user'>(), email: email({ unique: true, private: true }), password: secret({ private: true }) })
const film = model({
  id: id<'film'>(),
  title: text(),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  video: file({ types: ['video/mp4'], max: '20mb' }),
})
const models = defineSchema({ user, film })
const actor = { id: ref('user') }
const { user: Users, film: Films } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
export const userPolicy = Users.policy(() => ({ read: anyone }))
export const filmPolicy = Films.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine }
})
export const filmView = Films.view(({ row }) => ({ id: row.id, title: row.title, video: row.video }))
export const films = Films.expose({ view: filmView, operations: ['get', 'create'], files: { video: ['get', 'upload'] } })
export const identity = Users.identity({ register: [] })
export default app({ name: 'films', schema: models, use: { all: { userPolicy, filmPolicy, filmView, films, identity } } })
`
const client = fileURLToPath(new URL('tus-client.ts', import.meta.url))
/** Twelve megabytes that begin as a film does. */
const film = Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1'), randomBytes(12_000_000)])
const half = film.length / 2

const folder = mkdtempSync(join(tmpdir(), 'bede-resumable-'))
after(() => rmSync(folder, { recursive: true, force: true }))
writeFileSync(join(folder, 'app.ts'), app)
writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
writeFileSync(join(folder, 'film.mp4'), film)

const url = await postgresUrl()
const send = (...words: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=bede-source', client, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    child.on('close', () => resolve(said.trim()))
  })

for (const store of ['embedded', 'postgres'] as const) {
  describe(`tus-js-client, on ${store}`, { skip: store === 'postgres' && !url ? NO_POSTGRES : false }, () => {
    test('a line that breaks at half and a server that is killed cost no byte that had come', async () => {
      const port = await freePort()
      const files = join(folder, `files-${store}`)
      const words = ['start', '--port', String(port), ...(store === 'embedded' ? ['--embedded'] : ['--workers', '2'])]
      const environment = { BEDE_FILES: files, ...(store === 'postgres' && url ? { DATABASE_URL: url } : {}) }
      const serving = async () => {
        const running = start(words, { folder, environment })
        await running.until(store === 'embedded' ? /"message":"serving"/ : /all workers serve/)
        return running
      }
      const base = `http://127.0.0.1:${port}`
      let running = await serving()
      const line = await relay(base)
      try {
        const ask = (method: string, path: string, token?: string, json?: object) =>
          fetch(`${base}${path}`, {
            method,
            headers: {
              'Content-Type': 'application/json',
              'Tus-Resumable': '1.0.0',
              ...(token && { Authorization: `Bearer ${token}` }),
            },
            ...(json && { body: JSON.stringify(json) }),
          })
        const { token } = Object(
          await (
            await ask('POST', '/auth/register', undefined, {
              email: 'ada@example.com',
              password: 'correct horse battery',
            })
          ).json(),
        )
        const { id } = Object(await (await ask('POST', '/films', token, { title: 'At the lake' })).json())
        const endpoint = `${line.url}films/${id}/video/uploads`
        const kept = join(folder, `upload-${store}`)

        let passed = 0
        line.fromClient = (data) => {
          passed += data.length
          return passed > half ? null : data
        }
        assert.match(await send(endpoint, token, join(folder, 'film.mp4'), kept), /^failed: /)
        const upload = readFileSync(kept, 'utf8')
        const far = async () =>
          Number((await ask('HEAD', new URL(upload).pathname, token)).headers.get('upload-offset'))
        // What had come when the line broke is written as soon as that is known.
        while ((await far()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
        const before = await far()
        assert.ok(before > half / 2 && before <= half, String(before))
        running.child.kill('SIGKILL')
        await running.ended
        running = await serving()
        assert.equal(await far(), before)

        passed = 0
        line.fromClient = (data) => {
          passed += data.length
          return data
        }
        assert.equal(await send(endpoint, token, join(folder, 'film.mp4'), kept, upload), 'sent')
        assert.ok(passed < film.length - before + 10_000, 'nothing is sent again')
        const { video } = Object(await (await ask('GET', `/films/${id}`, token)).json())
        assert.deepEqual(
          [video.name, video.type, video.size, video.sha256],
          ['Sommer am See.mp4', 'video/mp4', film.length, createHash('sha256').update(film).digest('hex')],
        )
        const got = Buffer.from(await (await ask('GET', `/films/${id}/video`, token)).arrayBuffer())
        assert.ok(got.equals(film))
        assert.equal(await far(), film.length)
        const stored = () =>
          readdirSync(files, { recursive: true }).filter((name) => /[0-9a-f]{12}$/.test(String(name)))
        while (stored().length > 1) await new Promise((resolve) => setTimeout(resolve, 20))
        assert.match(String(stored()[0]), new RegExp(`${video.id}$`))
      } finally {
        await line.shut()
        running.child.kill('SIGTERM')
        await running.ended
      }
    })
  })
}
