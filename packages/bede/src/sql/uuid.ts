import { randomFillSync } from 'node:crypto'

/**
 * Random hexadecimal digits of one id: sixteen of its tail, four that a counter may begin with. Drawn and written out
 * for many ids at once: each draw is a system call, and each conversion leaves JavaScript.
 */
const taken = 20
const pool = Buffer.alloc((taken / 2) * 256)
let digits = ''
let used = 0

let lastTime = 0
let counter = 0
/** What the ids of this millisecond begin with. */
let head = ''

/**
 * A UUID of version 7 (RFC 9562 §5.7): 48 bits of Unix time in milliseconds, a 12-bit counter within the millisecond
 * (§6.2, method 1, started at random in its lower half), 62 random bits. Ids of one process never go backwards.
 */
export function uuidv7(): string {
  if (used === digits.length) {
    randomFillSync(pool)
    digits = pool.toString('hex')
    used = 0
  }
  const at = used
  used += taken
  const time = Date.now()
  if (time > lastTime) begin(time, Number.parseInt(digits.slice(at + 16, at + 20), 16) & 0x7ff)
  else if (counter < 0xfff) counter++
  else begin(lastTime + 1, 0)
  const middle = (0x7000 | counter).toString(16)
  const variant = '89ab'[Number.parseInt(digits[at]!, 16) & 3]
  return `${head}-${middle}-${variant}${digits.slice(at + 1, at + 4)}-${digits.slice(at + 4, at + 16)}`
}

function begin(time: number, first: number): void {
  lastTime = time
  counter = first
  const clock = time.toString(16).padStart(12, '0')
  head = `${clock.slice(0, 8)}-${clock.slice(8)}`
}

/** When such an id was made: milliseconds since 1970. */
export const timeOfId = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)
