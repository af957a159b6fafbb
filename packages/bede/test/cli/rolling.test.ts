import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { type Running, start } from './bede.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-rolling-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Two versions of one app: the second has a field more, an index, and a view that shows it. */
const versionOf = (more: boolean) => `
import { anyone, app, defineSchema, id, integer, model, resources, text } from 'bede'
const note = model({ id: id<'note'>(), title: text(), count: integer({ default: 0 })${more ? ", label: text({ default: 'none' })" : ''} }, { index: [['title']] })
const models = defineSchema({ note })
const { note: Notes } = resources<typeof models, Record<never, never>>(models, {})
const notePolicy = Notes.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title, count: row.count${more ? ', label: row.label' : ''} })).cached({ for: '1h' })
const bump = Notes.action({ auth: 'optional', set: ({ row }) => ({ count: row.count.plus(1) }), answers: noteView })
const notesApi = Notes.expose({ view: noteView, operations: ['list', 'get', 'create', 'update', bump], filter: ['title'] })
export default app({ name: 'rolling', schema: models, use: { notes: { notePolicy, noteView, bump, notesApi } } })
`

const url = await postgresUrl()
const environment = { DATABASE_URL: url ?? '' }
const project = (name: string, more: boolean): string => {
  const place = join(folder, name)
  if (more) cpSync(join(folder, 'old'), place, { recursive: true })
  else cpSync(new URL('../../template/package.json', import.meta.url), join(place, 'package.json'))
  writeFileSync(join(place, 'app.ts'), versionOf(more))
  return place
}
const command = async (place: string, ...words: string[]): Promise<void> => {
  const running = start(words, { folder: place, environment })
  assert.equal((await running.ended).code, 0, running.said())
}

interface Serving {
  readonly base: string
  readonly running: Running
}
const serve = async (place: string): Promise<Serving> => {
  const running = start(['start', '--port', '0', '--drain', '1s'], { folder: place, environment })
  const [line] = await running.until(/^.*"message":"serving".*$/m)
  return { running, base: String(JSON.parse(line).url) }
}

/** What stands before them: sends calls only to those that say they are ready, and to another where nobody listens. */
function balancer() {
  const members: Serving[] = []
  const ready = new Set<Serving>()
  let on = true
  const looking = (async () => {
    while (on) {
      for (const one of members) {
        const answer = await fetch(`${one.base}/health/ready`).catch(() => undefined)
        if (answer?.status === 200) ready.add(one)
        else ready.delete(one)
      }
      await sleep(20)
    }
  })()
  let turn = 0
  const call = async (path: string, init?: RequestInit): Promise<Response> => {
    const all = [...ready]
    const one = all[turn++ % all.length]
    assert.ok(one, 'somebody is always ready')
    try {
      return await fetch(`${one.base}${path}`, init)
    } catch (error) {
      if (Object(error).cause?.code !== 'ECONNREFUSED') throw error
      ready.delete(one) // nothing was sent
      return call(path, init)
    }
  }
  return {
    call,
    add: async (one: Serving) => {
      members.push(one)
      while (!ready.has(one)) await sleep(5)
    },
    end: async () => {
      on = false
      await looking
    },
  }
}

test('a rolling deploy of two versions over one database: no caller sees an error, and nothing is lost', {
  skip: url ? false : NO_POSTGRES,
}, async () => {
  const old = project('old', false)
  await command(old, 'migrate', 'plan')
  await command(old, 'migrate', 'apply')
  const fresh = project('new', true)
  await command(fresh, 'migrate', 'plan')
  const { call, add, end } = balancer()
  const all: Serving[] = []
  const join_ = async (place: string): Promise<Serving> => {
    const one = await serve(place)
    all.push(one)
    await add(one)
    return one
  }
  const ended = async ({ running }: Serving) => {
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
  }
  const headers = { 'Content-Type': 'application/json' }
  const created = new Set<string>()
  let bumps = 0
  let calls = 0
  let on = true
  const json = async (status: number, path: string, init?: RequestInit) => {
    const answer = await call(path, init)
    const body = await answer.text()
    assert.equal(answer.status, status, body)
    calls++
    return JSON.parse(body)
  }
  try {
    const olds = await Promise.all([join_(old), join_(old)])
    const shared = (await json(201, '/notes', { method: 'POST', headers, body: '{"title":"shared"}' })).id
    const load = Promise.all(
      Array.from({ length: 3 }, async (_, caller) => {
        for (let n = 0; on; n++) {
          const title = `by ${caller}, ${n}`
          const { id } = await json(201, '/notes', { method: 'POST', headers, body: JSON.stringify({ title }) })
          created.add(id)
          await json(200, `/notes/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ title: `${title}!` }) })
          await json(200, `/notes/${shared}/bump`, { method: 'POST' })
          bumps++
          await json(200, '/notes?limit=5')
          assert.equal((await json(200, `/notes/${id}`)).id, id)
          await sleep(20)
        }
      }),
    )
    // A failed caller ends the test at once, and not when everything else is done.
    const working = (async () => {
      const some = async (more: number) => {
        for (const until = calls + more; calls < until; ) await sleep(5)
      }
      await some(20)
      await command(fresh, 'migrate', 'apply')
      await some(20) // the old version on the new tables
      for (const one of olds) {
        await join_(fresh)
        await some(20) // both at once
        await ended(one)
      }
      await some(20)
      on = false
    })()
    await Promise.race([Promise.all([working, load]), load.then(() => working)])

    // Every acknowledged write is there, with the new version's default where the old one wrote it.
    const seen = new Set<string>()
    for (let cursor = ''; ; ) {
      const page = await json(200, `/notes?limit=100${cursor}`)
      for (const { id, label, title } of page.items) {
        seen.add(id)
        assert.equal(label, 'none')
        assert.ok(id === shared || title.endsWith('!'), title)
      }
      if (page.next === null) break
      cursor = `&cursor=${encodeURIComponent(page.next)}`
    }
    assert.deepEqual(seen, created.add(shared))
    assert.equal((await json(200, `/notes/${shared}`)).count, bumps)
  } finally {
    on = false
    await end()
    for (const { running } of all) running.child.kill('SIGKILL')
    await Promise.all(all.map(({ running }) => running.ended))
  }
})
