import { isProblem, Problem, type ProblemCode } from '../../telemetry/problem.ts'

/**
 * Why an exchange came to nothing. What is told to whoever called the backend says nothing of where it went: the cause
 * does, for the log, and no more of an address than its origin, because paths and queries carry secrets.
 */
export class OutboundFailure extends Problem {
  /** It may go better at another time. */
  readonly passing: boolean

  constructor(code: ProblemCode, cause: Error, passing: boolean) {
    super(code, { cause })
    this.passing = passing
  }
}

/** The address may not be called. `why` is told to whoever gave it; `cause` to the log. */
export const refusedDestination = (why: string, cause?: string): Problem =>
  new Problem('destination-refused', {
    message: `The address may not be called: ${why}`,
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  })

/** The other side could not be reached, broke off, or answered what cannot be taken. */
export const failed = (origin: string, what: string, { passing = false, cause = undefined as unknown } = {}) =>
  new OutboundFailure('upstream-failed', new Error(`${origin} ${what}`, cause === undefined ? {} : { cause }), passing)

export const late = (origin: string, what: string, { passing = false } = {}) =>
  new OutboundFailure('upstream-timeout', new Error(`${origin} ${what}`), passing)

/** Nothing was sent: the other side has failed too often, or too much is waiting for it. */
export const busy = (origin: string, what: string, retryAfter: number): Problem =>
  new Problem('upstream-unavailable', { retryAfter, cause: new Error(`${origin} ${what}`) })

/** Errors of sockets and of name servers after which it may go better. */
const passingCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEOUT',
  'ETIMEDOUT',
])

/** An error of the connection, in our words. */
export function connectionFailure(origin: string, error: unknown): Problem {
  if (isProblem(error)) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'HPE_HEADER_OVERFLOW') return failed(origin, 'sent more headers than are taken', { cause: error })
  // Several addresses were tried, and each failed in its way.
  const each = error instanceof AggregateError ? error.errors : [error]
  const passing = each.some((one) => passingCodes.has(String(Reflect.get(Object(one), 'code'))))
  return failed(origin, 'could not be reached, or broke off', { passing, cause: error })
}
