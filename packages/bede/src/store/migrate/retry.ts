import { setTimeout as wait } from 'node:timers/promises'
import { StoreError } from '../driver.ts'

/** Milliseconds between attempts: doubled from the first to the last, less a random part of it. */
const first = 100
const longest = 5_000

/** So long is a lock tried for before it is given up, in milliseconds: somebody should look at what holds it. */
export const defaultPatience = 10 * 60_000

/** A lock was not to be had in time, or two waited for each other: nothing was done, and it may be tried again. */
const passes = (error: unknown): boolean =>
  error instanceof StoreError &&
  (error.failure === 'deadlock' ||
    error.failure === 'serialization' ||
    (error.failure === 'timeout' && databaseCode(error) === '55P03'))

/** The SQLSTATE behind a failure of the store. */
export function databaseCode(error: unknown): string | undefined {
  const cause = error instanceof StoreError ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined
}

/**
 * Runs `f` until no lock stands in its way. Between attempts nobody waits behind it: a lock that is asked for and not
 * given keeps everybody out who comes after, so it is asked for briefly, again and again, at times that differ.
 */
export async function untilFree<T>(
  f: () => Promise<T>,
  blocked: (attempt: number, pause: number) => void,
  patience = defaultPatience,
): Promise<T> {
  const since = performance.now()
  for (let attempt = 1; ; attempt++) {
    try {
      return await f()
    } catch (error) {
      if (!passes(error) || performance.now() - since > patience) throw error
      const most = Math.min(first * 2 ** (attempt - 1), longest)
      const pause = Math.round(most * (0.5 + Math.random() / 2))
      blocked(attempt, pause)
      await wait(pause)
    }
  }
}
