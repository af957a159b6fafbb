import type { WriteWatch } from '../engine/cache/write-watch.ts'
import type { Found } from './sessions.ts'

/**
 * Milliseconds for which a session that was found is not looked up again. So long, at most, a session that another
 * process ended, or a role that it took away, still counts in this one; what this process does counts at once.
 */
export const rememberedFor = 1_000
/** Sessions remembered at the same time; about half a kilobyte each. */
const most = 10_000

/** Who came with which token a moment ago. */
export interface RememberedSessions {
  /** The session, where it was found less than a second ago and is alive at `now`. */
  recall(token: string, now: Date): Found | undefined
  /** Looks it up, and remembers it unless something that it rests on is changing. */
  learn(token: string, find: () => Promise<Found | undefined>): Promise<Found | undefined>
  forget(): void
}

interface Entry {
  readonly found: Found
  readonly until: number
}

/** Forgets everything when an account is written or anything is deleted: that is rare beside requests, and always right. */
export function rememberSessions(account: string, idle: number, watch: WriteWatch): RememberedSessions {
  const entries = new Map<string, Entry>()
  let generation = 0
  const forget = (): void => {
    generation++
    entries.clear()
  }
  const watched = watch.on(account, forget)
  return {
    forget,
    recall(token, now) {
      const entry = entries.get(token)
      if (!entry) return undefined
      const at = now.valueOf()
      const { expiresAt, usedAt } = entry.found
      // The clock of the process may be set; the time since it was found is measured apart from it.
      if (performance.now() < entry.until && at < expiresAt.valueOf() && at - usedAt.valueOf() < idle)
        return entry.found
      entries.delete(token)
      return undefined
    },
    async learn(token, find) {
      const begun = generation
      const until = performance.now() + rememberedFor
      const found = await find()
      if (!found || begun !== generation || watched.unsettled) return found
      if (entries.size >= most) entries.clear()
      entries.set(token, { found, until })
      return found
    },
  }
}
