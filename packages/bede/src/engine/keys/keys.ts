import { hkdfSync } from 'node:crypto'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { readSecret, type Secrets } from './root-secret.ts'

/**
 * The keys of one backend: one per purpose, and none that is used for two (class 86). Each is derived from a root secret
 * by HKDF-SHA256 (RFC 5869) with the purpose as `info`: whoever has one learns nothing of another, nor of the root.
 */
export interface Keys {
  /**
   * Whether their roots are kept apart from the database. Where they are not, they sign what the database's reader may
   * forge anyway (a place in a list), and nothing is sealed with them.
   */
  readonly apart: boolean
  /** The names of the roots, current first: what is sealed says by it which of them opens it. They tell nothing of a root. */
  readonly ids: readonly string[]
  /** The current key, 32 bytes. The same bytes for the same purpose, in every process. */
  derive(purpose: string): Uint8Array
  /** The current key, then those of the previous secrets, in the order of `ids`. */
  all(purpose: string): readonly Uint8Array[]
}

/** Bytes of a key: what AES-256 and HMAC-SHA-256 take. */
const keyLength = 32
/** Bytes of a root's name: enough that two of one backend never have the same. With the format's byte, eight letters of base64. */
const idLength = 5
/** Sets Bede's keys apart from what another program derives from the same secret. */
const salt = 'bede keys 1'

/** The keys of these roots, the current one first. */
export function keysOf(roots: readonly Uint8Array[], { apart }: Pick<Keys, 'apart'>): Keys {
  const derived = new Map<string, readonly Uint8Array[]>()
  const all = (purpose: string): readonly Uint8Array[] => {
    let keys = derived.get(purpose)
    if (!keys) {
      keys = roots.map((root) => hkdf(root, `key ${purpose}`, keyLength))
      derived.set(purpose, keys)
    }
    return keys
  }
  return {
    apart,
    ids: roots.map((root) => Buffer.from(hkdf(root, 'id', idLength)).toString('hex')),
    all,
    derive: (purpose) => {
      const [current] = all(purpose)
      if (current) return current
      throw new TypeError('keys are derived from at least one root')
    },
  }
}

const hkdf = (root: Uint8Array, info: string, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', root, salt, info, length))

/** Where each secret was written, for whoever has to write it better. */
export interface SecretPlaces {
  readonly current: string
  readonly previous: string
}

/** The roots that an operator has written, the current one first. Throws a Problem `invalid-setting` that names every one that cannot be used. */
export function rootsOf(
  { current, previous = [] }: Secrets,
  places: SecretPlaces = { current: 'secrets.current', previous: 'secrets.previous' },
): readonly Uint8Array[] {
  const details: ProblemDetail[] = []
  const root = (text: string, place: string): Uint8Array[] => {
    const read = readSecret(text)
    if ('bytes' in read) return [read.bytes]
    details.push({
      place,
      code: 'invalid-setting',
      message: `${place} ${read.wrong}.`,
      hint: 'Write 32 random bytes as base64url or hex: bede secrets new prints some.',
    })
    return []
  }
  const roots = [root(current, places.current), ...previous.map((text) => root(text, places.previous))].flat()
  if (new Set(roots.map((one) => Buffer.from(one).toString('hex'))).size < roots.length) {
    details.push({
      place: places.previous,
      code: 'invalid-setting',
      message: `${places.previous} names a secret twice, or the one that is current.`,
      hint: 'Write the new secret as the current one, and those before it here, each once.',
    })
  }
  if (details.length === 0) return roots
  throw new Problem('invalid-setting', { message: 'The secrets cannot be used.', details })
}

/** Refuses to go on without a secret that is kept apart from the database. `why`: what needs it, as a sentence's beginning. */
export function requireSecret(keys: Keys, why: string): void {
  if (keys.apart) return
  throw new Problem('invalid-setting', {
    message: `${why}, and there is no secret to make its key from.`,
    hint: 'Set BEDE_SECRET to 32 random bytes: bede secrets new prints some. Keep it apart from the database and its backups.',
  })
}
