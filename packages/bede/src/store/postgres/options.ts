import { availableParallelism } from 'node:os'
import { defaultQueue, type QueueLimits } from '../admission.ts'
import type { SessionLimits } from '../settings.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string
  readonly pool?: Partial<PoolLimits>
  readonly limits?: SessionLimits
  /** Milliseconds until a new connection must stand. Default 5,000. */
  readonly connectTimeout?: number
}

export interface PoolLimits {
  /** Connections for statements and transactions; LISTEN and cancel requests have one of their own. */
  readonly connections: number
  /** Statements outside transactions that share one connection, sent without waiting for each other. */
  readonly pipelined: number
  /**
   * Connections over which such statements spread while they are short. Default: all, and for a server on this machine
   * two for each of its processors: more processes than that take turns, and lose what they had in its caches.
   */
  readonly spread: number
  /** Milliseconds to wait for a connection before giving up. */
  readonly acquireTimeout: number
  /** How many may wait for a connection, and how long the wait may be as it looks when one comes. */
  readonly queue: QueueLimits
}

export const defaultPool: Omit<PoolLimits, 'spread'> = {
  connections: 10,
  pipelined: 8,
  acquireTimeout: 5_000,
  queue: defaultQueue,
}
export const defaultConnectTimeout = 5_000

/** Fewer would wait for each other's locks and for the disk. */
const leastSpread = 4

/** See {@link PoolLimits.spread}. */
export function spreadOf(url: string): number {
  const address = URL.canParse(url) ? new URL(url) : undefined
  const host = address?.hostname || (address?.searchParams.get('host') ?? '')
  const here = host.startsWith('/') || host === 'localhost' || host === '[::1]' || /^127\.[\d.]+$/.test(host)
  return here ? Math.max(leastSpread, 2 * availableParallelism()) : Number.POSITIVE_INFINITY
}
