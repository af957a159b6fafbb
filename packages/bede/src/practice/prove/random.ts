import { createHash } from 'node:crypto'

/** What nobody has thought of, and what is the same again for the same seed. Nothing that has to be kept secret from anybody. */
export interface Random {
  bytes(length: number): Buffer
  /** Of the form of version 4 (RFC 9562 §5.4). */
  uuid(): string
}

export function seeded(seed: number): Random {
  let drawn = 0
  const block = (): Buffer => createHash('sha256').update(`bede prove ${seed} ${drawn++}`).digest()
  const bytes = (length: number): Buffer => {
    const parts: Buffer[] = []
    for (let left = length; left > 0; left -= 32) parts.push(block())
    return Buffer.concat(parts).subarray(0, length)
  }
  return {
    bytes,
    uuid() {
      const made = bytes(16)
      made[6] = ((made[6] ?? 0) & 0x0f) | 0x40
      made[8] = ((made[8] ?? 0) & 0x3f) | 0x80
      return made.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
  }
}
