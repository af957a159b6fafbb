import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds: the first wait is at most the first, doubles each time, and never more than the last. */
const firstWait = 100
const longestWait = 3_000
/** Whoever asks for more patience than this gets none: the answer is given as it is. */
const mostPatience = 10_000
/** The other side says that it may go better later (RFC 9110 §15.6, RFC 6585 §4). */
const passingStatus = new Set([429, 502, 503, 504])

export const isPassing = (status: number): boolean => passingStatus.has(status)

/**
 * Milliseconds to wait before the next attempt: any up to the limit with the same chance, so that those who failed
 * together do not come back together. `after`: what the other side asked for; undefined where that is too long.
 */
export function waitBefore(attempt: number, after: number | undefined): number | undefined {
  if (after !== undefined && after > mostPatience) return undefined
  return (after ?? 0) + Math.random() * Math.min(longestWait, firstWait * 2 ** attempt)
}

/** `Retry-After` in milliseconds from now (RFC 9110 §10.2.3): seconds, or a date. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Waits; throws the reason of the signal as soon as it is given. */
export async function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal })
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  }
}
