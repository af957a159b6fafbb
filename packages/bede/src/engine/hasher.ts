import { hash, verify } from '@node-rs/argon2'
import { gate } from './gate.ts'

/** Turns secrets into what may be stored, one way. */
export interface Hasher {
  /** A PHC string with its own salt. */
  hash(secret: string): Promise<string>
  /**
   * Whether `secret` is what was hashed: in its normal form, or letter by letter as it was typed, as it was hashed before
   * there was one. False, not an error, for what is no hash at all.
   */
  verify(hashed: string, secret: string): Promise<boolean>
  /** Whether what was hashed would be hashed otherwise today: it was with less work, or in another way. */
  outdated(hashed: string): boolean
  /** The same text for the same secret and salt: to compare requests that hold a secret without keeping it. */
  digest(secret: string, salt: Uint8Array): Promise<string>
}

// OWASP Password Storage Cheat Sheet: argon2id (the package's default), 19 MiB, two passes, one lane.
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** What the parameters look like in a hash (PHC string format). */
const current = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`

/**
 * The same letters typed on another machine are the same secret (NIST SP 800-63B §5.1.1.2: NFKC; UAX #15 for what that
 * is).
 */
const normal = (secret: string): string => secret.normalize('NFKC')

// libuv has four threads by default: more at once would only hold memory (19 MiB each) while waiting for one.
const atOnce = 4
// At 20 to 80 ms each, more than this many would have waited longer than a caller does.
const waiting = 500

/** argon2id (RFC 9106). A burst of sign-ins takes turns: at most 4 × 19 MiB are in use, and a long queue is a 503. */
export function argon2Hasher(): Hasher {
  const turns = gate({ atOnce, waiting })
  return {
    hash: (secret) => turns.pass(() => hash(normal(secret), parameters)),
    verify: (hashed, secret) =>
      turns.pass(async () => {
        const form = normal(secret)
        try {
          return (await verify(hashed, form)) || (form !== secret && (await verify(hashed, secret)))
        } catch {
          return false // not a PHC string: nothing can match it
        }
      }),
    outdated: (hashed) => !hashed.startsWith(current),
    digest: (secret, salt) => turns.pass(() => hash(secret, { ...parameters, salt })),
  }
}
