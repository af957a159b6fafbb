import { isIP } from 'node:net'
import { rangeOf } from './address-range.ts'
import { refusedDestination } from './failure.ts'

/**
 * Why an address may be called. `allowed`: the app names its origin. `private`: the place names its host and port.
 * `public`: somebody gave it, and it is on the Internet.
 */
export type Trust = 'allowed' | 'private' | 'public'

/** An address that may be called, as far as its text shows. What its name stands for is looked at when it is connected to. */
export interface Destination {
  readonly url: URL
  readonly trust: Trust
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  /** As the app or the place names it, for numbers; `public` for what somebody gave. */
  readonly name: string
}

/** Longer ones are nobody's. */
const longestAddress = 8_192
/** RFC 1035 §2.3.4. */
const longestName = 253
/** Names that networks keep for themselves (RFC 6761, RFC 6762, RFC 8375, RFC 9476 and common usage). */
const innerNames =
  /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|onion|alt)$/

/** An origin of the allow-list: `https://api.example.com`, or `https://*.example.com` for every name below it. */
interface Allowed {
  /** As it was written. */
  readonly name: string
  readonly protocol: string
  readonly port: string
  readonly host: string
  readonly below: boolean
}

/** Where a backend may call: what the app and the place say. Everything else is refused. */
export class Destinations {
  readonly #allowed: readonly Allowed[]
  readonly #private: ReadonlySet<string>
  readonly #public: boolean

  /** Expects what `wrongOrigin` and `wrongPrivate` find nothing wrong with. */
  constructor(said: {
    readonly allow: readonly string[]
    readonly private: readonly string[]
    readonly public: boolean
  }) {
    this.#allowed = said.allow.flatMap((text) => readOrigin(text) ?? [])
    this.#private = new Set(said.private.flatMap((text) => readPrivate(text) ?? []))
    this.#public = said.public
  }

  /** An address that the handler chose. Throws a Problem `destination-refused`. */
  chosen(address: string | URL): Destination {
    const url = parsed(address)
    const host = hostOf(url)
    const place = placeOf(url)
    if (this.#private.has(place)) return { url, host, trust: 'private', name: place }
    const named = this.#allowed.find((one) => matches(one, url))
    if (!named) {
      throw refusedDestination(
        'its origin is not one that this app calls.',
        `${url.origin} is not in http.allow of the app, nor in BEDE_HTTP_PRIVATE`,
      )
    }
    return { url, host: reachable(host), trust: 'allowed', name: named.name }
  }

  /** An address that somebody gave: on the Internet, on the usual port of its scheme. Throws the same. */
  given(address: string | URL): Destination {
    if (!this.#public) {
      throw refusedDestination(
        'this app calls no addresses that others give.',
        'http.public is used, and app({ http: { public: true } }) is not said',
      )
    }
    const url = parsed(address)
    if (url.port !== '') throw refusedDestination('it has a port other than 80 for http and 443 for https.')
    // A name of the place's own may have a public address too.
    if (this.#private.has(placeOf(url))) throw noPublicAddress()
    return { url, host: reachable(hostOf(url)), trust: 'public', name: 'public' }
  }

  /** Where a redirect leads, by the same rules; inside only from there itself. */
  redirected(from: Destination, location: string): Destination {
    const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : undefined
    if (url === undefined) throw refusedDestination('it redirects to what is no address.')
    if (from.url.protocol === 'https:' && url.protocol !== 'https:')
      throw refusedDestination('it redirects from https to something that is not.')
    const to = from.trust === 'public' ? this.given(url) : this.chosen(url)
    if (to.trust === 'private' && to.url.origin !== from.url.origin)
      throw refusedDestination('it redirects into a network of its own.')
    return to
  }
}

/** What is wrong with an entry of `http.allow`; undefined: nothing. */
export const wrongOrigin = (text: unknown): string | undefined =>
  typeof text === 'string' && readOrigin(text) !== undefined
    ? undefined
    : 'It is no origin: https://api.example.com, or https://*.example.com for all names below; no path, no user, lower case.'

/** Whether the text is a host and a port at which a place has a service of its own: `10.0.0.5:9000`, `search:9200`. */
export const isPrivatePlace = (text: string): boolean => readPrivate(text) !== undefined

function readOrigin(text: string): Allowed | undefined {
  const below = text.includes('://*.')
  const plain = below ? text.replace('://*.', '://') : text
  if (!URL.canParse(plain)) return undefined
  const url = new URL(plain)
  const { protocol, port, origin } = url
  if ((protocol !== 'https:' && protocol !== 'http:') || plain !== origin) return undefined
  const host = hostOf(url)
  // All names below a top-level domain would be nearly everybody.
  if (host.includes('*') || (below && (isIP(host) !== 0 || !host.includes('.')))) return undefined
  return { name: text, protocol, port, host, below }
}

function readPrivate(text: string): string | undefined {
  const [, port] = /:([1-9]\d{0,4})$/.exec(text) ?? []
  if (port === undefined || !URL.canParse(`http://${text}`)) return undefined
  const url = new URL(`http://${text}`)
  const host = hostOf(url)
  const written = `${url.hostname}:${port}`
  if (written !== text || host.endsWith('.') || host.includes('*')) return undefined
  return isIP(host) !== 0 && rangeOf(host) === 'refused' ? undefined : written
}

const usualPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const placeOf = ({ hostname, port, protocol }: URL): string => `${hostname}:${port || usualPorts[protocol]}`

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

const matches = ({ protocol, port, host, below }: Allowed, url: URL): boolean =>
  url.protocol === protocol && url.port === port && (below ? url.hostname.endsWith(`.${host}`) : hostOf(url) === host)

/** The WHATWG parser knows every notation of an IPv4 address; what it gives is all that is looked at and called. */
function parsed(address: string | URL): URL {
  const text = String(address)
  if (text.length > longestAddress || !URL.canParse(text)) throw refusedDestination('it is no address.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refusedDestination('it is neither http nor https.')
  if (url.username !== '' || url.password !== '') throw refusedDestination('it holds a user or a password.')
  if (url.hostname.length > longestName) throw refusedDestination('its host is no name.')
  if (url.hostname.endsWith('.')) throw refusedDestination('its host ends with a dot.')
  return url
}

/** A host of the Internet, as far as its text shows. */
function reachable(host: string): string {
  const inner = isIP(host) === 0 ? !host.includes('.') || innerNames.test(host) : rangeOf(host) !== 'public'
  if (inner) throw noPublicAddress()
  return host
}

/** The same for a name that nobody has and for one whose addresses are inside: who asks learns nothing of the network. */
export const noPublicAddress = (cause?: string) => refusedDestination('its host has no public address.', cause)
