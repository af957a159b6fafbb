import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { bede, project, start } from './bede.ts'

const { folder, remove } = project()
after(remove)

appendFileSync(
  join(folder, 'api/notes.ts'),
  `
export const fails = route('GET /fails', { auth: 'optional', run: async () => { throw new Error('The handler fails') } })
export const crash = route('GET /crash', {
  auth: 'optional',
  run: async () => {
    setTimeout(() => { throw new Error('Nobody catches this') }, 1)
    return {}
  },
})
`,
)

const url = await postgresUrl()
const given = (password: string, port?: string): string => {
  const database = new URL(url ?? 'postgres://127.0.0.1/none')
  Object.assign(database, { username: database.username || 'root', password }, port ? { port } : {})
  return database.href
}
const [current, previous] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('hex')]
const environment = {
  DATABASE_URL: given('canary-database'),
  BEDE_SECRET: current,
  BEDE_SECRET_PREVIOUS: previous,
  BEDE_MAIL_URL: 'smtp://sender:canary-mail@127.0.0.1:9',
  BEDE_MAIL_FROM: 'The app <no-reply@app.example>',
  BEDE_ORIGIN: 'https://app.example',
  BEDE_DEBUG: '1',
}
const clean = (text: string, what: string) => {
  for (const secret of [current, previous, 'canary']) assert.ok(!text.includes(secret), `${what}: ${text}`)
}

describe('secrets of the environment', { skip: url ? false : NO_POSTGRES }, () => {
  test('class 110: no command tells them, whether it works, is refused or cannot reach the database', () => {
    const run = (words: readonly string[], surroundings: Readonly<Record<string, string>>) => {
      const { code, out, err } = bede(words, { folder, environment: surroundings })
      clean(out + err, words.join(' '))
      return [words.join(' '), code]
    }
    const commands = [
      ['check', '--json'],
      ['openapi'],
      ['sql', 'note.list'],
      ['migrate', 'plan'],
      ['migrate', 'apply'],
      ['migrate', 'status'],
      ['call', 'note.list'],
      ['call', 'note.create'],
      ['export', 'note'],
      ['secrets', 'status', '--json'],
      ['secrets', 'rotate'],
    ]
    const codes = commands.map((words) => run(words, environment))
    assert.deepEqual(
      codes.filter(([, code]) => code !== 0),
      [['call note.create', 1]],
    )
    const unreachable = { ...environment, DATABASE_URL: given('canary-database', '9') }
    for (const words of [['migrate', 'status'], ['call', 'note.list'], ['secrets', 'status', '--json'], ['start']])
      assert.equal(run(words, unreachable)[1], 3)
  })

  test('class 110: serving tells them to nobody, not when a handler fails and not when the process does', async () => {
    const running = start(['start', '--port', '0'], { folder, environment })
    const [line] = await running.until(/^.*"message":"serving".*$/m)
    const base = String(JSON.parse(line).url)
    for (const path of ['/fails', '/openapi.json', '/docs', '/health/ready', '/notes?x=1']) {
      const answer = await fetch(`${base}${path}`)
      clean(JSON.stringify([...answer.headers]) + (await answer.text()), path)
    }
    await fetch(`${base}/crash`).catch(() => 'cut')
    await running.until(/Nobody catches this/)
    const { code } = await running.ended
    assert.notEqual(code, 0)
    clean(running.said(), 'bede start')
    assert.match(running.said(), /The handler fails/)
  })

  test('no file of the project holds them', () => {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name)
      if (!name.startsWith('api') && statSync(file).isFile()) clean(readFileSync(file, 'latin1'), name)
    }
  })
})
