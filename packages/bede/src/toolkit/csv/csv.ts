import { readCsv } from './read-csv.ts'
import { writeCsv } from './write-csv.ts'

/** Files of rows (RFC 4180): written so that no spreadsheet runs what is in them, read with limits. */
export const csv = { write: writeCsv, read: readCsv } as const
