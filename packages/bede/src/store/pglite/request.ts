import type { Text } from '../../sql/statement.ts'

/**
 * Messages to the database: PostgreSQL's frontend/backend protocol 3, "Message Formats". A message is a letter, a
 * length that counts itself, and the fields. Only what Bede sends is here, and every value goes as text.
 */

const lengthSize = 4
/** Beyond this the embedded database could not hold the message anyway, and a length must never wrap. */
const maxMessage = 512 * 1024 * 1024

export const query = (sql: string): Buffer => message('Q', cstring(sql))
export const parse = (name: string, sql: string): Buffer => message('P', cstring(name), cstring(sql), noTypes)
export const closeStatement = (name: string): Buffer => message('C', statementKind, cstring(name))
/** Runs the bound statement to its end, then ends the implicit transaction. */
export const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4])
export const sync = executeAndSync.subarray(10)

const noTypes = Buffer.alloc(2)
const statementKind = Buffer.from('S')

/** Binds `params`, as text, to the statement `name`; results are asked for as text too. */
export function bind(name: string, params: readonly Text[]): Buffer {
  const lengths = params.map((value) => (value === null ? 0 : Buffer.byteLength(value)))
  const nameLength = Buffer.byteLength(name)
  // portal NUL, name NUL, count of formats, count of values, values, count of result formats
  const size = lengthSize + 1 + nameLength + 1 + 2 + 2 + lengths.reduce((sum, n) => sum + 4 + n, 0) + 2
  const buffer = allocate(1 + size)
  buffer[0] = 0x42
  let at = buffer.writeInt32BE(size, 1)
  buffer[at++] = 0
  at += buffer.write(name, at, nameLength)
  buffer[at++] = 0
  at = buffer.writeInt16BE(0, at)
  at = buffer.writeUInt16BE(params.length, at)
  for (const [index, value] of params.entries()) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at)
    } else {
      at = buffer.writeInt32BE(lengths[index] ?? 0, at)
      at += buffer.write(value, at)
    }
  }
  buffer.writeInt16BE(0, at)
  return buffer
}

function message(letter: string, ...parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, lengthSize)
  const head = allocate(1 + lengthSize)
  head.write(letter, 0, 'latin1')
  head.writeInt32BE(size, 1)
  return Buffer.concat([head, ...parts])
}

function allocate(size: number): Buffer {
  if (size > maxMessage) throw new RangeError(`A statement of ${size} bytes is too large for the embedded database.`)
  return Buffer.allocUnsafe(size)
}

const cstring = (text: string): Buffer => Buffer.from(`${text}\0`)
