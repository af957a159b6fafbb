import { Problem } from '../telemetry/problem.ts'

/** How a connection to a server of mail is kept private. */
export type SmtpTls =
  /** From its first byte (RFC 8314). */
  | 'implicit'
  /** From `STARTTLS` on (RFC 3207); a server that does not offer it is not spoken to. */
  | 'required'
  /** Not at all. */
  | 'none'

/** A server that takes mail. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  readonly tls: SmtpTls
  readonly user?: string
  readonly password?: string
}

/** RFC 6409 §3.1 and RFC 8314 §7.3. */
const ports: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }
/** A name, an IPv4 address, or an IPv6 address in brackets. */
const hostForm = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])$/
const thisMachine = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i

/**
 * Reads `smtp://user:password@host:587`, or `smtps://` for TLS from the first byte. `smtp://` begins TLS with STARTTLS and
 * does without it on this machine alone; `?tls=required` and `?tls=none` say otherwise. Throws the Problem
 * `invalid-setting`, which never shows the address: there is a password in it.
 */
export function readSmtpAddress(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const port = url && ports[url.protocol]
  if (!url || port === undefined || !hostForm.test(url.hostname) || !/^\/?$/.test(url.pathname) || url.hash !== '')
    throw refused('This is not the address of a server that takes mail.')
  const tls = tlsOf(url)
  const user = decoded(url.username)
  const password = decoded(url.password)
  if ((user === '') !== (password === '')) throw refused('The address has a user or a password, and not both.')
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? port : Number(url.port),
    tls,
    ...(user === '' ? {} : { user, password }),
  }
}

function tlsOf({ protocol, hostname, searchParams }: URL): SmtpTls {
  const asked = searchParams.getAll('tls')
  if ([...searchParams.keys()].some((name) => name !== 'tls') || asked.length > 1)
    throw refused('The address has parameters other than tls.')
  const [tls] = asked
  if (protocol === 'smtps:' && (tls === undefined || tls === 'required')) return 'implicit'
  if (protocol === 'smtp:' && (tls === 'required' || tls === 'none')) return tls
  if (protocol === 'smtp:' && tls === undefined) return thisMachine.test(hostname) ? 'none' : 'required'
  throw refused('tls is required or none, and smtps:// has it always.')
}

function decoded(part: string): string {
  let text: string
  try {
    text = decodeURIComponent(part)
  } catch {
    throw refused('The user and the password are percent-encoded.')
  }
  if (/\p{Cc}/u.test(text)) throw refused('The user and the password hold no control characters.')
  return text
}

const refused = (message: string): Problem =>
  new Problem('invalid-setting', {
    message,
    hint: 'Write smtp://user:password@host:587, or smtps://user:password@host:465. Percent-encode @ : / ? # % in user and password.',
  })
