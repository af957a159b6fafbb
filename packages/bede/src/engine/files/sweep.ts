import type { Connection } from '../../store/driver.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { discard, settle, unsettledBefore } from './bytes.ts'
import { beforeAll, type FileRecords, type PlacedRecord } from './records.ts'
import type { FileStorage } from './storage.ts'
import type { UploadRecords } from './uploads/records.ts'
import { sweepUploads } from './uploads/sweep.ts'

/** Milliseconds after which an upload has ended, one way or the other. */
const longestUpload = 86_400_000
/** Files that are looked at in one statement, and in one sweep: a database with more of them is gone through in several. */
const atOnce = 500
const mostAtOnce = 100_000

interface Sweeping {
  readonly storage: FileStorage
  readonly records: FileRecords
  readonly uploads: UploadRecords
  readonly log: Logger
}

/** Where the last sweep stopped, by the records it goes through. */
const reached = new WeakMap<FileRecords, string>()

/**
 * Removes what nobody has: bytes of uploads whose process ended in between, resumable ones whose time is over, files
 * whose row is deleted, or has another one by now, and those of columns and tables that a migration has dropped. A file of
 * a model or field that this version does not know stays until then: another version may.
 */
export async function sweep(
  { storage, records, uploads, log }: Sweeping,
  connection: Connection,
  now: Date,
): Promise<number> {
  const before = new Date(now.valueOf() - longestUpload)
  let removed = 0
  for await (const id of unsettledBefore(storage, before)) {
    // One that a migration has let go of may still be some row's: that is asked below.
    const known = await records.has(connection, id)
    await settle(storage, id, known)
    if (!known) removed += 1
  }
  await sweepUploads(storage, uploads, connection, { now, before })
  for (let seen = 0; seen < mostAtOnce; seen += atOnce) {
    const page = await records.page(connection, reached.get(records) ?? beforeAll, atOnce)
    for (const id of await unheld(records, connection, page)) {
      await discard(storage, id, () => records.forget(connection, id))
      removed += 1
    }
    const last = page.length < atOnce ? undefined : page.at(-1)
    reached.set(records, last?.id ?? beforeAll)
    if (!last) break
  }
  // Last: a place that cannot do this must not keep the rest from being done.
  await storage.tidy(before)
  if (removed > 0) log.info('files that nobody has any more were removed', { files: removed })
  return removed
}

/**
 * Those of a page whose rows do not have them. A row that has one keeps it until it is changed, so it cannot come back to
 * one. What has been renamed with its model or field is found where it is now, also where the name that its record still
 * had has been given to another field and dropped with that: where versions are skipped, nobody sweeps between them.
 */
async function unheld(
  records: FileRecords,
  connection: Connection,
  page: readonly PlacedRecord[],
): Promise<readonly string[]> {
  const found: string[] = []
  for (const [model, files] of Map.groupBy(page, ({ of }) => of.model)) {
    const rowIds = [...new Set(files.map(({ of }) => of.rowId))]
    const held = await records.held(connection, model, rowIds)
    for (const { id, of, dropped, renamed } of files) {
      const field = held?.get(id)
      if (field === undefined && (dropped || (held && records.knows(of)))) found.push(id)
      else if (field !== undefined && (renamed || field !== of.field))
        await records.move(connection, id, { model, field })
    }
  }
  return found
}
