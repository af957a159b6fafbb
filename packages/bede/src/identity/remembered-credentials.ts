import type { Hearing } from '../engine/cache/hearing.ts'
import { credentialsChanged } from '../plan/credentials.ts'

/**
 * Milliseconds for which a credential that was found is not looked up again. Every process forgets at once when one ends
 * or what an account may do changes, and hears of it when another has done it: so long, at most, it still counts
 * where it cannot be heard of (the line is cut, or somebody has changed the rows with `psql`).
 */
export const rememberedFor = 1_000
/** Credentials remembered at the same time; about half a kilobyte each. */
const most = 10_000

/** A session or a key, as it was found. */
interface Lasting {
  readonly expiresAt: Date
  /** Undefined: never. */
  readonly usedAt: Date | undefined
}

/** Who came with which token a moment ago. */
export interface RememberedCredentials<F extends Lasting> {
  /** What it found, where that was less than a second ago and is good at `now`. */
  recall(token: string, now: Date): F | undefined
  /** Looks it up, and remembers it unless what it rests on has changed meanwhile. */
  learn(token: string, find: () => Promise<F | undefined>): Promise<F | undefined>
}

interface Entry<F> {
  readonly found: F
  readonly until: number
}

/**
 * Forgets everything when anybody's credentials change: that is rare beside requests, and always right. `idle`:
 * milliseconds without a use, after which it is no longer good.
 */
export function rememberCredentials<F extends Lasting>(idle: number, hearing: Hearing): RememberedCredentials<F> {
  const entries = new Map<string, Entry<F>>()
  let generation = 0
  const forget = (): void => {
    generation++
    entries.clear()
  }
  hearing.keep({
    changed: (models) => {
      if (!models || models.includes(credentialsChanged)) forget()
    },
    hears: forget,
  })
  return {
    recall(token, now) {
      const entry = entries.get(token)
      if (!entry) return undefined
      const at = now.valueOf()
      const { expiresAt, usedAt } = entry.found
      // The clock of the process may be set; the time since it was found is measured apart from it.
      const used = usedAt === undefined || at - usedAt.valueOf() < idle
      if (performance.now() < entry.until && at < expiresAt.valueOf() && used) return entry.found
      entries.delete(token)
      return undefined
    },
    async learn(token, find) {
      hearing.begin()
      const begun = generation
      const until = performance.now() + rememberedFor
      const found = await find()
      if (!found || begun !== generation) return found
      if (entries.size >= most) entries.clear()
      entries.set(token, { found, until })
      return found
    },
  }
}
