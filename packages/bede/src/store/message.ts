import type { Body, Row, Text } from '../sql/statement.ts'

/** Fields of messages that both stores receive: PostgreSQL's protocol 3, "Message Formats". */

/** What no server that keeps to the protocol sends. */
const malformed = (): RangeError => new RangeError('The server has sent a message that is not one.')

/** A DataRow whose fields begin at `start` and end before `end`, in text format. Throws RangeError for what is none. */
export function readRow(bytes: Buffer, start: number, end: number): Row {
  if (end < start + 2) throw malformed()
  const count = bytes.readUInt16BE(start)
  if (count * lengthSize > end - start) throw malformed()
  const row = new Array<Text>(count)
  let at = start + 2
  for (let column = 0; column < count; column++) {
    if (at + lengthSize > end) throw malformed()
    const length = bytes.readInt32BE(at)
    at += lengthSize
    if (length === -1) {
      row[column] = null
    } else {
      if (length < 0 || length > end - at) throw malformed()
      row[column] = bytes.toString('utf8', at, at + length)
      at += length
    }
  }
  return row
}

const lengthSize = 4

/** From this many bytes on a value is passed on as it came: below, what holds it would be many times its size. */
const longBody = 16_384

/** The first field of a DataRow. Throws RangeError for what is none. */
export function readBody(bytes: Buffer, start: number, end: number): Body {
  const from = start + 2 + lengthSize
  if (end < from) throw malformed()
  const length = bytes.readInt32BE(from - lengthSize)
  if (length === -1) return null
  if (length < 0 || length > end - from) throw malformed()
  return length < longBody ? bytes.toString('utf8', from, from + length) : bytes.subarray(from, from + length)
}

/** The fields of an ErrorResponse by their letters ("Error and Notice Message Fields"). Throws RangeError for what is none. */
export function readErrorFields(bytes: Buffer, start: number, end: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let at = start
  for (; at < end && bytes[at] !== 0; ) {
    const stop = bytes.indexOf(0, at + 1)
    if (stop < 0 || stop >= end) throw malformed()
    fields.set(String.fromCharCode(bytes[at] ?? 0), bytes.toString('utf8', at + 1, stop))
    at = stop + 1
  }
  if (at >= end) throw malformed()
  return fields
}

/**
 * The channel and the payload of a NotificationResponse, which follow the number of the process that sent it. Throws
 * RangeError for what is none.
 */
export function readNotification(bytes: Buffer, start: number, end: number): { channel: string; payload: string } {
  const channelEnd = bytes.indexOf(0, start + lengthSize)
  if (channelEnd < 0 || channelEnd >= end - 1) throw malformed()
  return {
    channel: bytes.toString('utf8', start + lengthSize, channelEnd),
    payload: bytes.toString('utf8', channelEnd + 1, end - 1),
  }
}
