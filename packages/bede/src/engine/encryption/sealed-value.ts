import { createHmac } from 'node:crypto'
import type { Json } from '../../expr/value.ts'
import { digestLength } from '../../sql/digest.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Keys } from '../keys/keys.ts'
import { open, seal } from '../keys/seal.ts'
import type { SealedPlace } from './sealed-place.ts'

/** Between the hash that a value is found by and the value. Neither base64url has it. */
const mark = ':'

/** What the column of one row holds for a value, sealed under the current key, behind the hash that finds it. */
export function sealValue(keys: Keys, place: SealedPlace, value: Json, row: string): string {
  const text = place.json ? JSON.stringify(value) : String(value)
  const digest = place.search === undefined ? '' : (digestsOf(keys, place, text)[0] ?? '')
  const sealed = seal(keys, place.purpose, text, [...place.bound, row, digest])
  return digest === '' ? sealed : `${digest}${mark}${sealed}`
}

/**
 * The value as JSON text. Throws a Problem `sealed-value`, whose cause names the column and the row, where what is stored
 * was written for another row, column or table, was changed, or was sealed under a secret that is not given.
 */
export function openValue(keys: Keys, place: SealedPlace, stored: string, row: string): string {
  const { digest, sealed } = partsOf(stored)
  const opened = unsealed(keys, place, sealed, row, digest)
  return place.json ? opened : JSON.stringify(opened)
}

function unsealed(keys: Keys, place: SealedPlace, sealed: string, row: string, digest: string): string {
  try {
    return open(keys, place.purpose, sealed, [...place.bound, row, digest]).toString('utf8')
  } catch (cause) {
    throw new Problem('sealed-value', { cause: new Error(`${place.name} of the row ${row} does not open`, { cause }) })
  }
}

/** The hash and the sealed value behind it; the hash is empty where nothing finds the value. */
export function partsOf(stored: string): { readonly digest: string; readonly sealed: string } {
  const at = stored.indexOf(mark)
  return at < 0 ? { digest: '', sealed: stored } : { digest: stored.slice(0, at), sealed: stored.slice(at + 1) }
}

/** What a value is found by, under each key (HMAC-SHA-256, RFC 2104). */
export const digestsOf = (keys: Keys, { search = '' }: SealedPlace, text: string): readonly string[] =>
  keys.all(search).map((key) => createHmac('sha256', key).update(text).digest('base64url').slice(0, digestLength))
