import type { Actor } from '../engine/call.ts'
import { bringing } from '../engine/credential.ts'
import { problemOf } from '../engine/store-problem.ts'
import type { Authenticator } from './authenticator.ts'
import { rememberSessions } from './remembered-sessions.ts'
import type { Services } from './services.ts'
import { isToken, tokenHash } from './token.ts'

/** Part of the idle time after which a use is written down: a session in use costs one small write in so long. */
const touchPart = 24

/** Opaque tokens: 401 for any that does not name a living session. */
export function sessionAuthenticator({ base, accounts, sessions: store }: Services): Authenticator {
  const { connection, manifest, clock, background, hearing } = base
  const { identity } = accounts
  const remembered = rememberSessions(identity.sessions.idle * 1000, hearing)
  const touchAfter = (identity.sessions.idle * 1000) / touchPart
  return {
    name: 'session',
    recognizes: isToken,
    async authenticate(token, signal): Promise<Actor | null> {
      const now = clock()
      const known = remembered.recall(token, now)
      if (known) return known.actor
      const find = () => store.find(connection, { tokenHash: tokenHash(token) }, now, signal)
      const found = await remembered.learn(token, find).catch((error: unknown) => {
        throw problemOf(error, manifest) // a 503, and not nobody
      })
      if (!found) return null
      if (now.valueOf() - found.usedAt.valueOf() > touchAfter) {
        background('note the use of a session', () => store.touch(connection, found.session, now))
      }
      return bringing(found.actor, { kind: 'session', id: found.session, token })
    },
  }
}
