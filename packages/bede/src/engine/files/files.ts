import type { Connection } from '../../store/driver.ts'
import type { StopSignal } from '../../store/stop.ts'
import type { FileRecord, FileRecords } from './records.ts'
import type { FileStorage } from './storage.ts'

/** The files that a backend keeps. */
export interface Files {
  /** Where their bytes are. Throws a Problem `invalid-setting` where nobody has said where. */
  storage(): FileStorage
  readonly records: FileRecords
  /**
   * Keeps a file in the transaction of `connection`: its record. Throws a Problem `too-large` where its owner would
   * have more than one may.
   */
  keep(connection: Connection, record: FileRecord, now: string, signal: StopSignal): Promise<void>
  /** Refuses already now what `keep` would refuse. `more`: bytes that are to come, as far as it is known. */
  checkRoom(connection: Connection, ownerId: string | null, more: number): Promise<void>
  /** Removes a file that nobody has any more. */
  discard(connection: Connection, id: string): Promise<void>
  /** Removes what uploads have left that never ended, and files whose rows are gone. How many files. */
  sweep(connection: Connection, now: Date): Promise<number>
}
