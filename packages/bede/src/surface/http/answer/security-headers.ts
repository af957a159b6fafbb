/** What kind of page an answer is, which decides what a browser may do with it. */
export type Page = 'data' | 'html' | 'file' | 'docs'

type Headers = Readonly<Record<string, string>>

/** On everything: no guessing of types, no framing, no window of another site holding on to ours, no sharing with other sites. */
const always: Headers = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
}

/** What no page of a backend asks a browser for; a page that does says so in a header of its own (Permissions Policy §5.2). */
const features = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'screen-wake-lock',
  'serial',
  'usb',
]
const permissions: Headers = { 'Permissions-Policy': features.map((name) => `${name}=()`).join(', ') }

const nothing = "default-src 'none'; frame-ancestors 'none'"

const policies: Readonly<Record<Exclude<Page, 'docs'>, string>> = {
  data: nothing,
  html: "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // A file that a browser takes for a page runs nothing and is nobody.
  file: `${nothing}; sandbox`,
}

/** A year, with what a preload list asks for left to whoever owns the whole domain. */
const year = 31_536_000

export interface SecurityOptions {
  /** The request came over TLS: browsers heed HSTS on nothing else (RFC 6797 §7.2). */
  readonly https: boolean
  /** Seconds for which they keep to it; default a year. */
  readonly hsts?: number | undefined
  /** Answers may be read by named origins: a page of another site may then load them by fetch, and CORS decides. */
  readonly shared: boolean
  /** The policy of a `docs` page, which names its own scripts and styles by hash. */
  readonly policy?: string
}

/** The security headers of one answer. */
export function securityHeaders(
  page: Page,
  { https, hsts = year, shared, policy }: SecurityOptions,
): Record<string, string> {
  return {
    ...always,
    'Content-Security-Policy': policy ?? (page === 'docs' ? nothing : policies[page]),
    'Cross-Origin-Resource-Policy': shared ? 'cross-origin' : 'same-origin',
    ...(page === 'data' ? {} : permissions),
    ...(https ? { 'Strict-Transport-Security': `max-age=${hsts}` } : {}),
  }
}
