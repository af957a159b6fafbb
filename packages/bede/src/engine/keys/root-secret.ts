/** What all keys of a backend are derived from, as its operator writes it. */
export interface Secrets {
  /** At least 32 random bytes as base64url, base64 or hex: what `bede secrets new` prints. */
  readonly current: string
  /** Those that came before it: they open what they have sealed, and seal nothing any more. */
  readonly previous?: readonly string[]
}

/** Bytes of a secret; what is derived from it is no stronger than it is (RFC 5869 §4.1). */
export const secretLength = 32

/** Of so many random bytes more than this many differ, but for one time in a billion billions. */
const leastDifferent = 16

/** What people write where something random is asked for. A random text holds one of them once in ten million times. */
const words = /secret|password|change|example|default|insecure|deadbeef/i

/** Private keys that standards print for everybody to see: RFC 7515 A.1, RFC 8032 §7.1. */
const published = new Set([
  '0323354b2b0fa5bc837e0665777ba68f5ab328e6f054c928a90f84b2d2502ebf',
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
])

/** The bytes of a secret; or what is wrong with it, in words that hold nothing of it. */
export function readSecret(text: string): { readonly bytes: Uint8Array } | { readonly wrong: string } {
  const hex = /^(?:[0-9a-f]{2})+$/i.test(text)
  if (!hex && !/^[A-Za-z0-9_+/-]+={0,2}$/.test(text)) return { wrong: 'is neither base64url nor hex' }
  const bytes = Buffer.from(text, hex ? 'hex' : 'base64') // Node reads base64url under that name as well
  if (bytes.length < secretLength) return { wrong: `is shorter than ${secretLength} bytes` }
  const wrong = weakness(text, bytes, hex)
  return wrong === undefined ? { bytes } : { wrong }
}

function weakness(text: string, bytes: Buffer, hex: boolean): string | undefined {
  if (published.has(bytes.subarray(0, secretLength).toString('hex'))) return 'is an example that everybody knows'
  if (words.test(text)) return 'holds a word: it was typed, not drawn at random'
  // Base64 has both cases: one alone is a word or a sentence that somebody has thought of.
  if (!hex && (text === text.toLowerCase() || text === text.toUpperCase()))
    return 'is not random: its letters are of one case'
  if (repeats(bytes)) return 'repeats itself'
  if (new Set(bytes).size < leastDifferent || isSequence(bytes)) return 'is not random'
  return undefined
}

/** One block, again and again. */
function repeats(bytes: Buffer): boolean {
  for (let length = 1; length <= bytes.length / 2; length++)
    if (bytes.every((byte, at) => byte === bytes[at % length])) return true
  return false
}

/** Each byte as far from the one before as the last one was. */
const isSequence = (bytes: Buffer): boolean => {
  const step = (at: number) => ((bytes[at] ?? 0) - (bytes[at - 1] ?? 0) + 256) % 256
  return bytes.every((_, at) => at < 2 || step(at) === step(1))
}
