import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { createVersion, type Version } from '../../../src/cli/serve/version.ts'
import type { MailMessage } from '../../../src/identity/mail/mail.ts'
import type { Connection } from '../../../src/store/driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { silent } from '../../../src/telemetry/logger.ts'
import type { TestStore } from '../../support/stores.ts'
import { lodge } from './lodge.ts'
import { password } from './siege.ts'

/** One way to say who one is. */
export interface Shown {
  readonly kind: 'session' | 'cookie' | 'apiKey'
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}

/** Somebody with every kind of credential, each twice where there can be two. */
export interface Resident {
  readonly id: string
  readonly email: string
  /** The session in which things happen to them. */
  readonly own: Shown
  readonly others: readonly Shown[]
  /** Refresh tokens of the sessions, where there are some: first of `own`. */
  readonly refresh: readonly string[]
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  readonly json: any
}

export interface LodgeSiege {
  /** The processes that serve it: two where the store can have two. */
  readonly bases: readonly string[]
  readonly version: Version
  readonly mails: readonly MailMessage[]
  ask(
    base: string,
    method: string,
    path: string,
    asked?: { headers?: Shown['headers']; json?: unknown },
  ): Promise<Answered>
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** `verified: false`: nobody has shown that the address is theirs. */
  resident(name: string, options?: { readonly verified?: false }): Promise<Resident>
  /** The token of the latest mail to an address whose link leads to this page. */
  mailed(to: string, page: string): Promise<string>
  close(): Promise<void>
}

export const origin = 'https://lodge.example'
export const bearer = (token: string): Shown['headers'] => ({ Authorization: `Bearer ${token}` })
/** A code of an authenticator app. */
export const codeFor = (secret: string): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate()

export async function besiegeLodge(store: TestStore, token: 'opaque' | 'jwt'): Promise<LodgeSiege> {
  const secrets = { current: randomBytes(32).toString('base64url') }
  const mails: MailMessage[] = []
  const mail = {
    by: { name: 'a test', send: async (message: MailMessage) => void mails.push(message), close: async () => {} },
    from: { address: 'lodge@example.com' },
    origin,
  }
  const versions: Version[] = []
  const bases: string[] = []
  let connection: Connection | undefined
  // The embedded database has one process.
  for (let n = 0; n < (store.name === 'PGlite' ? 1 : 2); n++) {
    const below = openStore(store.url)
    const version = await createVersion(lodge(token), {
      driver: { name: below.name, open: async () => (connection = await below.open()), close: () => below.close() },
      address: { host: '127.0.0.1', port: 0 },
      log: silent,
      development: false,
      exposed: false,
      secrets,
      mail,
      origin,
    })
    versions.push(version)
    bases.push(`http://127.0.0.1:${(await version.http.listen()).port}`)
  }
  const [version] = versions
  const [first = ''] = bases
  assert.ok(version)

  const rows: LodgeSiege['rows'] = async (sql) => (await connection?.query({ sql, params: [], shape: [] })) ?? []
  const ask: LodgeSiege['ask'] = async (base, method, path, { headers, json } = {}) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      headers: { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== ''
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  const must = async (...asked: Parameters<typeof ask>): Promise<Answered> => {
    const answer = await ask(...asked)
    assert.ok(answer.status < 300, `${asked[1]} ${asked[2]}: ${answer.text}`)
    return answer
  }
  const mailed: LodgeSiege['mailed'] = async (to, page) => {
    for (;;) {
      const found = mails.findLast((one) => one.to === to && one.text.includes(`${page}#token=`))
      const shown = found && /#token=([\w-]{43})/.exec(found.text)?.[1]
      if (shown) return shown
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return {
    bases,
    version,
    mails,
    ask,
    rows,
    async resident(name, { verified } = {}) {
      const email = `${name}@example.com`
      await must(first, 'POST', '/auth/register', { json: { email, password, name } })
      if (verified !== false)
        await must(first, 'POST', '/auth/email/verify', { json: { token: await mailed(email, '/auth/email/verify') } })
      const [[id] = []] = await rows(`select id::text from "user" where email = '${email}'`)
      await rows(
        `insert into bede.passkey (id, account_id, credential_id, public_key, counter, backed_up, name) values (gen_random_uuid(), '${id}', 'key of ${name}', 'x', 0, false, 'a key')`,
      )
      const json = { email, password }
      const [mine, desk, phone] = [
        await must(first, 'POST', '/auth/sign-in', { json }),
        await must(first, 'POST', '/auth/sign-in', { json }),
        await must(first, 'POST', '/auth/sign-in', { json: { ...json, session: 'cookie' } }),
      ]
      const own: Shown = { kind: 'session', name: 'the session itself', headers: bearer(mine.json.token) }
      const key = await must(first, 'POST', '/auth/keys', {
        headers: own.headers,
        json: { name: 'nightly', scopes: ['notes:read', 'rights'] },
      })
      const cookie = phone.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      return {
        id: id ?? '',
        email,
        own,
        others: [
          { kind: 'session', name: 'another session', headers: bearer(desk.json.token) },
          { kind: 'cookie', name: 'a cookie', headers: { Cookie: cookie, Origin: origin } },
          { kind: 'apiKey', name: 'an API key', headers: bearer(key.json.key) },
        ],
        refresh: [mine, desk].flatMap(({ json }) => (json.refreshToken ? [json.refreshToken] : [])),
      }
    },
    mailed,
    async close() {
      for (const { http, close } of versions) {
        await http.close()
        await close()
      }
    },
  }
}
