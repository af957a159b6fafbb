import { Problem } from '../../../telemetry/problem.ts'

/**
 * The value of a cookie (RFC 6265 §5.4), as it came; null: there is none of that name. Of two nobody knows which one is
 * meant, and one of them may have been set by somebody else. Throws a Problem `malformed-request`.
 */
export function cookieOf(header: string | undefined, name: string): string | null {
  if (header === undefined || !header.includes(name)) return null
  let found: string | null = null
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at < 0 || pair.slice(0, at).trim() !== name) continue
    if (found !== null) {
      throw new Problem('malformed-request', {
        message: `The cookie ${name} is sent twice.`,
        hint: 'Delete the cookies of this site and sign in again.',
      })
    }
    found = pair.slice(at + 1).trim()
  }
  return found
}
