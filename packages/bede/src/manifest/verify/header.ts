import type { Mistake } from '../../expr/functions/rule.ts'
import { wrong } from './report.ts'

/** RFC 9110 §5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/

/** What the server itself reads or writes: a route would see it too late, or say something else than is so. */
const kept = new Set([
  'access-control-allow-credentials', 'access-control-allow-headers', 'access-control-allow-methods',
  'access-control-allow-origin', 'access-control-expose-headers', 'access-control-request-headers',
  'access-control-request-method', 'authorization', 'bede-consistency', 'connection', 'content-encoding',
  'content-length', 'content-security-policy', 'content-type', 'cookie', 'date', 'expect', 'forwarded', 'host',
  'idempotency-key', 'if-match', 'if-none-match', 'keep-alive', 'origin', 'prefer', 'proxy-authorization',
  'set-cookie', 'strict-transport-security', 'te', 'trailer', 'transfer-encoding',
  'upgrade', 'www-authenticate', 'x-content-type-options', 'x-forwarded-for', 'x-forwarded-host',
  'x-forwarded-proto',
]) // biome-ignore format: a table

/** What an answer of a handler may say in its own words. */
const answered = new Set(['set-cookie', 'www-authenticate'])

/** A header line that a route reads. */
export const headerMistake = (name: string): Mistake | undefined => mistakeOf(name, kept.has(name.toLowerCase()))

/** A header line of a route's answer. */
export const answerHeaderMistake = (name: string): Mistake | undefined =>
  mistakeOf(name, kept.has(name.toLowerCase()) && !answered.has(name.toLowerCase()))

/** A line whose values cannot be joined with commas (RFC 9110 §5.3). */
export const standsAlone = (name: string): boolean => name.toLowerCase() === 'set-cookie'

function mistakeOf(name: string, isKept: boolean): Mistake | undefined {
  if (!token.test(name)) return wrong('invalid-name', `${JSON.stringify(name)} is no name of a header`)
  return isKept
    ? wrong('reserved-name', `The header ${name} is the server's own`, 'Leave it out: it is read and written already.')
    : undefined
}
