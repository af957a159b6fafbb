import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../../../telemetry/problem.ts'
import type { HttpOptions } from '../options.ts'
import { isNear } from './hosts.ts'

/** Where pages come from that may act with a browser's session. */
export interface TrustedOrigins {
  /** The origin at which people reach this service; absent: the host they have asked. */
  readonly own?: string
  /** Other origins, as browsers send them. */
  readonly named: ReadonlySet<string>
}

/** Methods that change nothing (RFC 9110 §9.2.1), which a page of another site may have a browser send. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends its cookies along with whatever any page asks for: what changes something must come from a page of
 * this service, or of an origin that may act for its users (CSRF). Browsers say where a request comes from in headers that
 * no page can write: `Sec-Fetch-Site` (Fetch Metadata §2.3) and `Origin` (RFC 6454 §7). One that says neither is no
 * browser. Throws a Problem `cross-site`.
 */
export function checkOrigin(method: string | undefined, headers: IncomingHttpHeaders, trusted: TrustedOrigins): void {
  if (safe.has(method ?? '') || headers['sec-fetch-site'] === 'same-origin') return
  const { origin } = headers
  if (origin !== undefined && (trusted.named.has(origin) || isOwn(origin, headers, trusted))) return
  throw new Problem('cross-site', {
    message:
      origin === undefined
        ? 'A session in a cookie changes nothing for a request that does not say where it comes from.'
        : 'This request comes from a page that may not act with your session.',
  })
}

/** A browser that says `Sec-Fetch-Site` has compared the origins itself, scheme and port included: then `Origin` proves nothing more. */
function isOwn(
  origin: string,
  { host, 'sec-fetch-site': site }: IncomingHttpHeaders,
  { own }: TrustedOrigins,
): boolean {
  if (own !== undefined) return origin === own
  const url = site === undefined && URL.canParse(origin) ? new URL(origin) : undefined
  return url?.origin === origin && url.host === host
}

/**
 * A server in development is called by pages of this machine, of its own origin, of the host they were asked at (whose
 * name is checked before) and of origins named in `cors`; whatever else a browser happens to show is refused, whoever it
 * acts for (class 131). Throws a Problem `cross-site`.
 */
export function createPageCheck({
  origin: own,
  cors,
}: Pick<HttpOptions, 'origin' | 'cors'>): (headers: IncomingHttpHeaders) => void {
  const named = new Set(cors?.origins)
  return ({ origin, host }) => {
    if (origin === undefined || origin === own || named.has(origin) || named.has('*')) return
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (url && (url.host === host || isNear(url.hostname.replace(/^\[|\]$/g, '')))) return
    throw new Problem('cross-site', {
      message: 'In development, pages of other sites are not answered.',
      hint: 'Call from a page of this machine, or name its origin in cors.',
    })
  }
}
