import type { MigrationRun } from '../../sql/migration/file.ts'

/** What a migrator tells while it works, one event after another. Times are in milliseconds. */
export type Progress =
  /** Another migrator is at work; `holder` is its process at the server. */
  | { readonly event: 'waiting'; readonly holder: string | undefined }
  /** These were in the database already, made without migrations. */
  | { readonly event: 'adopted'; readonly migrations: readonly string[] }
  | { readonly event: 'migration'; readonly migration: string; readonly from: number; readonly steps: number }
  | StepProgress<'step'>
  /** A lock was not to be had in time; it is tried again in `pause`. */
  | (StepProgress<'blocked'> & { readonly attempt: number; readonly pause: number })
  /** One batch is committed: `written` rows of it, `total` since the step began. */
  | (StepProgress<'batch'> & {
      readonly written: number
      readonly total: number
      readonly size: number | undefined
      readonly took: number
      readonly pause: number
    })
  | (StepProgress<'step-done'> & { readonly took: number })
  | { readonly event: 'applied'; readonly migration: string; readonly took: number }

interface StepProgress<Event extends string> {
  readonly event: Event
  readonly migration: string
  readonly step: number
  readonly steps: number
  readonly title: string
  readonly run: MigrationRun
}

export type Tell = (progress: Progress) => void
