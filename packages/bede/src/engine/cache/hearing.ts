import type { Logger } from '../../telemetry/logger.ts'
import type { Changes } from './changes.ts'

/** Whoever keeps in memory what was made of stored rows. */
export interface Keeper {
  /** Rows of these models have changed, or of any. */
  changed(models: readonly string[] | undefined): void
  /** Whether all changes are heard of from now on; before it was true, some may have been missed. */
  hears(now: boolean): void
}

/** How one process hears of all changes that it keeps something of: its own, and those of the other processes. */
export interface Hearing {
  keep(keeper: Keeper): void
  /** To be called after a write of this process: here at once, and for the others where the database does not do it. */
  changed(models: readonly string[]): Promise<void>
  /** Begins to listen, at the first use of what is kept. */
  begin(): void
  end(): Promise<void>
}

export interface HearingOptions {
  readonly changes: Changes
  readonly log: Logger
}

/** Milliseconds between attempts to begin listening. */
const retryAfter = 1_000

export function hearing({ changes, log }: HearingOptions): Hearing {
  const keepers: Keeper[] = []
  let leave: Promise<() => Promise<void>> | undefined
  let hears = false
  let ended = false
  let failedAt = Number.NEGATIVE_INFINITY
  let untold = false

  const listening = (now: boolean): void => {
    hears = now && !ended
    for (const keeper of keepers) keeper.hears(hears)
    log.debug(hears ? 'changes of other processes are heard' : 'changes of other processes are no longer heard')
  }
  const tell = (models: readonly string[] | undefined): void => {
    for (const keeper of keepers) keeper.changed(models)
  }
  return {
    keep(keeper) {
      keepers.push(keeper)
      keeper.hears(hears)
    },
    async changed(models) {
      tell(models)
      try {
        await changes.tell?.(models)
        untold = false
      } catch (error) {
        const what = 'other processes could not be told of a change: what they keep may be as old as its limit allows'
        log[untold ? 'debug' : 'warn'](what, { error })
        untold = true
      }
    },
    begin() {
      if (ended || leave || performance.now() - failedAt < retryAfter) return
      leave = changes.listen(tell, listening)
      leave.catch((error: unknown) => {
        leave = undefined
        failedAt = performance.now()
        log.warn('changes of other processes cannot be heard: cached views are not kept', { error })
      })
    },
    async end() {
      ended = true
      listening(false)
      const go = await leave?.catch(() => undefined)
      await go?.().catch(() => {})
    },
  }
}
