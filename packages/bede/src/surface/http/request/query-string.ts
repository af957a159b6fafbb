import { Problem } from '../../../telemetry/problem.ts'
import { pointerToken } from './json-pointer.ts'

/** One parameter: its name decoded, its value as it came, because a list is split before its items are decoded. */
export interface QueryParameter {
  readonly name: string
  readonly raw: string
}

/**
 * Splits the query of a request target (application/x-www-form-urlencoded, WHATWG URL §5.1), strictly: what does not
 * decode is refused, and so is a name given twice that is not among `repeated`, because readers disagree about which one
 * counts. `place`: of the whole, in problems.
 * Throws a Problem `malformed-request` or `too-many`.
 */
export function parseQuery(
  query: string,
  limit: number,
  repeated: ReadonlySet<string> = none,
  place = '/query',
): readonly QueryParameter[] {
  if (query === '') return []
  const found: QueryParameter[] = []
  const seen = new Set<string>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    if (found.length >= limit) {
      throw new Problem('too-many', { message: `More than ${limit} query parameters are not accepted.` })
    }
    const sign = pair.indexOf('=')
    const name = decodeComponent(sign < 0 ? pair : pair.slice(0, sign), place)
    if (seen.has(name) && !repeated.has(name)) throw givenTwice(name, place)
    seen.add(name)
    found.push({ name, raw: sign < 0 ? '' : pair.slice(sign + 1) })
  }
  return found
}

const none: ReadonlySet<string> = new Set()

function givenTwice(name: string, place: string): Problem {
  const message = place === '/query' ? 'This query parameter is given twice.' : 'This field is given twice.'
  const hint = place === '/query' ? 'Give it once; a list is one value with commas: ?id=1,2.' : 'Give it once.'
  return new Problem('malformed-request', {
    message,
    hint,
    details: [{ place: `${place}/${pointerToken(name)}`, code: 'malformed-request', message, hint }],
  })
}

/** Percent-decodes as UTF-8, `+` as a space. Throws a Problem `malformed-request` or `invalid-text` that names `place`. */
export function decodeComponent(raw: string, place: string): string {
  let text: string
  try {
    text = raw.includes('%') || raw.includes('+') ? decodeURIComponent(raw.replaceAll('+', ' ')) : raw
  } catch {
    const message = 'A percent-encoding is not complete or not UTF-8.'
    throw new Problem('malformed-request', { message, details: [{ place, code: 'malformed-request', message }] })
  }
  if (text.includes('\u0000')) {
    const message = 'A text may not hold NUL.'
    throw new Problem('invalid-text', { message, details: [{ place, code: 'invalid-text', message }] })
  }
  return text
}
