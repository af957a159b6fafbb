import type { LimitedBy, QuotaDefinition } from '../../manifest/limits.ts'

/** A quota under its name, with whose points it counts. */
export interface Limit {
  /** As callers are told: `actor`, or `export/actor` of one operation. Visible ASCII without quotes. */
  readonly name: string
  readonly by: LimitedBy
  readonly points: number
  /** Milliseconds in which all points come back. */
  readonly per: number
  /** Milliseconds in which one does. */
  readonly each: number
}

export const limitOf = (name: string, by: LimitedBy, { points, per }: QuotaDefinition): Limit => ({
  name,
  by,
  points,
  per: per * 1000,
  each: (per * 1000) / points,
})

/** What one caller spends of one limit: at most all of its points. */
export interface Spent {
  readonly limit: Limit
  readonly whose: string
  readonly points: number
}

/** What a limit has left for a caller: until all of it is back it takes `behind` milliseconds. */
export interface Standing {
  readonly limit: Limit
  readonly behind: number
}

export interface Counted {
  readonly standings: readonly Standing[]
  /** Milliseconds until as much can be spent as was asked, 0 where it is. Otherwise nothing is, of any of the limits. */
  readonly wait: number
}

/** What is taken of a limit, whether it is there or not, until `most` milliseconds are owed. */
export interface Owed extends Spent {
  readonly most: number
}

/** Counts in this process, or for all. What is asked at once is spent as a whole, or nothing of it. */
export interface Counter {
  spend(all: readonly Spent[]): Counted | Promise<Counted>
  /**
   * Takes points of what is decided already, and gives what each limit has left then, in their order; nothing where it
   * cannot. Absent: what reaches no operation is counted by each process.
   */
  owe?(all: readonly Owed[]): Promise<readonly Standing[]>
}

/**
 * The generic cell rate algorithm (ITU-T I.371): of each caller one time is kept, `back`, at which its points will all be
 * there. To spend moves it on, by at most `per` from now.
 */
export const behindAt = (back: number, now: number): number => (back > now ? back - now : 0)

/** How much longer than allowed it would take; above 0 that is how long to wait. */
export const over = (behind: number, { limit, points }: Spent): number => behind + points * limit.each - limit.per
