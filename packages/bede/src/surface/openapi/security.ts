import type { Manifest, Operation } from '../../manifest/manifest.ts'
import type { OpenApiOperation } from './openapi.ts'

/** The names under which the document describes what can be sent as a credential. */
export interface SecuritySchemes {
  /** What stands for somebody who has signed in. */
  readonly sessions: readonly string[]
  /** A key that has a scope; absent: there are no API keys. */
  readonly key?: string
}

/** What can be sent. `scheme`: of the Authorization header; `cookie`: the name of the one that holds a session. */
export function securitySchemes(
  { identity }: Manifest,
  scheme: string,
  cookie: string | undefined,
): { readonly described: Readonly<Record<string, object>>; readonly security: SecuritySchemes } {
  const sessions = {
    credential: inHeader(scheme, 'token', 'The token that signing in gives'),
    ...(cookie !== undefined && { cookie: inCookie(cookie) }),
  }
  const key = identity?.apiKeys && { apiKey: inHeader(scheme, 'key', 'An API key that has the scope named here') }
  return {
    described: { ...sessions, ...key },
    security: { sessions: Object.keys(sessions), ...(key && { key: 'apiKey' }) },
  }
}

/** One of these, or none where it is optional (OpenAPI 3.1 §4.8.30). */
export const securityOf = (
  { sessions, key }: SecuritySchemes,
  { auth, scope }: Pick<Operation, 'auth' | 'scope'>,
): OpenApiOperation['security'] => [
  ...(auth === 'optional' ? [{}] : []),
  ...sessions.map((session) => ({ [session]: [] })),
  ...(key === undefined || scope === undefined ? [] : [{ [key]: [scope] }]),
]

/** OpenAPI knows Bearer; another scheme is described by its header. */
const inHeader = (scheme: string, what: string, description: string): object =>
  scheme.toLowerCase() === 'bearer'
    ? { type: 'http', scheme: 'bearer', description: `${description}.` }
    : { type: 'apiKey', in: 'header', name: 'Authorization', description: `${description}: \`${scheme} <${what}>\`` }

const inCookie = (name: string): object => ({
  type: 'apiKey',
  in: 'cookie',
  name,
  description: 'The session of a browser that signed in with `session: "cookie"`.',
})
