import { answer } from '../../declare/reply.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { json, secret } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { operation } from '../operation.ts'
import { sessionAnswer, sessionOutput } from '../session-answer.ts'

/** Letters of a refresh token, and some more. */
const longest = 200
/** Seconds for which the published keys may be kept by whoever verifies; the next one is there a day before it signs. */
const publishedFor = 300

/** The next signed token, and the keys with which others verify one. */
export const signedOperations = ({ identity }: Accounts): Readonly<Record<string, Brought>> => ({
  'auth.refresh': operation('POST /auth/refresh', {
    summary: 'The next signed token of a session, and the next refresh token',
    auth: 'optional',
    input: { refreshToken: secret({ max: longest }) },
    output: sessionOutput(identity),
    sensitive: true,
    run: async ({ input, within, services }) => {
      const opened = await signedIn(services).refreshing.refresh(within, String(input.refreshToken))
      return sessionAnswer({ ...opened, headers: {} })
    },
  }),
  'auth.jwks': operation('GET /.well-known/jwks.json', {
    summary: 'The public keys of signed tokens (RFC 7517)',
    auth: 'optional',
    output: { keys: json() },
    run: async ({ services, within }) =>
      answer({
        headers: { 'Cache-Control': `public, max-age=${publishedFor}` },
        body: { keys: await signedIn(services).keys.published(new Date(within.now), within.reader()) },
      }),
  }),
})

function signedIn<T>({ signed }: { readonly signed?: T }): T {
  if (signed !== undefined) return signed
  throw new Problem('internal', { message: 'Tokens are not signed here' })
}
