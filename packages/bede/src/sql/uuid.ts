import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(16 * 256)
let used = pool.length
let lastTime = 0
let counter = 0

/**
 * A UUID of version 7 (RFC 9562 §5.7): 48 bits of Unix time in milliseconds, a 12-bit counter within the millisecond
 * (§6.2, method 1, started at random in its lower half), 62 random bits. Ids of one process never go backwards.
 */
export function uuidv7(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const at = used
  used += 16
  const time = Date.now()
  if (time > lastTime) {
    lastTime = time
    counter = pool.readUInt16BE(at) & 0x7ff
  } else {
    counter += 1
    if (counter > 0xfff) {
      lastTime += 1
      counter = 0
    }
  }
  pool[at + 8] = ((pool[at + 8] ?? 0) & 0x3f) | 0x80
  const clock = lastTime.toString(16).padStart(12, '0')
  const tail = pool.toString('hex', at + 8, at + 16)
  const middle = counter.toString(16).padStart(3, '0')
  return `${clock.slice(0, 8)}-${clock.slice(8)}-7${middle}-${tail.slice(0, 4)}-${tail.slice(4)}`
}
