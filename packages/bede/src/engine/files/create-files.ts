import type { Manifest } from '../../manifest/manifest.ts'
import { lockStatement } from '../../sql/lock.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import type { StopSignal } from '../../store/stop.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { Problem } from '../../telemetry/problem.ts'
import { locksFor } from '../exclusive.ts'
import { discard } from './bytes.ts'
import type { Files } from './files.ts'
import { fileRecords, type Keeper } from './records.ts'
import { roomFor } from './room.ts'
import type { FileStorage } from './storage.ts'
import { sweep } from './sweep.ts'
import { uploadRecords } from './uploads/records.ts'

export interface FilesOptions {
  readonly manifest: Manifest
  readonly planner: Planner
  readonly log: Logger
  readonly storage: FileStorage | undefined
}

/** Undefined: the app keeps none. */
export function createFiles({ manifest, planner, log, storage: given }: FilesOptions): Files | undefined {
  if (manifest.files === undefined) return undefined
  const records = fileRecords(planner, manifest)
  const uploads = uploadRecords(planner, manifest)
  const storage = (): FileStorage => {
    if (given) return given
    throw new Problem('unavailable', {
      message: 'There is no place for files',
      cause: new Error('Set BEDE_FILES: a folder, or a bucket as in s3://bucket?region=eu-central-1'),
    })
  }
  const room = roomFor(planner, manifest.files)
  /** Two that come at once must not both find the last place free. */
  const inTurn = async (connection: Connection, keeper: Keeper, signal: StopSignal, begun?: 'begun'): Promise<void> => {
    if (!room.bounds(keeper, begun)) return
    const { keys } = locksFor('bede files', [keeper.ownerId, keeper.network], true)
    await connection.query(lockStatement(keys, true), { signal })
  }
  return {
    storage,
    records,
    uploads,
    checkRoom: (connection, keeper, more) => room.check(connection, keeper, more),
    async keep(connection, record, now, signal) {
      await inTurn(connection, record, signal)
      await room.check(connection, record, record.size)
      await records.add(connection, record, now)
    },
    async begin(connection, upload, now, signal) {
      await inTurn(connection, upload, signal, 'begun')
      await room.check(connection, upload, upload.length, 'begun')
      await uploads.add(connection, upload, now)
    },
    discard: (connection, id) => discard(storage(), id, () => records.forget(connection, id)),
    sweep: (connection, now) => sweep({ storage: storage(), records, uploads, log }, connection, now),
  }
}
