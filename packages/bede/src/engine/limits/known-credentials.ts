import type { Clock } from './memory-counter.ts'

/** Milliseconds for which a credential that was good counts as known: at least so long, and at most twice. */
const period = 600_000
/** Credentials of one period: some two megabytes of both. */
const most = 10_000

/** Credentials that were somebody's not long ago. It says nothing of whether they still are. */
export interface KnownCredentials {
  has(credential: string): boolean
  add(credential: string): void
  delete(credential: string): void
}

export function knownCredentials(clock: Clock): KnownCredentials {
  let young = new Set<string>()
  let old = new Set<string>()
  let turn = clock() + period
  const look = (): void => {
    const now = clock()
    if (now < turn && young.size < most) return
    old = now < turn + period ? young : new Set()
    young = new Set()
    turn = now + period
  }
  return {
    has(credential) {
      look()
      return young.has(credential) || old.has(credential)
    },
    add(credential) {
      if (young.has(credential)) return
      look()
      young.add(credential)
    },
    delete(credential) {
      young.delete(credential)
      old.delete(credential)
    },
  }
}
