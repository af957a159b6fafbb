import type { Manifest } from '../manifest/manifest.ts'

/** The cookie that holds a browser's session. */
export interface SessionCookie {
  readonly name: string
  /** The line of an answer that sets it, until the session ends. */
  set(token: string, expiresAt: string, now: Date): string
  /** The line that takes it away. */
  readonly cleared: string
}

/**
 * Undefined where the identity has none. `__Host-` (RFC 6265bis §4.1.3.2) makes it one of this very host, which no other
 * host and no plain connection can set; scripts do not see it, and other sites do not send it with anything that changes
 * something (`SameSite`, and the origin that is asked for). In development it is the same without what not every
 * browser takes over plain HTTP.
 */
export function sessionCookie({ name: app, identity }: Manifest, development: boolean): SessionCookie | undefined {
  const declared = identity?.sessions.cookie
  if (!declared) return undefined
  const { name: own = nameFrom(app), sameSite } = declared
  const name = development ? own : `__Host-${own}`
  const usual = `Path=/; HttpOnly; SameSite=${sameSite === 'strict' ? 'Strict' : 'Lax'}${development ? '' : '; Secure'}`
  return {
    name,
    set: (token, expiresAt, now) => `${name}=${token}; Max-Age=${secondsTo(expiresAt, now)}; ${usual}`,
    cleared: `${name}=; Max-Age=0; ${usual}`,
  }
}

/** A browser has one jar for all ports of a host: two apps in development have two names. */
const nameFrom = (app: string): string =>
  app
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40) || 'session'

const secondsTo = (time: string, now: Date): number =>
  Math.max(0, Math.floor((Date.parse(time) - now.valueOf()) / 1000))
