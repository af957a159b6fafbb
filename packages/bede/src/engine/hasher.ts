import { hash, verify } from '@node-rs/argon2'
import { gate } from './gate.ts'

/** Turns secrets into what may be stored, one way. */
export interface Hasher {
  /** A PHC string with its own salt. */
  hash(secret: string): Promise<string>
  /** Whether `secret` is what was hashed. False, not an error, for what is no hash at all. */
  verify(hashed: string, secret: string): Promise<boolean>
  /** The same text for the same secret and salt: to compare requests that hold a secret without keeping it. */
  digest(secret: string, salt: Uint8Array): Promise<string>
}

// OWASP Password Storage Cheat Sheet: argon2id (the package's default), 19 MiB, two passes, one lane.
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// libuv has four threads by default: more at once would only hold memory (19 MiB each) while waiting for one.
const atOnce = 4
// At 20 to 80 ms each, more than this many would have waited longer than a caller does.
const waiting = 500

/** argon2id (RFC 9106). A burst of sign-ins takes turns: at most 4 × 19 MiB are in use, and a long queue is a 503. */
export function argon2Hasher(): Hasher {
  const turns = gate({ atOnce, waiting })
  return {
    hash: (secret) => turns.pass(() => hash(secret, parameters)),
    verify: (hashed, secret) =>
      turns.pass(async () => {
        try {
          return await verify(hashed, secret)
        } catch {
          return false // not a PHC string: nothing can match it
        }
      }),
    digest: (secret, salt) => turns.pass(() => hash(secret, { ...parameters, salt })),
  }
}
