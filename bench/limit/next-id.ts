import { randomFillSync } from 'node:crypto'

const random = Buffer.alloc(4096)
let used = random.length

/** A UUIDv7 (RFC 9562 §5.7) with random bits from a pool. */
export function nextId(): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  const hex = Date.now().toString(16).padStart(12, '0')
  const rest = random.toString('hex', used, used + 8)
  used += 8
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${rest.slice(0, 3)}-a${rest.slice(3, 6)}-${rest.slice(4)}`
}
