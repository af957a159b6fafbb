import type { Logger } from '../../telemetry/logger.ts'
import type { Outcome } from '../call.ts'
import type { Changes } from './changes.ts'
import { createResultCache, type ResultCache } from './result-cache.ts'

/** An outcome, but for how long it took. */
type Kept = Omit<Outcome, 'timings'>

/** The answers of one process that are kept, and who tells it that one is no longer true. */
export interface KeptResults {
  readonly results: ResultCache<Kept>
  /** To be called after a write of this process: here at once, and for the others where the database does not do it. */
  changed(models: readonly string[]): Promise<void>
  /** Begins to listen, at the first read that could use it. Until it listens, nothing is kept. */
  begin(): void
  end(): Promise<void>
}

export interface KeptResultsOptions {
  readonly changes: Changes
  /** Bytes that answers may take. */
  readonly room: number
  readonly clock: () => number
  readonly log: Logger
}

/** Milliseconds between attempts to begin listening. */
const retryAfter = 1_000

export function keptResults({ changes, room, clock, log }: KeptResultsOptions): KeptResults {
  const results = createResultCache<Kept>({ bytes: room, clock })
  let leave: Promise<() => Promise<void>> | undefined
  let ended = false
  let failedAt = Number.NEGATIVE_INFINITY
  let untold = false

  const listening = (now: boolean): void => {
    results.hears(now && !ended)
    log.debug(now ? 'cached views hear of changes' : 'cached views no longer hear of changes and are not kept')
  }
  const begin = (): void => {
    if (ended || leave || clock() - failedAt < retryAfter) return
    leave = changes.listen((models) => results.changed(models), listening)
    leave.catch((error: unknown) => {
      leave = undefined
      failedAt = clock()
      log.warn('cached views cannot hear of changes and are not kept', { error })
    })
  }
  return {
    results,
    begin,
    async changed(models) {
      results.changed(models)
      try {
        await changes.tell?.(models)
        untold = false
      } catch (error) {
        const what = 'other processes could not be told of a change: what they keep may be as old as its view allows'
        log[untold ? 'debug' : 'warn'](what, { error })
        untold = true
      }
    },
    async end() {
      ended = true
      results.hears(false)
      const go = await leave?.catch(() => undefined)
      await go?.().catch(() => {})
    },
  }
}
