import type { Row, Text } from '../sql/statement.ts'

/** Fields of messages that both stores receive: PostgreSQL's protocol 3, "Message Formats". */

/** A DataRow whose fields begin at `start`, in text format. */
export function readRow(bytes: Buffer, start: number): Row {
  const count = bytes.readUInt16BE(start)
  const row = new Array<Text>(count)
  let at = start + 2
  for (let column = 0; column < count; column++) {
    const length = bytes.readInt32BE(at)
    at += 4
    if (length < 0) {
      row[column] = null
    } else {
      row[column] = bytes.toString('utf8', at, at + length)
      at += length
    }
  }
  return row
}

/** The fields of an ErrorResponse by their letters ("Error and Notice Message Fields"). */
export function readErrorFields(bytes: Buffer, start: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (let at = start; bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at + 1)
    fields.set(String.fromCharCode(bytes[at] ?? 0), bytes.toString('utf8', at + 1, end))
    at = end + 1
  }
  return fields
}

/** The channel and the payload of a NotificationResponse, which follow the number of the process that sent it. */
export function readNotification(bytes: Buffer, start: number, end: number): { channel: string; payload: string } {
  const channelEnd = bytes.indexOf(0, start + 4)
  return {
    channel: bytes.toString('utf8', start + 4, channelEnd),
    payload: bytes.toString('utf8', channelEnd + 1, end - 1),
  }
}
