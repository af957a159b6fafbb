import type { Base } from '../engine/boot.ts'
import type { Actor } from '../engine/call.ts'
import { problemOf } from '../engine/store-problem.ts'
import type { Accounts } from './account.ts'
import type { Authenticator } from './authenticator.ts'
import { rememberSessions } from './remembered-sessions.ts'
import type { Sessions } from './sessions.ts'
import { isToken } from './token.ts'

/** What an actor came with. */
export interface Presented {
  readonly session: string
  readonly token: string
}

/** Beside the actor and not in it: no expression, log or copy of the actor holds a credential. */
const presented = new WeakMap<object, Presented>()

/** The session that brought this actor; undefined for one that came otherwise. */
export const presentedBy = (actor: object): Presented | undefined => presented.get(actor)

/** Part of the idle time after which a use is written down: a session in use costs one small write in so long. */
const touchPart = 24

/** Opaque tokens: 401 for any that does not name a living session. */
export function sessionAuthenticator(
  { connection, manifest, clock, background, watch }: Base,
  { identity }: Accounts,
  store: Sessions,
): Authenticator {
  const remembered = rememberSessions(identity.model, identity.sessions.idle * 1000, watch)
  const touchAfter = (identity.sessions.idle * 1000) / touchPart
  return {
    name: 'session',
    recognizes: isToken,
    async authenticate(token, signal): Promise<Actor | null> {
      const now = clock()
      const known = remembered.recall(token, now)
      if (known) return known.actor
      const find = () => store.find(connection, token, now, signal)
      const found = await remembered.learn(token, find).catch((error: unknown) => {
        throw problemOf(error, manifest) // a 503, and not nobody
      })
      if (!found) return null
      if (now.valueOf() - found.usedAt.valueOf() > touchAfter) {
        background('note the use of a session', () => store.touch(connection, found.session, now))
      }
      presented.set(found.actor, { session: found.session, token })
      return found.actor
    },
  }
}
