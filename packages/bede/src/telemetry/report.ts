import type { Logger } from './logger.ts'
import { Problem } from './problem.ts'

/** What a failure was about, for whoever keeps track of failures. */
export interface Failed {
  /** Status 500 and above; its `cause` is what was thrown, and no caller has seen it. */
  readonly problem: Problem
  readonly operation?: string
  readonly requestId?: string
  /** What was being done that no call waited for: `delivering mail`, `sweeping files`. */
  readonly work?: string
}

/** Told of each failure of ours once. Whatever it throws is logged and changes no answer. */
export type OnError = (failed: Failed) => void | Promise<void>

const reported = new WeakSet<object>()

/** An operation that has no handler here (501) is one that somebody still has to write, and nothing has failed. */
const notWritten = 501

/**
 * Logs a failure of ours (a Problem of status 500 and above) once, however many floors it passes: the first that can say
 * what it was about does. A Problem that was put into other words carries the reported one as its cause. What is not
 * written yet is a warning, and the hook hears nothing of it.
 */
export function report(log: Logger, problem: Problem, about: object, onError?: OnError): void {
  if (problem.status < 500 || chain(problem).some((error) => reported.has(error))) return
  reported.add(problem)
  const { code, cause } = problem
  const said = code === 'internal' && cause instanceof Error ? cause.message : problem.message
  const line = { ...about, code, ...(cause === undefined ? {} : { cause }) }
  if (problem.status === notWritten) {
    log.warn(said, line)
    return
  }
  log.error(said, line)
  if (onError) void told(log, onError, { problem, ...named(about) })
}

/** Tells the hook of work that failed and that no call waited for, once. Whoever did it logs it. */
export function reportWork(log: Logger, work: string, problem: Problem, onError?: OnError): void {
  if (!onError || chain(problem).some((error) => reported.has(error))) return
  reported.add(problem)
  const ours = problem.status < 500 ? new Problem('internal', { cause: problem }) : problem
  void told(log, onError, { problem: ours, work })
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
