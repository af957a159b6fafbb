import type { Actor } from '../../engine/call.ts'
import { bringing } from '../../engine/credential.ts'
import { problemOf } from '../../engine/store-problem.ts'
import type { Authenticator } from '../authenticator.ts'
import { rememberCredentials } from '../remembered-credentials.ts'
import type { Services } from '../services.ts'
import { isKey } from './key.ts'
import type { ApiKeys, FoundKey } from './store.ts'

/** Milliseconds after which a use is written down again: when a key was last used is known to ten minutes. */
const touchAfter = 10 * 60 * 1000

/** API keys: 401 for any that is unknown, expired, rotated or revoked. */
export function keyAuthenticator({ base }: Services, keys: ApiKeys): Authenticator {
  const { connection, manifest, clock, background, hearing } = base
  const remembered = rememberCredentials<FoundKey>(Number.POSITIVE_INFINITY, hearing)
  return {
    name: 'key',
    recognizes: isKey,
    async authenticate(key, signal): Promise<Actor | null> {
      const now = clock()
      const known = remembered.recall(key, now)
      if (known) return known.actor
      const find = () => keys.find(connection, key, now, signal)
      const found = await remembered.learn(key, find).catch((error: unknown) => {
        throw problemOf(error, manifest) // a 503, and not nobody
      })
      if (!found) return null
      const { actor, id, scopes, usedAt } = found
      if (!usedAt || now.valueOf() - usedAt.valueOf() > touchAfter)
        background('note the use of a key', () => keys.touch(connection, id, now))
      return bringing(actor, { kind: 'key', id, token: key, scopes })
    },
  }
}
