import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { argon2Hasher, type Hasher } from '../../../src/engine/hasher.ts'
import { type Backend, start } from '../../../src/identity/start.ts'
import {
  type ActorOf,
  app,
  choice,
  defineSchema,
  email,
  id,
  model,
  readable,
  ref,
  resources,
  secret,
  signedIn,
  text,
} from '../../../src/index.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { createHttpServer } from '../../../src/surface/http/server.ts'
import { linkPages } from '../../../src/surface/links/surface.ts'
import { rest } from '../../../src/surface/rest/rest.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { takeMails, type WaitingMail } from '../../support/mails.ts'
import { type TestStore, testStores } from '../../support/stores.ts'
import { wholeOf } from '../../support/whole.ts'

const member = model({
  id: id<'member'>(),
  email: email({ unique: true, private: true }),
  name: text({ unique: true, min: 1, max: 40 }),
  password: secret({ private: true }),
  role: choice(['member', 'master'], { default: 'member' }),
})

/** A guild whose members do things by mail. */
export function guild(options: object) {
  const models = defineSchema({ member })
  const actor = { id: ref('member'), role: choice(['member', 'master']) }
  interface Models extends Readonly<typeof models> {}
  interface Actor extends ActorOf<typeof actor> {}
  const { member: Members } = resources<Models, Actor>(models, actor)
  const memberPolicy = Members.policy(({ row, actor }) => {
    const self = row.id.eq(actor.id)
    return { read: signedIn, update: self, fields: { email: { read: self }, role: { write: actor.role.eq('master') } } }
  })
  const memberView = Members.view(({ row }) => ({
    id: row.id,
    name: row.name,
    email: readable(row.email),
    role: row.role,
  }))
  const members = Members.expose({
    view: memberView,
    operations: ['get', 'update'],
    accepts: { update: ['name', 'email'] },
  })
  const identity = Members.identity({ register: ['name'], view: memberView, ...options })
  return app({ name: 'guild', schema: models, use: { all: { memberPolicy, memberView, members, identity } } })
}

export const password = 'correct horse battery'
export const emailOf = (name: string): string => `${name}@people.example`

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  readonly json: any
}

export interface Asked {
  readonly token?: string | undefined
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Guild {
  /** `http://127.0.0.1:…` */
  readonly origin: string
  readonly backend: Backend
  readonly lines: readonly string[]
  /** How often a password was verified or hashed. */
  readonly hashed: string[]
  /** The test's own clock, when it is set. */
  readonly time: { now?: Date }
  ask(method: string, path: string, asked?: Asked): Promise<Answered>
  post(path: string, json: unknown, asked?: Asked): Promise<Answered>
  /** Registers, and gives the session's token. */
  join(name: string): Promise<string>
  /** What was written to an address since this was last asked. */
  mails(to: string): Promise<readonly WaitingMail[]>
  /** The one mail that was written to it. */
  mail(to: string): Promise<WaitingMail>
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** Every row of every table, but for counts and when a session was last seen. */
  everything(): Promise<string>
  /** Refused with this status and code, and nothing was written. */
  refused(status: number, code: string, path: string, json: unknown, asked?: Asked): Promise<Answered>
  /** What is sent to the database meanwhile, in order, without its values. */
  watched<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly statements: readonly string[] }>
}

/** What a link in a mail brings. */
export const tokenIn = ({ values }: WaitingMail): string => {
  const [page, token] = (values.link ?? '').split('#token=')
  assert.match(page ?? '', /^\/[\w/-]+$/)
  assert.match(token ?? '', /^[\w-]{43}$/)
  return token ?? ''
}

async function open(store: TestStore, options: object): Promise<Guild & { close(): Promise<void> }> {
  const lines: string[] = []
  const hashed: string[] = []
  const time: Guild['time'] = {}
  const real = argon2Hasher()
  const hasher: Hasher = {
    ...real,
    hash: (text) => {
      hashed.push('hash')
      return real.hash(text)
    },
    verify: (hash, text) => {
      hashed.push(`verify ${hash.split('$').slice(0, 4).join('$')}`)
      return real.verify(hash, text)
    },
  }
  const seen: string[] = []
  const backend = await start(guild(options), {
    driver: listening(openStore(store.url), seen),
    mode: 'development',
    log: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
    hasher,
    clock: () => time.now ?? new Date(),
    mail: 'elsewhere',
    secrets: { current: randomBytes(32).toString('base64url') },
  })
  const { manifest, engine, authenticate, ready, connection, cookie } = backend
  const server = createHttpServer({ name: 'guild', port: 0, authenticate, ready, ...(cookie && { cookie }) })
  for (const surface of [rest, linkPages]) surface.mount(manifest, engine, server)
  const { port } = await server.listen()
  const rows: Guild['rows'] = (sql) => connection.query({ sql, params: [], shape: [] })

  const ask: Guild['ask'] = async (method, path, { token, json, headers } = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== ''
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  const post: Guild['post'] = (path, json, asked = {}) => ask('POST', path, { ...asked, json })
  const mails: Guild['mails'] = (to) => takeMails(backend, to)
  const tables = Object.values(manifest.models)
    .map(({ schema = 'public', table }) => `"${schema}"."${table}"`)
    .filter((table) => !['"bede"."allowance"', '"bede"."guess"'].includes(table))
  const whole = wholeOf(tables, ['used_at', 'attempts'])
  const everything: Guild['everything'] = async () => (await rows(whole)).map(([line]) => line).join('\n')
  return {
    origin: `http://127.0.0.1:${port}`,
    backend,
    lines,
    hashed,
    time,
    ask,
    post,
    mails,
    rows,
    everything,
    async join(name) {
      const made = await post('/auth/register', { email: emailOf(name), name, password })
      assert.equal(made.status, 201, made.text)
      return made.json.token
    },
    async mail(to) {
      const found = await mails(to)
      assert.equal(found.length, 1, `${to} has ${found.map(({ template }) => template).join(', ') || 'no mail'}`)
      return found[0] ?? assert.fail()
    },
    async refused(status, code, path, json, asked) {
      const before = await everything()
      const answer = await post(path, json, asked)
      assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text)
      assert.equal(await everything(), before, `${path}: the refusal wrote something`)
      return answer
    },
    async watched(work) {
      const from = seen.length
      const result = await work()
      return { result, statements: seen.slice(from) }
    },
    async close() {
      await server.close()
      await backend.close()
    },
  }
}

/** A driver that notes what it is sent. */
function listening(driver: Driver, seen: string[]): Driver {
  const over = (connection: Connection): Connection => ({
    ...connection,
    query: (statement, options) => {
      seen.push(statement.sql)
      return connection.query(statement, options)
    },
    ...(connection.body && {
      body: (statement, options) => {
        seen.push(statement.sql)
        return connection.body?.(statement, options) ?? Promise.resolve(undefined)
      },
    }),
    async transaction(f, options) {
      seen.push('begin')
      try {
        return await connection.transaction((inner) => f(over(inner)), options)
      } finally {
        seen.push('end')
      }
    },
  })
  return { ...driver, open: async () => over(await driver.open()), close: () => driver.close() }
}

/** Runs a suite on both stores, each with a guild of its own. */
export async function guildOnBothStores(
  what: string,
  options: object,
  suite: (guild: () => Guild) => void,
): Promise<void> {
  for (const store of await testStores()) {
    describe(`${what}, on ${store.name}`, { skip: store.skip }, () => {
      let opened: Awaited<ReturnType<typeof open>> | undefined
      before(async () => {
        opened = await open(store, options)
      })
      after(() => opened?.close())
      suite(() => opened ?? assert.fail('there is no guild before its tests'))
    })
  }
}

export { test }
