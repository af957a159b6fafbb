import type { Logger } from '../telemetry/logger.ts'

/** Tells the app's hook for failures of what failed and no call waited for. */
export type Tell = (work: string, error: unknown) => void

/** Work that no caller waits for. */
export interface Background {
  start(what: string, work: () => Promise<void>): void
  /** Resolves when nothing of it is under way. */
  idle(): Promise<void>
}

/** Its failures are logged, told and end nothing: it is work that can be done another time. */
export function background(log: Logger, tell: Tell): Background {
  const under = new Set<Promise<void>>()
  return {
    start(what, work) {
      const promise = work()
        .catch((error: unknown) => {
          log.warn(`${what} failed`, { cause: error })
          tell(what, error)
        })
        .finally(() => under.delete(promise))
      under.add(promise)
    },
    async idle() {
      while (under.size > 0) await Promise.all(under)
    },
  }
}
