import { Problem } from '../../../telemetry/problem.ts'

export interface CorsOptions {
  /** The origins whose pages may read answers, written as browsers send them: `https://app.example`. `*` stands for all, and only alone. */
  readonly origins: readonly string[]
  /** Lets a browser send its cookies along. Not together with `*`. */
  readonly credentials?: boolean
  /** Seconds a browser may remember the answer to a preflight. Default 600. */
  readonly maxAge?: number
}

type Headers = Record<string, string>
export type Cors = {
  /** Headers for an answer to a page of this origin. */
  answer(origin: string | undefined): Headers
  /** Headers for a preflight (Fetch §3.2.2). */
  preflight(origin: string | undefined, methods: readonly string[]): Headers
  /** Header lines of a route's own, which pages may send and read. */
  know(lines: RouteLines): void
}

/** Header lines that a route declares. */
export interface RouteLines {
  readonly read?: readonly string[]
  readonly written?: readonly string[]
}

const everReadable = [
  'Bede-Consistency',
  'Deprecation',
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Sunset',
  'traceparent',
  'X-Request-Id',
]
const everSendable = [
  'Authorization',
  'Bede-Consistency',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Prefer',
  'traceparent',
  'tracestate',
  'X-Request-Id',
]

/**
 * Who on the web may read the answers: nobody, until origins are named; then those, letter by letter.
 * Throws a Problem `invalid-declaration` for an origin that no browser sends, and for `*` with credentials.
 */
export function createCors(options: CorsOptions | undefined): Cors {
  const { origins = [], credentials = false, maxAge = 600 } = options ?? {}
  const any = origins.includes('*')
  if (any && (credentials || origins.length > 1)) {
    throw refused("'*' stands alone and without credentials", "Name each origin that may act with a user's cookies.")
  }
  for (const origin of origins) {
    if (origin !== '*' && (origin.includes('*') || !URL.canParse(origin) || new URL(origin).origin !== origin)) {
      throw refused(
        `'${origin}' is not an origin`,
        'An origin has a scheme, a host and perhaps a port, no path and no pattern: https://app.example',
      )
    }
  }
  const named = new Set(origins)
  const readable = new Set(everReadable)
  const sendable = new Set(everSendable)
  let exposed = everReadable.join(', ')
  const allowed = (origin: string | undefined): Headers => {
    if (any) return { 'Access-Control-Allow-Origin': '*' }
    if (origin === undefined || !named.has(origin)) return {}
    return {
      'Access-Control-Allow-Origin': origin,
      ...(credentials ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
    }
  }
  return {
    answer: (origin) => {
      const headers = allowed(origin)
      if ('Access-Control-Allow-Origin' in headers) headers['Access-Control-Expose-Headers'] = exposed
      return headers
    },
    preflight: (origin, methods) => {
      const headers = allowed(origin)
      if (!('Access-Control-Allow-Origin' in headers)) return {}
      headers['Access-Control-Allow-Methods'] = methods.join(', ')
      headers['Access-Control-Allow-Headers'] = [...sendable].join(', ')
      headers['Access-Control-Max-Age'] = String(maxAge)
      return headers
    },
    know: ({ read = [], written = [] }) => {
      for (const name of read) sendable.add(name)
      for (const name of written) readable.add(name)
      exposed = [...readable].join(', ')
    },
  }
}

const refused = (what: string, hint: string): Problem =>
  new Problem('invalid-declaration', { message: `cors.origins: ${what}.`, hint })
