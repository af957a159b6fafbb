import { randomBytes } from 'node:crypto'

/** A UUIDv7, as the others' ids are. */
export function nextId() {
  const time = Date.now().toString(16).padStart(12, '0')
  const rest = randomBytes(8).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-a${rest.slice(3, 6)}-${rest.slice(4)}`
}
