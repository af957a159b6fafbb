import type { Actor } from '../engine/call.ts'
import { bringing } from '../engine/credential.ts'
import { problemOf } from '../engine/store-problem.ts'
import type { Authenticator } from './authenticator.ts'
import { rememberCredentials } from './remembered-credentials.ts'
import type { Services } from './services.ts'
import { secretHash } from './session-secret.ts'
import type { Found } from './sessions.ts'
import { isToken } from './token.ts'

/** Part of the idle time after which a use is written down: a session in use costs one small write in so long. */
const touchPart = 24

/** Which session a credential names. */
export type Named = ({ readonly tokenHash: string } | { readonly familyHash: string }) & {
  /** The account it says it is of, as text, and until when it says so. */
  readonly of?: { readonly account: string; readonly until: Date }
}

/** One way in which sessions are shown. */
export interface Showing {
  readonly name: string
  recognizes(credential: string): boolean
  /** Undefined: none. */
  named(credential: string, now: Date): Named | undefined | Promise<Named | undefined>
  readonly cookie?: true
}

/** Opaque tokens in the Authorization header. */
export const byToken: Showing = {
  name: 'session',
  recognizes: isToken,
  named: (token) => ({ tokenHash: secretHash('token', token) }),
}

/** Opaque tokens in a cookie. */
export const byCookie: Showing = {
  name: 'cookie',
  recognizes: isToken,
  named: (token) => ({ tokenHash: secretHash('cookie', token) }),
  cookie: true,
}

/** 401 for any that does not name a living session. */
export function sessionAuthenticator({ base, accounts, sessions }: Services, showing: Showing): Authenticator {
  const { connection, manifest, clock, background, hearing } = base
  const idle = accounts.identity.sessions.idle * 1000
  const remembered = rememberCredentials<Found>(idle, hearing)
  const touchAfter = idle / touchPart
  const { name, recognizes, cookie } = showing
  return {
    name,
    recognizes,
    async authenticate(token, signal): Promise<Actor | null> {
      const now = clock()
      const known = remembered.recall(token, now)
      if (known) return known.actor
      const find = async () => {
        const named = await showing.named(token, now)
        const found = named && (await sessions.find(connection, named, now, signal))
        return found && within(found, named)
      }
      const found = await remembered.learn(token, find).catch((error: unknown) => {
        throw problemOf(error, manifest) // a 503, and not nobody
      })
      if (!found) return null
      if (now.valueOf() - found.usedAt.valueOf() > touchAfter) {
        background('note the use of a session', () => sessions.touch(connection, found.session, now))
      }
      return bringing(found.actor, {
        kind: 'session',
        id: found.session,
        token,
        ...(cookie && { cookie }),
        ...(found.provenAt && { provenAt: found.provenAt }),
        ...(found.impersonator && { impersonator: found.impersonator.id }),
      })
    },
  }
}

/** A session lasts no longer than what shows it, and is nobody else's. */
function within(found: Found, { of }: Named): Found | undefined {
  if (!of) return found
  if (of.account !== String(found.actor.id)) return undefined
  return of.until < found.expiresAt ? { ...found, expiresAt: of.until } : found
}
