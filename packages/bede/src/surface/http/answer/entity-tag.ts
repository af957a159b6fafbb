import { hash } from 'node:crypto'
import { Problem } from '../../../telemetry/problem.ts'

/**
 * The strong entity tag of a body (RFC 9110 §8.8.3): its MD5 in quotes. It tells versions apart, it protects nothing; the
 * database computes the same of the same text, so that `If-Match` is decided inside the statement that writes.
 */
export const entityTag = (body: string | Uint8Array): string => `"${hash('md5', body)}"`

/** The same for what no statement that writes compares: SHA-1, which processors have an instruction for. */
export const readTag = (body: string | Uint8Array): string => `"${hash('sha1', body)}"`

const one = /^(W\/)?"([\x21\x23-\x7e]*)"$/
/** More versions of one row than anybody holds. */
const most = 20

/**
 * `If-Match` (RFC 9110 §13.1.1): the strong tags, without quotes, one of which must be current. `*` asks only that there
 * is something, which a write asks anyway: undefined. A weak tag never matches. Throws a Problem `malformed-request`.
 */
export function ifMatchOf(header: string | undefined): readonly string[] | undefined {
  if (header === undefined || header === '*') return undefined
  return tagsOf('If-Match', header).flatMap(({ weak, tag }) => (weak ? [] : [tag]))
}

/** Whether `If-None-Match` (RFC 9110 §13.1.2) names this tag, compared weakly: the caller has it already. */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const strong = etag.replace(/^W\//, '')
  return header === '*' || tagsOf('If-None-Match', header).some(({ tag }) => `"${tag}"` === strong)
}

function tagsOf(name: string, header: string): readonly { weak: boolean; tag: string }[] {
  const items = header.split(',', most + 1).map((item) => one.exec(item.trim()))
  if (items.length > most || items.includes(null)) {
    throw new Problem('malformed-request', {
      message: `The header ${name} is not a list of entity tags.`,
      hint: `Send the ETag as it came, quotes included: ${name}: "…"`,
    })
  }
  return items.map((item) => ({ weak: item?.[1] !== undefined, tag: item?.[2] ?? '' }))
}
