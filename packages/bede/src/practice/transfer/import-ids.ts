import { createHash } from 'node:crypto'

/** 12 bits of a UUIDv7 count within a millisecond. */
const perMillisecond = 0x1000

/**
 * Ids for rows that bring none: UUIDs of version 7 (RFC 9562 §5.7) that follow from the import and the row's number, so
 * that a row which is sent again after a crash is the same row. `seed` is secret: without it nobody guesses the others.
 */
export function importIds(seed: string, begun: number): (row: number) => string {
  return (row) => {
    const clock = (begun + Math.floor(row / perMillisecond)).toString(16).padStart(12, '0')
    const middle = (row % perMillisecond).toString(16).padStart(3, '0')
    const tail = createHash('sha256').update(`${seed}:${row}`).digest()
    tail[0] = ((tail[0] ?? 0) & 0x3f) | 0x80
    const hex = tail.toString('hex', 0, 8)
    return `${clock.slice(0, 8)}-${clock.slice(8)}-7${middle}-${hex.slice(0, 4)}-${hex.slice(4)}`
  }
}
