import { Deadline } from '../deadline.ts'
import type { Work } from '../work.ts'

/**
 * Does what waits for nobody's bytes, in the time that any operation has, beginning now: a transaction must not stay open
 * for as long as a file may take to come. Throws a Problem `deadline-exceeded`.
 */
export async function inOwnTime<W extends Pick<Work, 'call' | 'limit' | 'runtime'>, T>(
  work: W,
  does: (work: W) => Promise<T>,
): Promise<T> {
  const own = new Deadline(work.call.deadline ?? work.runtime.deadline, work.limit)
  try {
    return await does({ ...work, limit: own })
  } catch (error) {
    throw own.problem() ?? error
  } finally {
    own.end()
  }
}
