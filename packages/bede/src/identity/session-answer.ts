import type { SignedIn } from '../declare/handler.ts'
import { answer, type Reply } from '../declare/reply.ts'
import type { IdentityDefinition } from '../manifest/manifest.ts'
import type { Inputs } from '../model/field.ts'
import { choice, text, timestamp } from '../model/fields.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Services } from './services.ts'
import type { Opened } from './sessions.ts'

/** What an operation is asked beside, that signs somebody in: by what they will show their session. */
export const sessionInput = ({ sessions }: IdentityDefinition): Inputs =>
  sessions.cookie ? { session: choice(['token', 'cookie'], { default: 'token' }) } : {}

/** What was asked of it, of an input that may have it. */
export const sessionAsked = (input: { readonly session?: unknown }): unknown => input.session

/** What it answers. A browser that asked for a cookie gets no token to read. */
export const sessionOutput = ({ sessions }: IdentityDefinition): Inputs => ({
  token: text({ ...(sessions.cookie && { optional: true }) }),
  expiresAt: timestamp(),
  ...(sessions.signed && { refreshToken: text({ ...(sessions.cookie && { optional: true }) }) }),
})

/** Whether a cookie was asked for. Throws a Problem `invalid-declaration` where there are none. */
export function wantsCookie({ cookie }: Services, session: unknown): boolean {
  if (session !== 'cookie') return false
  if (cookie) return true
  throw new Problem('invalid-declaration', {
    message: 'A session is asked for in a cookie, and the identity has none',
    hint: 'Write sessions: { cookie: true } in the identity.',
  })
}

/** The lines of the answer that gives a session to whoever has it from now on. */
export const sessionHeaders = ({ cookie, base }: Services, opened: Opened): Readonly<Record<string, string>> =>
  opened.cookie && cookie ? { 'Set-Cookie': cookie.set(opened.token, opened.expiresAt, base.clock()) } : {}

type Given = Pick<SignedIn<unknown>, 'token' | 'expiresAt' | 'refreshToken' | 'headers'>

/** The answer of an operation of identity's with a session in it, in the form of {@link sessionOutput}. `more`: what else it says. */
export function sessionAnswer(
  { token, expiresAt, refreshToken, headers }: Given,
  more: object = {},
): object | Reply<object> {
  if (Object.keys(headers).length > 0) return answer({ headers, body: { expiresAt, ...more } })
  return { token, expiresAt, ...(refreshToken !== undefined && { refreshToken }), ...more }
}

/** The same, of the session that the call came with and that goes on under another token. */
export function renewedAnswer(services: Services, opened: Opened | undefined, more?: object): object | Reply<object> {
  if (opened) return sessionAnswer({ ...opened, headers: sessionHeaders(services, opened) }, more)
  throw new Problem('unauthenticated', { message: 'This call came with no session' })
}
