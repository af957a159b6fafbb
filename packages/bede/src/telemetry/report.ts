import type { Logger } from './logger.ts'
import type { Problem } from './problem.ts'

/** What a failure was about, for whoever keeps track of failures. */
export interface Failed {
  /** Status 500 and above; its `cause` is what was thrown, and no caller has seen it. */
  readonly problem: Problem
  readonly operation?: string
  readonly requestId?: string
}

/** Told of each failure of ours once. Whatever it throws is logged and changes no answer. */
export type OnError = (failed: Failed) => void | Promise<void>

const reported = new WeakSet<object>()

/**
 * Logs a failure of ours (a Problem of status 500 and above) once, however many floors it passes: the first that can say
 * what it was about does. A Problem that was put into other words carries the reported one as its cause.
 */
export function report(log: Logger, problem: Problem, about: object, onError?: OnError): void {
  if (problem.status < 500 || chain(problem).some((error) => reported.has(error))) return
  reported.add(problem)
  const { code, cause } = problem
  const said = code === 'internal' && cause instanceof Error ? cause.message : problem.message
  log.error(said, { ...about, code, ...(cause === undefined ? {} : { cause }) })
  if (onError) void told(log, onError, { problem, ...named(about) })
}

async function told(log: Logger, onError: OnError, failed: Failed): Promise<void> {
  try {
    await onError(failed)
  } catch (error) {
    log.error('the hook for failures failed itself', { error })
  }
}

const named = (about: object): Omit<Failed, 'problem'> => ({
  ...('operation' in about && typeof about.operation === 'string' && { operation: about.operation }),
  ...('requestId' in about && typeof about.requestId === 'string' && { requestId: about.requestId }),
})

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
