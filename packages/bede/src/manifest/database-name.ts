import { createHash } from 'node:crypto'

/** The longest name that the database keeps, in bytes: it cuts others off in silence, which could make two of them one. */
export const LONGEST_NAME_BYTES = 63
const hashLength = 10

/** The name itself, or, where it is too long, its beginning and a hash of all of it. The same on every machine. */
export function databaseName(...parts: readonly string[]): string {
  const name = parts.join('_')
  if (Buffer.byteLength(name) <= LONGEST_NAME_BYTES) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength)
  let start = Buffer.from(name)
    .subarray(0, LONGEST_NAME_BYTES - hashLength - 1)
    .toString('utf8')
  if (start.endsWith('\ufffd')) start = start.slice(0, -1) // a character was cut in half
  return `${start}_${hash}`
}
