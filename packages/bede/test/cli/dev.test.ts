import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bede, project, type Running, start } from './bede.ts'

describe('bede dev', () => {
  const { folder, remove } = project()
  let running: Running
  let url = ''

  const change = (file: string, from: string, to: string) => {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    assert.ok(text.includes(from), `${file} has: ${from}`)
    writeFileSync(path, text.replace(from, to))
  }
  /** Saves a change and waits for what is said about it. */
  const saved = (file: string, from: string, to: string, pattern: RegExp) => {
    const said = running.said().length
    change(file, from, to)
    return running.until(pattern, said)
  }
  const get = async (path: string) => {
    const answer = await fetch(url + path)
    return { status: answer.status, body: await answer.text() }
  }

  before(async () => {
    running = start(['dev', '--port', '0'], { folder })
    const [, found = ''] = await running.until(/app +(http:\/\/127\.0\.0\.1:\d+)\n/)
    url = found
    await running.until(/Watching/)
  })
  after(async () => {
    running.child.kill('SIGKILL')
    await running.ended
    remove()
  })

  test('says where it serves what, to whom, and on which database', async () => {
    assert.match(running.said(), /notes ready in/)
    assert.match(running.said(), /docs +http:\/\/127\.0\.0\.1:\d+\/docs/)
    assert.match(running.said(), /database +embedded, in \.bede\/data, new/)
    assert.match(running.said(), /GET +\/latest +anyone +latest/)
    assert.deepEqual(await get('/latest'), { status: 200, body: '{"notes":[]}' })
  })

  test('serves the API reference, the document that bede openapi prints, and whether it is well', async () => {
    assert.match((await get('/docs')).body, /^<!doctype html>/i)
    assert.deepEqual(JSON.parse((await get('/openapi.json')).body), JSON.parse(bede(['openapi'], { folder }).out))
    assert.equal((await get('/health/live')).status, 200)
    assert.equal((await get('/health/ready')).status, 200)
  })

  test('serves a new route after a save, and says so', async () => {
    assert.equal((await get('/count')).status, 404)
    await saved(
      'api/notes.ts',
      '/** The same as a page',
      "export const count = route('GET /count', { auth: 'optional', answers: () => ({ count: Notes.count() }) })\n\n/** The same as a page",
      /\+ +GET +\/count +anyone +count/,
    )
    assert.deepEqual(await get('/count'), { status: 200, body: '{"count":0}' })
  })

  test('adds a field to the database after a save, and answers with it', async () => {
    await saved(
      'models/note.ts',
      'shared: bool',
      'pinned: bool({ default: false }),\n    shared: bool',
      /database +note\.pinned is new\./,
    )
    await saved('services/notes.ts', 'title: row.title,', 'title: row.title,\n  pinned: row.pinned,', /reloaded in/)
    assert.deepEqual(await get('/latest'), { status: 200, body: '{"notes":[]}' })
  })

  test('keeps the last good version while there are mistakes, and shows them', async () => {
    await saved(
      'services/notes.ts',
      'export const notePolicy',
      'const notePolicy',
      /note has no policy[\s\S]*last good version is still served/,
    )
    assert.equal((await get('/latest')).status, 200)
    await saved(
      'services/notes.ts',
      'const notePolicy',
      'enum Broken {}\nexport const notePolicy',
      /services\/notes\.ts:6[\s\S]*last good version/,
    )
    assert.equal((await get('/latest')).status, 200)
    await saved('services/notes.ts', 'enum Broken {}\n', '', /reloaded in/)
    assert.equal((await get('/latest')).status, 200)
  })

  test('refuses a change that would lose data, and changes nothing', async () => {
    await saved('services/notes.ts', '\n  pinned: row.pinned,', '', /reloaded in/)
    await saved(
      'models/note.ts',
      'pinned: bool({ default: false }),\n    ',
      '',
      /note\.pinned is gone[\s\S]*was: 'pinned'[\s\S]*last good version/,
    )
    assert.equal((await get('/count')).status, 200)
    await saved('models/note.ts', 'shared: bool', 'pinned: bool({ default: false }),\n    shared: bool', /reloaded in/)
  })

  test('cuts and refuses no connection while a version is replaced', async () => {
    let done = false
    const seen: number[] = []
    const visitor = (async () => {
      while (!done) seen.push((await get('/count')).status)
    })()
    for (const name of ['one', 'two', 'three'])
      await saved(
        'app.ts',
        /use: \{.*\}/.exec(readFileSync(join(folder, 'app.ts'), 'utf8'))![0],
        `use: { users, notes, notesApi, ${name}: {} }`,
        /reloaded in/,
      )
    done = true
    await visitor
    assert.ok(seen.length > 3)
    assert.deepEqual([...new Set(seen)], [200])
  })

  test('a second process on the same folder is refused', async () => {
    const second = start(['dev', '--port', '0'], { folder })
    const { code } = await second.ended
    assert.equal(code, 3)
    assert.match(second.said(), /is in use by the process \d+\.\n→ Stop that process/)
    assert.equal((await get('/latest')).status, 200)
  })

  test('ends well when it is asked to', async () => {
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
    await assert.rejects(get('/latest'))
  })
})

test('bede dev begins with mistakes, and serves when they are gone', async () => {
  const { folder, remove } = project()
  const path = join(folder, 'services/users.ts')
  const good = readFileSync(path, 'utf8')
  writeFileSync(path, good.replace('export const userPolicy', 'const userPolicy'))
  const running = start(['dev', '--port', '0'], { folder })
  try {
    await running.until(/user has no policy[\s\S]*Nothing is served yet/)
    writeFileSync(path, good)
    const [, url] = await running.until(/app +(http:\/\/127\.0\.0\.1:\d+)\n/)
    assert.equal((await fetch(`${url}/latest`)).status, 200)
    running.child.kill('SIGINT')
    assert.equal((await running.ended).code, 0)
  } finally {
    running.child.kill('SIGKILL')
    remove()
  }
})
