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
  /** Milliseconds to wait for a connection before giving up. */
  readonly acquireTimeout: number
  /** How many may wait for a connection, and how long the wait may be as it looks when one comes. */
  readonly queue: QueueLimits
}

export const defaultPool: PoolLimits = { connections: 10, pipelined: 8, acquireTimeout: 5_000, queue: defaultQueue }
export const defaultConnectTimeout = 5_000
