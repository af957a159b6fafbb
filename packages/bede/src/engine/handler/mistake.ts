import { isProblem, Problem } from '../../telemetry/problem.ts'

/**
 * Runs `check` on values that a handler made. What is wrong with them is a mistake of the handler and nothing its caller
 * could put right: a Problem `internal`, with the operation, the place and what was wrong in its cause, for the log.
 */
export function handlerValues<T>(operation: string, what: string, check: () => T): T {
  try {
    return check()
  } catch (thrown) {
    if (!isProblem(thrown) || thrown.status >= 500) throw thrown
    const found = thrown.details.map(({ place, message }) => `${place || 'the whole'}: ${message}`).join('; ')
    const message = `The handler of '${operation}' ${what} what does not fit its declaration: ${found || thrown.message}`
    throw new Problem('internal', { cause: new Error(message, { cause: thrown }) })
  }
}
