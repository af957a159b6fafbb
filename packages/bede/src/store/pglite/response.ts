import type { Row } from '../../sql/statement.ts'
import type { DatabaseError } from '../failure.ts'
import { readErrorFields, readNotification, readRow } from '../message.ts'

/** What came back for one request. */
export interface Response {
  readonly rows: readonly Row[]
  /** The tag of the last completed command, e.g. `COMMIT` or `INSERT 0 1`. */
  readonly tag: string
  readonly error: DatabaseError | undefined
  /** The statement of the request was parsed and is kept. */
  readonly parsed: boolean
  readonly notifications: readonly { readonly channel: string; readonly payload: string }[]
}

const DATA_ROW = 0x44
const COMMAND_COMPLETE = 0x43
const ERROR = 0x45
const NOTIFICATION = 0x41
const PARSE_COMPLETE = 0x31

/** Field letters of an ErrorResponse that Bede reads (protocol 3, "Error and Notice Message Fields"). */
const errorFields = { C: 'code', M: 'message', n: 'constraint', t: 'table', c: 'column', R: 'routine' } as const

/** Reads the messages of the database (protocol 3, "Message Formats"); those without news for Bede are passed over. */
export function readResponse(bytes: Buffer): Response {
  const rows: Row[] = []
  const notifications: { channel: string; payload: string }[] = []
  let tag = ''
  let error: DatabaseError | undefined
  let parsed = false
  for (let at = 0; at < bytes.length; ) {
    const body = at + 5
    const end = at + 1 + bytes.readInt32BE(at + 1)
    switch (bytes[at]) {
      case DATA_ROW:
        rows.push(readRow(bytes, body, end))
        break
      case COMMAND_COMPLETE:
        tag = bytes.toString('latin1', body, end - 1)
        break
      case ERROR:
        error ??= readError(bytes, body, end)
        break
      case NOTIFICATION:
        notifications.push(readNotification(bytes, body, end))
        break
      case PARSE_COMPLETE:
        parsed = true
        break
    }
    at = end
  }
  return { rows, tag, error, parsed, notifications }
}

function readError(bytes: Buffer, start: number, end: number): DatabaseError {
  const fields = readErrorFields(bytes, start, end)
  return Object.fromEntries(Object.entries(errorFields).map(([letter, name]) => [name, fields.get(letter)]))
}
