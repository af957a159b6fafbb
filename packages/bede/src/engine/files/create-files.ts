import type { Manifest } from '../../manifest/manifest.ts'
import { lockStatement } from '../../sql/lock.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { Problem } from '../../telemetry/problem.ts'
import { shownSize } from '../../toolkit/size.ts'
import { locksFor } from '../exclusive.ts'
import { discard } from './bytes.ts'
import type { Files } from './files.ts'
import { fileRecords } from './records.ts'
import type { FileStorage } from './storage.ts'
import { sweep } from './sweep.ts'

export interface FilesOptions {
  readonly manifest: Manifest
  readonly planner: Planner
  readonly log: Logger
  readonly storage: FileStorage | undefined
}

/** Undefined: the app keeps none. */
export function createFiles({ manifest, planner, log, storage: given }: FilesOptions): Files | undefined {
  if (manifest.files === undefined) return undefined
  const { count, bytes } = manifest.files
  const records = fileRecords(planner, manifest)
  const storage = (): FileStorage => {
    if (given) return given
    throw new Problem('unavailable', {
      message: 'There is no place for files',
      cause: new Error('Set BEDE_FILES: a folder, or a bucket as in s3://bucket?region=eu-central-1'),
    })
  }
  const checkRoom = async (connection: Connection, ownerId: string | null, more: number): Promise<void> => {
    if (ownerId === null || (count === undefined && bytes === undefined)) return
    const used = await records.usage(connection, ownerId)
    if (count !== undefined && used.count + 1 > count)
      throw noRoom(`You have ${used.count} files, and may have ${count}`)
    if (bytes !== undefined && used.bytes + more > bytes)
      throw noRoom(`Your files have ${shownSize(used.bytes)}, and may have ${shownSize(bytes)}`)
  }
  return {
    storage,
    records,
    checkRoom,
    async keep(connection, record, now, signal) {
      const { ownerId } = record
      if (ownerId !== null && (count !== undefined || bytes !== undefined)) {
        // Two that come at once must not both find the last place free.
        const { keys } = locksFor('bede files', [ownerId], true)
        await connection.query(lockStatement(keys, true), { signal })
        await checkRoom(connection, ownerId, record.size)
      }
      await records.add(connection, record, now)
    },
    discard: (connection, id) => discard(storage(), id, () => records.forget(connection, id)),
    sweep: (connection, now) => sweep({ storage: storage(), records, log }, connection, now),
  }
}

const noRoom = (message: string): Problem =>
  new Problem('quota-exceeded', { message, hint: 'Delete a file that is not needed any more.' })
