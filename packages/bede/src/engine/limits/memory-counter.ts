import { hash, randomUUID } from 'node:crypto'
import { behindAt, type Counted, type Limit, type Owed, over, type Spent, type Standing } from './quota.ts'

/** Callers of one limit that are kept apart: about a tenth of a kilobyte each. */
const mostKept = 50_000
/** Places that all others share. */
const shared = 4_096
/** How many of those that are kept are looked at when one more comes. */
const looked = 2
/** Milliseconds: sums of fractions are not exact. */
const tolerance = 1e-6

/** Milliseconds that never go back. */
export type Clock = () => number

/** Counts in this process; see {@link Times} for what it keeps. */
export interface MemoryCounter {
  /** As a {@link Counter} does. */
  spend(all: readonly Spent[]): Counted
  /** Takes the points, whether they are there or not: for what is known only afterwards. */
  owe(owed: Owed): void
  /** Whose points were found to be so far behind elsewhere is no less so here. */
  raise(limit: Limit, whose: string, behind: number): void
  /** All points of a caller are back. */
  forget(limit: Limit, whose: string): void
  /** Milliseconds until these points can be spent; 0: now. */
  wait(spent: Spent): number
}

export function memoryCounter(clock: Clock = () => performance.now(), most = mostKept): MemoryCounter {
  const kept = new Map<Limit, Times>()
  const timesOf = (limit: Limit): Times => {
    let times = kept.get(limit)
    if (!times) {
      times = new Times(most)
      kept.set(limit, times)
    }
    return times
  }
  return {
    spend(all) {
      const now = clock()
      const standings: Standing[] = []
      let wait = 0
      for (const spent of all) {
        const { limit, whose } = spent
        const behind = behindAt(timesOf(limit).back(whose), now)
        const tooMuch = over(behind, spent)
        if (tooMuch > tolerance && tooMuch > wait) wait = tooMuch
        standings.push({ limit, behind })
      }
      if (wait > 0) return { standings, wait }
      for (let index = 0; index < all.length; index++) {
        const { limit, whose, points } = all[index]!
        const behind = standings[index]!.behind + points * limit.each
        timesOf(limit).set(whose, now + behind, now)
        standings[index] = { limit, behind }
      }
      return { standings, wait }
    },
    owe({ limit, whose, points, most: owed }) {
      const now = clock()
      const times = timesOf(limit)
      const behind = behindAt(times.back(whose), now) + points * limit.each
      times.set(whose, now + Math.min(behind, owed), now)
    },
    raise(limit, whose, behind) {
      const now = clock()
      const times = timesOf(limit)
      if (now + behind > times.back(whose)) times.set(whose, now + behind, now)
    },
    forget: (limit, whose) => timesOf(limit).forget(whose),
    wait(spent) {
      const tooMuch = over(behindAt(timesOf(spent.limit).back(spent.whose), clock()), spent)
      return tooMuch > tolerance ? tooMuch : 0
    },
  }
}

/**
 * When the points of each caller of one limit will all be back. Memory is bounded, and nobody's count is given up to keep
 * it so: whose points are back is forgotten, which is the same as never seen; where every place is taken, whoever is new
 * shares one with its neighbors. So to come under ever new addresses frees nobody, and costs the others nothing (class 61).
 */
class Times {
  readonly #own = new Map<string, number>()
  readonly #most: number
  #hand = this.#own.entries()
  #shared: Float64Array | undefined
  #seed = ''

  constructor(most: number) {
    this.#most = most
  }

  back(whose: string): number {
    return this.#own.get(whose) ?? this.#shared?.[this.#place(whose)] ?? 0
  }

  set(whose: string, back: number, now: number): void {
    if (!this.#own.has(whose)) {
      for (let n = 0; n < looked; n++) this.#look(now)
      if (this.#own.size >= this.#most) {
        this.#shared ??= new Float64Array(shared)
        this.#shared[this.#place(whose)] = back
        return
      }
    }
    this.#own.set(whose, back)
  }

  /** What is shared is others' as well, and stays. */
  forget(whose: string): void {
    this.#own.delete(whose)
  }

  /** Looks at the next one, round and round. */
  #look(now: number): void {
    let next = this.#hand.next()
    if (next.done) {
      this.#hand = this.#own.entries()
      next = this.#hand.next()
    }
    if (!next.done && next.value[1] <= now) this.#own.delete(next.value[0])
  }

  /** By a hash that nobody outside can aim. */
  #place(whose: string): number {
    this.#seed ||= randomUUID()
    return Number.parseInt(hash('sha1', this.#seed + neighborhood(whose)).slice(0, 8), 16) % shared
  }
}

/** Of an address, those around it: whoever has many has them in one place. */
const neighborhood = (whose: string): string =>
  /^\d+\.\d+\.\d+\./.exec(whose)?.[0] ?? /^[\da-f]{1,4}:[\da-f]{1,4}:[\da-f]{1,4}:/.exec(whose)?.[0] ?? whose
