import { isProblem } from '../../../telemetry/problem.ts'

/** What memory makes of a rule; undefined where the rule asks what the database alone computes. */
export function inMemory<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isProblem(error)) return undefined
    throw error
  }
}
