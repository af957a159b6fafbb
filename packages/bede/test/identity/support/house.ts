import { createVersion, type Version } from '../../../src/cli/serve/version.ts'
import type { SessionsOptions } from '../../../src/declare/identity/sessions.ts'
import type { AppLimits } from '../../../src/declare/limits.ts'
import {
  answer,
  anyone,
  app,
  choice,
  defineSchema,
  email,
  fromActor,
  id,
  model,
  or,
  ref,
  resources,
  text,
} from '../../../src/index.ts'
import type { Connection } from '../../../src/store/driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { type Actor, actor, person, route } from '../../support/account.ts'
import type { TestStore } from '../../support/stores.ts'

/** A house with people and their notes, whose sessions are as a test wants them. */
export function house(sessions: SessionsOptions, limits?: AppLimits) {
  const user = model({
    ...person,
    role: choice(['member', 'editor'], { default: 'member' }),
  })
  const note = model({
    id: id<'note'>(),
    title: text(),
    ownerId: ref('user', { default: fromActor('id'), onDelete: 'cascade' }),
  })
  const models = defineSchema({ user, note })
  const { user: Users, note: Notes } = resources<typeof models, Actor>(models, actor)
  const userPolicy = Users.policy(({ row, actor }) => ({
    read: anyone,
    update: or(row.id.eq(actor.id), actor.role.eq('editor')),
    delete: actor.role.eq('editor'),
    fields: { email: { read: row.id.eq(actor.id) }, role: { write: actor.role.eq('editor') } },
  }))
  const notePolicy = Notes.policy(({ row, actor }) => {
    const mine = row.ownerId.eq(actor.id)
    return { read: or(mine, actor.role.eq('editor')), create: mine, update: mine, delete: mine }
  })
  const userView = Users.view(({ row }) => ({ id: row.id, name: row.name, role: row.role }))
  const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title }))
  const identity = Users.identity({ register: ['name'], view: userView, sessions })
  const users = Users.expose({
    view: userView,
    operations: ['list', 'get', 'update', 'delete'],
    accepts: { update: ['role', 'name'] },
  })
  const notes = Notes.expose({ view: noteView, operations: ['list', 'get', 'create', 'delete'] })
  const open = route('GET /open', { auth: 'optional', answers: () => ({ people: userView.list() }) })
  const who = route('POST /who', {
    auth: 'optional',
    output: { id: text({ optional: true }) },
    run: async ({ actor }) => (actor === null ? {} : { id: actor.id }),
  })
  const login = route('POST /login', {
    auth: 'optional',
    sensitive: true,
    body: { email: email(), password: text({ max: 200 }), keep: choice(['token', 'cookie'], { default: 'token' }) },
    run: async ({ body, auth }) => {
      const { headers, expiresAt } = await auth.signIn(
        { login: body.email, password: body.password },
        { session: body.keep },
      )
      return answer({ headers, body: { expiresAt } })
    },
  })
  const logout = route('POST /logout', { run: async ({ auth }) => answer(await auth.signOut()) })
  return app({
    name: 'The house',
    schema: models,
    ...(limits && { limits }),
    use: { all: { userPolicy, notePolicy, userView, noteView, identity, users, notes, open, who, login, logout } },
  })
}

export const password = 'correct horse battery'

export interface Asked {
  readonly token?: string | undefined
  readonly cookie?: string | undefined
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

/** A house that is served. */
export interface OpenHouse {
  readonly version: Version
  readonly base: string
  readonly lines: readonly string[]
  ask(method: string, path: string, asked?: Asked): Promise<Answered>
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** Makes an account, and signs it in with a token. */
  person(
    name: string,
    role?: 'editor',
  ): Promise<{ readonly id: string; readonly email: string; readonly token: string }>
  close(): Promise<void>
}

export interface HouseOptions {
  readonly sessions?: SessionsOptions
  readonly development?: boolean
  readonly origin?: string
  readonly limits?: AppLimits
  readonly secrets?: { readonly current: string; readonly previous?: readonly string[] }
}

export async function openHouse(store: Pick<TestStore, 'url'>, options: HouseOptions = {}): Promise<OpenHouse> {
  const { sessions = { cookie: true }, development = false } = options
  const below = openStore(store.url)
  let connection: Connection | undefined
  const lines: string[] = []
  const version = await createVersion(house(sessions, options.limits), {
    driver: { name: below.name, open: async () => (connection = await below.open()), close: () => below.close() },
    address: { host: '127.0.0.1', port: 0 },
    log: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
    development,
    exposed: false,
    ...(options.origin !== undefined && { origin: options.origin }),
    ...(options.secrets && { secrets: options.secrets }),
  })
  const { port } = await version.http.listen()
  const base = `http://127.0.0.1:${port}`
  const rows: OpenHouse['rows'] = async (sql) => (await connection?.query({ sql, params: [], shape: [] })) ?? []
  const ask: OpenHouse['ask'] = async (method, path, { token, cookie, json, headers } = {}) => {
    const answered = await fetch(`${base}${path}`, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(cookie === undefined ? {} : { Cookie: cookie }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    })
    const text = await answered.text()
    const isJson = /json/.test(answered.headers.get('content-type') ?? '') && text !== ''
    return { status: answered.status, headers: answered.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  return {
    version,
    base,
    lines,
    ask,
    rows,
    async person(name, role) {
      const email = `${name}@example.com`
      const made = await ask('POST', '/auth/register', { json: { email, password, name } })
      if (made.status !== 201) throw new Error(made.text)
      const [row] = await rows(
        `${role ? `update "user" set role = '${role}'` : `update "user" set name = name`} where email = '${email}' returning id::text`,
      )
      return { id: row?.[0] ?? '', email, token: made.json.token }
    },
    async close() {
      await version.http.close()
      await version.close()
    },
  }
}

/** What a browser would send back of an answer: name and value. */
export const cookieIn = ({ headers }: Answered): string => headers.getSetCookie()[0]?.split(';')[0] ?? ''
