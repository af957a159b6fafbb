import { Problem } from '../../telemetry/problem.ts'
import { readSpan, type Span } from '../../toolkit/span.ts'

/** How long sessions last, and by what their holders show them. */
export interface SessionsOptions {
  /** Since sign-in; 90 days when absent. */
  readonly absolute?: Span
  /** Without a request; 14 days when absent. */
  readonly idle?: Span
  /**
   * `opaque`, when absent: one token that means something to this backend alone. `jwt`: signed tokens that live for
   * minutes and that other services can verify by themselves, and a refresh token for the next one.
   */
  readonly token?: 'opaque' | 'jwt'
  /** How long a signed token is good; 5 minutes when absent, a day at most. */
  readonly access?: Span
  /** How long one key signs before the next one does; 30 days when absent. */
  readonly keys?: Span
  /** Browsers may have their session in a cookie. `name`: the app's when absent. `sameSite`: `lax` when absent. */
  readonly cookie?: true | { readonly name?: string; readonly sameSite?: 'lax' | 'strict' }
}

/** As recorded. Lengths of time in seconds. */
export interface RecordedSessions {
  readonly absolute: number
  readonly idle: number
  readonly signed: { readonly access: number; readonly keys: number } | undefined
  readonly cookie: { readonly name?: string; readonly sameSite?: 'strict' } | undefined
}

interface Loose {
  readonly absolute?: string
  readonly idle?: string
  readonly token?: unknown
  readonly access?: string
  readonly keys?: string
  readonly cookie?: unknown
}

/** RFC 6265 §4.1.1 without what a person would have to escape; what makes it one of its host alone is put before it. */
const cookieName = /^[A-Za-z0-9_-]{1,40}$/
const day = 86_400

export function recordSessions(options: Loose, place: string): RecordedSessions {
  const { absolute = '90d', idle = '14d', token = 'opaque', access, keys, cookie } = options
  const at = `${place} sessions`
  if (token !== 'opaque' && token !== 'jwt')
    throw refused(`${at}.token is ${JSON.stringify(token)}`, "Write 'opaque' or 'jwt'.")
  if (token === 'opaque' && (access ?? keys) !== undefined)
    throw refused(
      `${at}.${access === undefined ? 'keys' : 'access'} is about signed tokens, and there are none`,
      "Write token: 'jwt' as well, or leave it out.",
    )
  const signed = { access: seconds(access ?? '5m', `${at}.access`), keys: seconds(keys ?? '30d', `${at}.keys`) }
  if (signed.access > day)
    throw refused(
      `${at}.access is '${access}'`,
      'What was signed is good until it ends, wherever it is verified: a few minutes, a day at most.',
    )
  if (signed.keys < 2 * day)
    throw refused(
      `${at}.keys is '${keys}'`,
      'A key signs for two days at least: the next one is published a day before it is used.',
    )
  return {
    absolute: seconds(absolute, `${at}.absolute`),
    idle: seconds(idle, `${at}.idle`),
    signed: token === 'jwt' ? signed : undefined,
    cookie: cookie === undefined ? undefined : cookieOf(cookie, at),
  }
}

function cookieOf(cookie: unknown, at: string): RecordedSessions['cookie'] {
  if (cookie === true) return {}
  if (typeof cookie !== 'object' || cookie === null)
    throw refused(`${at}.cookie is ${JSON.stringify(cookie)}`, "Write cookie: true, or cookie: { name: 'session' }.")
  const { name, sameSite, ...others } = cookie as { readonly name?: unknown; readonly sameSite?: unknown }
  const [strange] = Object.keys(others)
  if (strange !== undefined) throw refused(`${at}.cookie has a member '${strange}'`, 'It has name and sameSite.')
  if (name !== undefined && (typeof name !== 'string' || !cookieName.test(name)))
    throw refused(
      `${at}.cookie.name is ${JSON.stringify(name)}`,
      'Write at most 40 letters, digits, _ and -; __Host- is put before it.',
    )
  if (sameSite !== undefined && sameSite !== 'lax' && sameSite !== 'strict')
    throw refused(`${at}.cookie.sameSite is ${JSON.stringify(sameSite)}`, "Write 'lax' or 'strict'.")
  return { ...(name !== undefined && { name }), ...(sameSite === 'strict' && { sameSite }) }
}

function seconds(span: string, place: string): number {
  const length = readSpan(span)
  if (length !== undefined) return length
  throw refused(`${place} is '${span}'`, "Write a length of time like '30m', '12h' or '14d'.")
}

const refused = (message: string, hint: string): Problem => new Problem('invalid-declaration', { message, hint })
