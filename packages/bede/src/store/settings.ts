import { sessionSettings as dialectSettings, lookupPrice } from '../sql/postgres/dialect.ts'

/** Limits on what a session may take, in milliseconds. */
export interface SessionLimits {
  /** One statement. */
  readonly statement?: number
  /** Waiting for one lock. */
  readonly lock?: number
  /** Doing nothing inside a transaction: a process that hangs must not keep locks. */
  readonly idleInTransaction?: number
}

export const defaultLimits: Required<SessionLimits> = { statement: 30_000, lock: 10_000, idleInTransaction: 60_000 }

/**
 * What every session says first, on both stores: what the dialect's SQL relies on, where tables are, and the limits.
 * Just-in-time compilation is off because it costs tens of milliseconds on statements that take one.
 */
export function sessionSettings(limits: SessionLimits): string {
  const { statement, lock, idleInTransaction } = { ...defaultLimits, ...limits }
  const settings: Readonly<Record<string, string | number>> = {
    ...dialectSettings,
    search_path: 'public',
    client_min_messages: 'error',
    jit: 'off',
    statement_timeout: wholeMilliseconds(statement),
    lock_timeout: wholeMilliseconds(lock),
    idle_in_transaction_session_timeout: wholeMilliseconds(idleInTransaction),
  }
  return [...Object.entries(settings).map(([name, value]) => `set ${name} = '${value}'`), lookupPrice].join(';')
}

function wholeMilliseconds(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError(`A limit of a database session is a whole number of milliseconds, not ${value}.`)
}
