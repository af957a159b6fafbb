import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { argon2Hasher, type Hasher } from '../../../src/engine/hasher.ts'
import { type Backend, type StartOptions, start } from '../../../src/identity/start.ts'
import type { App } from '../../../src/index.ts'
import { docs } from '../../../src/surface/docs/surface.ts'
import { mountHealth } from '../../../src/surface/http/health.ts'
import type { HttpOptions } from '../../../src/surface/http/options.ts'
import { createHttpServer, type HttpServer } from '../../../src/surface/http/server.ts'
import { openapi } from '../../../src/surface/openapi/surface.ts'
import { rest } from '../../../src/surface/rest/rest.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { type TestStore, testStores } from '../../support/stores.ts'
import { wholeOf } from '../../support/whole.ts'
import { raw } from './raw.ts'
import { vault } from './vault.ts'

/** What nobody may ever be shown: each stands in a place of its own, and every answer is searched for all of them. */
export const canaries = {
  recovery: 'canary-recovery-7f3a',
  code: 'canary-code-51bd',
  reason: 'canary-reason-90ce',
  audit: 'canary-audit-2d68',
  error: 'canary-in-error',
  draft: 'canary-draft-c04e',
  page: 'canary-page-aa17',
  salary: '917253',
} as const

/** Who attacks, and whose things are attacked. */
export type Name = 'ada' | 'bob' | 'eve'
export const password = 'correct horse battery'
export const emailOf = (name: string): string => `${name}.canary@example.com`

export interface Asked extends Omit<RequestInit, 'headers'> {
  readonly as?: Name | undefined
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  readonly json: any
}

/** An app that is served, and three who are signed in to it; Eve is an editor. */
export interface Served {
  readonly store: TestStore
  readonly backend: Backend
  readonly server: HttpServer
  readonly port: number
  readonly tokens: Readonly<Record<Name, string>>
  readonly ids: Readonly<Record<Name, string>>
  /** How often a password was verified, and against hashes of which cost. */
  readonly verified: string[]
  readonly lines: string[]
  ask(method: string, path: string, asked?: Asked): Promise<Answered>
  /** The whole text of what comes back for bytes on a socket. */
  raw(bytes: string): Promise<string>
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** Every row of every table as text, but for when a session was last seen. */
  everything(): Promise<string>
  /** Refused with one of these statuses; nothing was written and nothing leaked. */
  refused(status: number | readonly number[], method: string, path: string, asked?: Asked): Promise<Answered>
  close(): Promise<void>
}

/** A vault with Ada's and Bob's things in it. */
export interface Siege extends Served {
  /** A public note and a draft of Ada, and a note and a page of Bob: pages have the ids of notes. */
  readonly things: { readonly open: number; readonly draft: number; readonly bobs: number; readonly page: number }
}

export interface SiegeOptions {
  readonly development?: boolean
  readonly http?: Partial<HttpOptions>
  readonly mail?: StartOptions['mail']
  readonly clock?: () => Date
  readonly start?: Partial<StartOptions>
}

/** The inside of the database and of the server, none of which a caller may read of. */
const inside =
  /\bselect |\binsert into|\bpg_|relation "|column "|constraint|violates|syntax error|bede_|node_modules|\/src\/|\n {4}at |argon2|canary/i

/** Nothing that is nobody's business stands in this text. `own`: what this caller may see of the canaries. */
export function assertNoLeak(text: string, what: string, own: readonly string[] = []): void {
  const seen = own.reduce((rest, allowed) => rest.replaceAll(allowed, ''), text)
  for (const canary of Object.values(canaries)) assert.ok(!seen.includes(canary), `${what} shows ${canary}: ${text}`)
  assert.ok(!/\$argon2|\.canary@example\.com/.test(seen), `${what} shows a hash or an address: ${text}`)
}

/** A refusal may repeat what the caller has said: that is not something it was told. */
const withoutEcho = (path: string, said: string): string =>
  [...new URLSearchParams(path.split('?')[1])]
    .flat()
    .filter((word) => inside.test(word))
    .reduce((text, word) => text.replaceAll(JSON.stringify(word).slice(1, -1), ''), said)

/** Serves an app whose people have a handle, a role and a password, and registers Ada, Bob and Eve. */
export async function serveApp(app: App, store: TestStore, options: SiegeOptions = {}): Promise<Served> {
  const lines: string[] = []
  const verified: string[] = []
  const real = argon2Hasher()
  const hasher: Hasher = {
    ...real,
    verify: (hash, secret) => {
      verified.push(hash.split('$').slice(0, 4).join('$'))
      return real.verify(hash, secret)
    },
  }
  const { development = false, clock } = options
  const log = createLogger({ level: 'debug', write: (line) => lines.push(line) })
  const mode = development ? 'development' : 'production'
  const mail = options.mail ? { mail: options.mail } : {}
  const backend = await start(app, {
    database: store.url,
    mode,
    log,
    hasher,
    ...mail,
    ...(clock && { clock }),
    ...options.start,
  })
  const { manifest, engine, authenticate, ready, connection } = backend
  const counting = backend.limits && { counting: backend.limits }
  const server = createHttpServer({
    name: 'vault',
    port: 0,
    development,
    authenticate,
    ready,
    log,
    ...counting,
    ...options.http,
  })
  for (const surface of [rest, openapi, docs]) surface.mount(manifest, engine, server)
  mountHealth(server)
  const { port } = await server.listen()

  const rows = (sql: string) => connection.query({ sql, params: [], shape: [] })
  // That somebody has tried is counted, and meant to stay.
  const tables = Object.values(manifest.models)
    .map(({ schema, table }) => `"${schema ?? 'public'}"."${table}"`)
    .filter((table) => table !== '"bede"."allowance"')
  const tokens: Record<string, string> = {}
  const ask: Siege['ask'] = async (method, path, { as, json, headers, ...init } = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      ...init,
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      headers: {
        ...(as === undefined ? {} : { Authorization: `Bearer ${tokens[as]}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== ''
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  const whole = wholeOf(tables, ['used_at'])
  const everything: Siege['everything'] = async () => (await rows(whole)).map(([line]) => line).join('\n')

  const ids = { ada: '', bob: '', eve: '' }
  for (const name of ['ada', 'bob', 'eve'] as const) {
    const made = await ask('POST', '/auth/register', { json: { email: emailOf(name), password, handle: name } })
    assert.equal(made.status, 201, made.text)
    tokens[name] = made.json.token
  }
  const { user } = manifest.models
  const column = (field: string) => `"${user?.fields[field]?.column}"`
  // Before anybody calls: who is known by a session is remembered for a moment.
  await rows(`update "${user?.table}" set ${column('role')} = 'editor' where ${column('handle')} = 'eve'`)
  for (const name of ['ada', 'bob', 'eve'] as const) ids[name] = (await ask('GET', '/auth/me', { as: name })).json.id

  return {
    store,
    backend,
    server,
    port,
    tokens: tokens as Readonly<Record<Name, string>>,
    ids,
    verified,
    lines,
    ask,
    raw: (bytes) => raw(port, bytes),
    rows,
    everything,
    async refused(status, method, path, asked = {}) {
      const what = `${method} ${path} ${JSON.stringify(asked).slice(0, 300)}`
      const earlier = await everything()
      const answer = await ask(method, path, asked)
      assert.ok([status].flat().includes(answer.status), `${what} answers ${answer.status}: ${answer.text}`)
      const said = withoutEcho(path, JSON.stringify({ ...answer.json, requestId: '' }))
      if (method !== 'HEAD') assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, what)
      assert.ok(!inside.test(said), `${what} tells of the inside: ${said}`)
      assertNoLeak(answer.text, what)
      assert.equal(await everything(), earlier, `${what}: something was written`)
      return answer
    },
    async close() {
      await server.close()
      await backend.close()
    },
  }
}

async function besiege(store: TestStore, options: SiegeOptions): Promise<Siege> {
  const served = await serveApp(vault(), store, options)
  const { backend, ids, ask, rows } = served
  const { user, note, page, label, audit } = backend.manifest.models
  const column = (model: typeof user, field: string) => `"${model?.fields[field]?.column}"`
  await rows(
    `update "${user?.table}" set ${column(user, 'recoveryToken')} = '${canaries.recovery}', ${column(user, 'salary')} = ${canaries.salary}`,
  )
  await rows(
    `insert into "${audit?.table}" (id, ${column(audit, 'userId')}, entry) values (gen_random_uuid(), '${ids.ada}', '${canaries.audit}')`,
  )
  const create = async (as: Name, path: string, json: unknown): Promise<number> => {
    const made = await ask('POST', path, { as, json })
    assert.equal(made.status, 201, made.text)
    return made.json.id
  }
  const things = {
    open: await create('ada', '/notes', { title: 'open', body: 'for all', rank: 5 }),
    draft: await create('ada', '/notes', { title: 'hidden draft', body: canaries.draft, status: 'draft', rank: 7 }),
    bobs: await create('bob', '/notes', { title: 'of bob', rank: 6 }),
    page: await create('ada', '/pages', { title: canaries.page }),
  }
  await create('ada', '/labels', { noteId: things.open, name: 'shown' })
  await create('ada', '/labels', { noteId: things.draft, name: 'unseen' })
  await rows(`update "${note?.table}" set ${column(note, 'code')} = '${canaries.code}'`)
  await rows(`update "${label?.table}" set ${column(label, 'reason')} = '${canaries.reason}'`)
  assert.equal(page?.fields.id?.type.integer, true)

  return { ...served, things }
}

/** Runs a suite of attacks on both stores, each with a vault of its own. */
export const onBothStores = (
  what: string,
  suite: (siege: () => Siege) => void,
  options: SiegeOptions = {},
): Promise<void> => onStores(what, (store) => besiege(store, options), suite)

/** The same, of whatever is besieged. `stores`: others than both. */
export async function onStores<S extends { close(): Promise<void> }>(
  what: string,
  open: (store: TestStore) => Promise<S>,
  suite: (siege: () => S) => void,
  stores?: readonly TestStore[],
): Promise<void> {
  for (const store of stores ?? (await testStores())) {
    describe(`${what}, on ${store.name}`, { skip: store.skip }, () => {
      let siege: S | undefined
      before(async () => {
        siege = await open(store)
      })
      after(() => siege?.close())
      suite(() => siege ?? assert.fail('there is no siege before its tests'))
    })
  }
}

export { test }
