import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../../engine/call.ts'
import type { StopSignal } from '../../../store/stop.ts'
import { Problem } from '../../../telemetry/problem.ts'
import { checkOrigin, type TrustedOrigins } from '../edge/same-origin.ts'
import type { HttpOptions } from '../options.ts'
import { credentialOf, isCredential } from './authorization.ts'
import { cookieOf } from './cookie.ts'

/**
 * Who asks, by the one credential of the request; null: it has none. One that is nobody's is refused, whatever the route
 * (class 36). `lines`: what a refusal says besides. Throws a Problem.
 */
export type Caller = (
  request: IncomingMessage,
  signal: StopSignal,
  lines: Record<string, string>,
) => Promise<Actor | null>

type CallerOptions = Pick<HttpOptions, 'scheme' | 'authenticate' | 'cookie' | 'origin' | 'cors'>

export function createCaller({ scheme = 'Bearer', authenticate, cookie, origin, cors }: CallerOptions): Caller {
  const trusted: TrustedOrigins = {
    ...(origin !== undefined && { own: origin }),
    named: new Set(cors?.credentials ? cors.origins : []),
  }
  return async ({ method, headers }, signal, lines) => {
    const credential = credentialOf(headers.authorization, scheme)
    const kept = cookie ? cookieOf(headers.cookie, cookie.name) : null
    if (cookie === undefined || kept === null) {
      if (credential === null) return null
      const actor = (await authenticate?.(credential, signal)) ?? null
      if (actor === null) throw new Problem('invalid-credential')
      return actor
    }
    if (credential !== null) {
      // RFC 6750 §2: a request has one credential.
      throw new Problem('malformed-request', {
        message: 'The request has two credentials, one in its Authorization header and one in a cookie.',
        hint: 'Send one of them.',
      })
    }
    checkOrigin(method, headers, trusted)
    const actor = isCredential(kept) ? await cookie.authenticate(kept, signal) : null
    if (actor !== null) return actor
    // A browser sends it again and again, and no script of a page can take it away.
    lines['Set-Cookie'] = cookie.cleared
    throw new Problem('invalid-credential')
  }
}
