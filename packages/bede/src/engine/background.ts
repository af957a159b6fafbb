import type { Logger } from '../telemetry/logger.ts'

/** Work that no caller waits for. */
export interface Background {
  start(what: string, work: () => Promise<void>): void
  /** Resolves when nothing of it is under way. */
  idle(): Promise<void>
}

/** Its failures are logged and end nothing: it is work that can be done another time. */
export function background(log: Logger): Background {
  const under = new Set<Promise<void>>()
  return {
    start(what, work) {
      const promise = work()
        .catch((error: unknown) => log.warn(`${what} failed`, { cause: error }))
        .finally(() => under.delete(promise))
      under.add(promise)
    },
    async idle() {
      while (under.size > 0) await Promise.all(under)
    },
  }
}
