import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Json } from '../expr/value.ts'
import { Problem } from '../telemetry/problem.ts'
import { canonicalJson, joined } from './canonical.ts'

/** What a cursor belongs to: it is refused anywhere else. */
export interface CursorScope {
  readonly operation: string
  /** The validated input; what only says how much of the list is asked for is left out of the binding. */
  readonly input: Readonly<Record<string, Json>>
}

/** The keys of the last item seen, in the database's text form. */
export type CursorKeys = readonly (string | null)[]

const nonceLength = 12
const tagLength = 16

/**
 * The keys, encrypted and authenticated (AES-256-GCM) with the operation, its filter and its sort: a list may be sorted
 * by what its view does not show. The nonce is a MAC of all of it, so that the same place in the same list always has
 * the same cursor, and a page its entity tag.
 */
export function sealCursor(key: Uint8Array, scope: CursorScope, keys: string): string {
  const bound = binding(scope)
  const nonce = mac(key, 'nonce', bound, keys).subarray(0, nonceLength)
  const cipher = createCipheriv('aes-256-gcm', mac(key, 'seal'), nonce).setAAD(Buffer.from(bound))
  const sealed = [nonce, cipher.update(keys, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(sealed).toString('base64url')
}

/** Throws a Problem `invalid-cursor` for any text that `sealCursor` has not made with one of these keys for this scope. */
export function readCursor(tried: readonly Uint8Array[], scope: CursorScope, cursor: string): CursorKeys {
  const sealed = Buffer.from(cursor, 'base64url')
  // Base64 may be written in several ways; a cursor only in the one it was given out in.
  if (sealed.length < nonceLength + tagLength || sealed.toString('base64url') !== cursor) throw refused()
  const text = tried.map((key) => opened(key, scope, sealed)).find((one) => one !== undefined)
  const keys: unknown = text === undefined ? undefined : JSON.parse(text)
  if (!Array.isArray(keys)) throw refused()
  return keys.map((one: unknown) => (typeof one === 'string' ? one : one === null ? null : JSON.stringify(one)))
}

function opened(key: Uint8Array, scope: CursorScope, sealed: Buffer): string | undefined {
  const nonce = sealed.subarray(0, nonceLength)
  const tag = sealed.subarray(sealed.length - tagLength)
  const text = sealed.subarray(nonceLength, sealed.length - tagLength)
  const decipher = createDecipheriv('aes-256-gcm', mac(key, 'seal'), nonce, { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(binding(scope))).setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

const refused = () =>
  new Problem('invalid-cursor', {
    details: [{ place: '/cursor', code: 'invalid-cursor', message: 'Not a cursor of this list' }],
  })

function binding({ operation, input }: CursorScope): string {
  const { cursor: _cursor, limit: _limit, count: _count, ...asked } = input
  return joined('bede cursor 2', operation, canonicalJson(asked))
}

/** One key for each purpose. */
const mac = (key: Uint8Array, ...parts: readonly string[]): Buffer =>
  createHmac('sha256', key)
    .update(joined('bede cursor 2', ...parts))
    .digest()
