import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import { Problem } from '../telemetry/problem.ts'

const usualAttempts = 4
/** Before the second attempt, in milliseconds; doubled each time, with a random part so that the same two do not meet again. */
const firstPause = 5
/** A crowd is not kept waiting longer than this between two attempts. */
const longestPause = 160

/** Runs work that the database undid because others were in the way: a few times, then its last error. */
export async function retried<T>(
  work: () => Promise<T>,
  signal?: StopSignal,
  attempts: number = usualAttempts,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === attempts || !undone(error) || signal?.aborted) throw error
    }
    const pause = Math.min(firstPause * 2 ** attempt, longestPause)
    await sleep(pause * (0.5 + Math.random()))
  }
}

/** Nothing of it is there, and the same again may succeed. */
function undone(error: unknown): boolean {
  const reason = error instanceof Problem ? error.cause : error
  return reason instanceof StoreError && (reason.failure === 'serialization' || reason.failure === 'deadlock')
}
