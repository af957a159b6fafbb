import type { Logger } from './logger.ts'
import type { Problem } from './problem.ts'

const reported = new WeakSet<object>()

/**
 * Logs a failure of ours (a Problem of status 500 and above) once, however many floors it passes: the first that can say
 * what it was about does. A Problem that was put into other words carries the reported one as its cause.
 */
export function report(log: Logger, problem: Problem, about: object): void {
  if (problem.status < 500 || chain(problem).some((error) => reported.has(error))) return
  reported.add(problem)
  const { code, cause } = problem
  const said = code === 'internal' && cause instanceof Error ? cause.message : problem.message
  log.error(said, { ...about, code, ...(cause === undefined ? {} : { cause }) })
}

/** An error with its causes; an error that is its own cause, by way of others, ends it. */
function chain(error: object): readonly object[] {
  const found = new Set<object>()
  let at: unknown = error
  while (typeof at === 'object' && at !== null && !found.has(at)) {
    found.add(at)
    at = 'cause' in at ? at.cause : undefined
  }
  return [...found]
}
