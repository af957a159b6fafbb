import type { Connection } from '../../store/driver.ts'
import type { StopSignal } from '../../store/stop.ts'
import type { FileRecord, FileRecords, Keeper } from './records.ts'
import type { FileStorage } from './storage.ts'
import type { Upload, UploadRecords } from './uploads/records.ts'

/** The files that a backend keeps. */
export interface Files {
  /** Where their bytes are. Throws a Problem `invalid-setting` where nobody has said where. */
  storage(): FileStorage
  readonly records: FileRecords
  readonly uploads: UploadRecords
  /**
   * Keeps a file in the transaction of `connection`: its record. Throws a Problem `quota-exceeded` where its keeper would
   * have more than one may.
   */
  keep(connection: Connection, record: FileRecord, now: string, signal: StopSignal): Promise<void>
  /** Refuses already now what `keep` would refuse. `more`: bytes that are to come, as far as it is known. */
  checkRoom(connection: Connection, keeper: Keeper, more: number): Promise<void>
  /** Begins an upload in the transaction of `connection`, with room for all of it. Throws a Problem `quota-exceeded`. */
  begin(
    connection: Connection,
    upload: Omit<Upload, 'received' | 'parts'>,
    now: string,
    signal: StopSignal,
  ): Promise<void>
  /** Removes a file that nobody has any more. */
  discard(connection: Connection, id: string): Promise<void>
  /** Removes what uploads have left that never ended, and files whose rows are gone. How many files. */
  sweep(connection: Connection, now: Date): Promise<number>
}
