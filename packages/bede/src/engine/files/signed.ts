import { createHmac, timingSafeEqual } from 'node:crypto'
import { signedPath } from '../../manifest/exposed/files.ts'
import type { Keys } from '../keys/keys.ts'

/** What the key is for, and nothing else (class 86). */
const purpose = 'signed file'
/** What every signature covers beside the rest: it opens nothing but this. */
const method = 'GET'

export interface SignedFile {
  readonly id: string
  /** Seconds since 1970. */
  readonly until: number
  /** It is saved, not shown. */
  readonly saved: boolean
}

/** The path at which whoever has it reads one file, until then. It goes with the file: a new one has another id. */
export const signedUrl = (keys: Keys, signed: SignedFile): string =>
  `${signedPath}/${signed.id}.${signed.until.toString(36)}.${signed.saved ? 's' : 'i'}.${mac(keys.derive(purpose), signed)}`

/** What a token was signed for; undefined: it was not, or not by these keys, or its time is over. */
export function verifySigned(keys: Keys, token: string, now: Date): SignedFile | undefined {
  const [, id, until, form, given] = /^([0-9a-f-]{36})\.([1-9a-z][0-9a-z]{0,9})\.([si])\.([\w-]{43})$/.exec(token) ?? []
  if (id === undefined || until === undefined || given === undefined) return undefined
  const signed = { id, until: Number.parseInt(until, 36), saved: form === 's' }
  const shown = Buffer.from(given)
  let good = false
  for (const key of keys.all(purpose)) good = timingSafeEqual(Buffer.from(mac(key, signed)), shown) || good
  return good && signed.until * 1000 > now.valueOf() ? signed : undefined
}

/** Each part with its length before it: no two lists of parts are the same text (class 118). */
function mac(key: Uint8Array, { id, until, saved }: SignedFile): string {
  const hmac = createHmac('sha256', key)
  for (const part of [method, signedPath, id, String(until), saved ? 'saved' : 'shown']) {
    const bytes = Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hmac.update(length).update(bytes)
  }
  return hmac.digest('base64url')
}
