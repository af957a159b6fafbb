import { Problem } from '../telemetry/problem.ts'

/** How long one call may take, and whether its caller is still there. */
export interface Deadline extends Disposable {
  /** Aborts when the time is over or the caller goes away. */
  readonly signal: AbortSignal
  /** Throws a Problem `deadline-exceeded` or `canceled` once the signal has aborted. */
  check(): void
  /** The Problem that ends the call; undefined while it may go on. */
  problem(): Problem | undefined
  /** `work`, or the Problem as soon as the call must end; `work` itself is told by the signal. */
  race<T>(work: Promise<T>): Promise<T>
}

/**
 * Joins a caller's signal and a time limit in milliseconds. Its timer and listener go with `dispose`: a combined
 * `AbortSignal.any` would stay behind on a long-lived signal.
 */
export function deadline(milliseconds: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  const expire = () =>
    controller.abort(new Problem('deadline-exceeded', { message: `The answer took longer than ${milliseconds} ms` }))
  const leave = () => controller.abort(new Problem('canceled'))
  const timer = setTimeout(expire, milliseconds)
  timer.unref()
  if (caller?.aborted) leave()
  else caller?.addEventListener('abort', leave, { once: true })

  const { signal } = controller
  const problem = () => (signal.aborted && signal.reason instanceof Problem ? signal.reason : undefined)
  return {
    signal,
    problem,
    check() {
      const over = problem()
      if (over) throw over
    },
    async race(work) {
      const { promise, reject } = Promise.withResolvers<never>()
      const end = () => reject(signal.reason)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
      work.catch(() => {}) // whoever lost the race must not end the process
      try {
        return await Promise.race([work, promise])
      } finally {
        signal.removeEventListener('abort', end)
      }
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', leave)
    },
  }
}
