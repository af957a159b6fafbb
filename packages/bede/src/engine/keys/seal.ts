import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Problem } from '../../telemetry/problem.ts'
import { joined } from '../canonical.ts'
import type { Keys } from './keys.ts'

/** What was sealed, in base64url: a byte for this form, the root's name, the nonce, the ciphertext, the tag. */
const form = Buffer.from([1])
const headLength = 6
/** 96 random bits (NIST SP 800-38D §8.2.2): good for 2^32 values under one key, after which its secret is due to change. */
const nonceLength = 12
const tagLength = 16

/**
 * Encrypts and authenticates (AES-256-GCM, NIST SP 800-38D) under the current key of this purpose. `bound` says what the
 * plaintext belongs to, part by part: it opens with the very same parts only. The same plaintext never gives the same
 * text twice. Throws a Problem `invalid-setting` where there is no secret apart from the database.
 */
export function seal(keys: Keys, purpose: string, plaintext: string | Uint8Array, bound: readonly string[]): string {
  if (!keys.apart) throw new Problem('invalid-setting', { message: `There is no secret to seal '${purpose}' with` })
  const head = headBytes(keys.ids[0] ?? '')
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', keys.derive(purpose), nonce).setAAD(associated(head, bound))
  const sealed = [head, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(sealed).toString('base64url')
}

/**
 * What `seal` was given, under the current secret or a previous one. Throws a Problem `sealed-value` for everything else:
 * another purpose, other parts, another text, a secret that is not there any more. Its cause says which, and holds
 * nothing of the value.
 */
export function open(keys: Keys, purpose: string, sealed: string, bound: readonly string[]): Buffer {
  const bytes = Buffer.from(sealed, 'base64url')
  // Base64 may be written in several ways; a sealed value only in the one it was made in.
  if (
    bytes.length < headLength + nonceLength + tagLength ||
    bytes[0] !== form[0] ||
    bytes.toString('base64url') !== sealed
  )
    throw closed(purpose, 'it is not a sealed value')
  const head = bytes.subarray(0, headLength)
  const id = head.subarray(form.length).toString('hex')
  const key = keys.all(purpose)[keys.ids.indexOf(id)]
  if (!key)
    throw closed(
      purpose,
      `it was sealed under the secret ${id}, which is not given: add that one to BEDE_SECRET_PREVIOUS`,
    )
  const nonce = bytes.subarray(headLength, headLength + nonceLength)
  const tag = bytes.subarray(bytes.length - tagLength)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(associated(head, bound)).setAuthTag(tag)
  try {
    const text = bytes.subarray(headLength + nonceLength, bytes.length - tagLength)
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch {
    throw closed(purpose, 'it was changed, or it belongs somewhere else')
  }
}

/** What everything begins with that is sealed under the root of this name. */
export const headOf = (id: string): string => headBytes(id).toString('base64url')

const headBytes = (id: string): Buffer => Buffer.concat([form, Buffer.from(id, 'hex')])

/** The name of the root under which it was sealed; undefined for what is not sealed. */
export function sealedUnder(sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < headLength + nonceLength + tagLength || bytes[0] !== form[0]) return undefined
  return bytes.subarray(form.length, headLength).toString('hex')
}

const associated = (head: Buffer, bound: readonly string[]): Buffer =>
  Buffer.concat([head, Buffer.from(joined('bede seal 1', ...bound))])

const closed = (purpose: string, why: string): Problem =>
  new Problem('sealed-value', { cause: new Error(`A sealed value of '${purpose}' does not open: ${why}`) })
