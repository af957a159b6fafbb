import { timeOfId } from '../../../sql/uuid.ts'
import type { Connection } from '../../../store/driver.ts'
import type { FileStorage } from '../storage.ts'
import { removeParts, storedParts } from './parts.ts'
import type { UploadRecords } from './records.ts'

/** Uploads that are looked at in one statement, and in one sweep. */
const atOnce = 500
const mostAtOnce = 100_000

/**
 * Removes uploads whose time is over, and parts that came `before` then and belong to none: their process was killed, or
 * somebody else was faster.
 */
export async function sweepUploads(
  storage: FileStorage,
  uploads: UploadRecords,
  connection: Connection,
  { now, before }: { readonly now: Date; readonly before: Date },
): Promise<void> {
  for (let seen = 0; seen < mostAtOnce; seen += atOnce) {
    const over = await uploads.expired(connection, now.toISOString(), atOnce)
    for (const id of over) {
      const parts = await uploads.parts(connection, id)
      // Whatever comes in between: what has no record is found by the parts themselves.
      await uploads.forget(connection, id)
      await removeParts(storage, parts)
    }
    if (over.length < atOnce) break
  }
  for await (const id of storedParts(storage)) {
    if (timeOfId(id) < before.valueOf() && !(await uploads.hasPart(connection, id)))
      await removeParts(storage, [{ id }])
  }
}
