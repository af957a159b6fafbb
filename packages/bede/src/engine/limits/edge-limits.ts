import type { Problem } from '../../telemetry/problem.ts'
import type { Actor, From } from '../call.ts'
import { credentialOf } from '../credential.ts'
import { knownCredentials } from './known-credentials.ts'
import type { Clock, MemoryCounter } from './memory-counter.ts'
import type { Counted, Counter, Limit, Spent } from './quota.ts'
import { createTally } from './tally.ts'

/**
 * What is counted of requests before an operation counts them. It is decided by what this process knows; where processes
 * count together, they tell each other a moment later.
 */
export interface EdgeLimits {
  /** Counts what comes from outside and reaches no operation. Throws a Problem `rate-limited`. */
  unserved(from: From, actor: Actor | null): void
  /**
   * Whether a credential of this address is looked up at all. Throws a Problem `rate-limited` after too many that were
   * nobody's, unless what is `shown` was somebody's not long ago: whoever guesses does not have one.
   */
  checkCredential(from: From, shown: () => string | undefined): void
  /** What brought this actor was somebody's. */
  rightCredential(actor: Actor): void
  /** A credential of this address was nobody's. */
  wrongCredential(from: From, shown: string | undefined): void
}

/** Points of a credential that is nobody's: each is looked up. */
const wrongCredentialCosts = 5

export interface EdgeCounting {
  readonly near: MemoryCounter
  /** What all processes count with. */
  readonly together: Counter | undefined
  readonly clock: Clock
  readonly perActor: Limit | undefined
  readonly perAddress: Limit | undefined
  /** Whose an address is; undefined: it is not counted. */
  readonly networkOf: (from: From) => string | undefined
  readonly accountOf: (actor: Actor) => string
  /** Throws a Problem `rate-limited` where there was too little left. */
  readonly decide: (counted: Counted, all: readonly Spent[], from: From) => void
  /** What is thrown where it takes so many milliseconds until there is enough. */
  readonly refused: (wait: number, names: readonly string[]) => Problem
}

export function createEdgeLimits(counting: EdgeCounting): EdgeLimits & { close(): void } {
  const { near, together, clock, perActor, perAddress, networkOf, accountOf, decide, refused } = counting
  const credentials = perAddress && { ...perAddress, name: 'credential' }
  const known = knownCredentials(clock)
  const tally = together && createTally(near, together)
  return {
    unserved(from, actor) {
      const limit = actor ? perActor : perAddress
      const whose = actor ? accountOf(actor) : networkOf(from)
      if (!limit || whose === undefined) return
      const all = [{ limit, whose, points: 1 }]
      decide(near.spend(all), all, from)
      tally?.add({ limit, whose, points: 1, most: limit.per })
    },
    checkCredential(from, shown) {
      const whose = networkOf(from)
      if (!credentials || whose === undefined) return
      const wait = near.wait({ limit: credentials, whose, points: wrongCredentialCosts })
      if (wait === 0) return
      const credential = shown()
      if (credential !== undefined && known.has(credential)) return
      throw refused(wait, [credentials.name])
    },
    rightCredential(actor) {
      const token = credentialOf(actor)?.token
      if (credentials && token !== undefined) known.add(token)
    },
    wrongCredential(from, shown) {
      // What has ended is looked up once more, and then it is one like any other.
      if (shown !== undefined) known.delete(shown)
      const whose = networkOf(from)
      if (!credentials || whose === undefined) return
      const owed = { limit: credentials, whose, points: wrongCredentialCosts, most: 2 * credentials.per }
      near.owe(owed)
      tally?.add(owed)
    },
    close: () => tally?.close(),
  }
}
