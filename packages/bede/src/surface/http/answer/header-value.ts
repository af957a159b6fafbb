import { Problem } from '../../../telemetry/problem.ts'

/** RFC 9110 §5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/
/** RFC 9110 §5.5 without obs-text: no control character, so that a value can never end its line (class 60). */
const value = /^[\t\x20-\x7e]*$/
/** What frames the message is the server's to say (RFC 9110 §7.6.1, RFC 9112 §6). */
const framing = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'date',
])

/**
 * Refuses header lines that would split an answer or change its framing. What a handler sets comes through here.
 * Throws a Problem `internal`: the caller did nothing wrong.
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(headers)) {
    if (!token.test(name) || framing.has(name.toLowerCase()) || typeof text !== 'string' || !value.test(text)) {
      throw new Problem('internal', {
        cause: new Error(`The header ${JSON.stringify(name)} may not be set to ${JSON.stringify(text)}.`),
        hint: 'A header value holds visible ASCII; encode what comes from a caller (encodeURIComponent).',
      })
    }
  }
}
