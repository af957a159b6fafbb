import { Problem } from '../../telemetry/problem.ts'
import { fixesOrigin, REFUSED } from './address.ts'

/** An address of one of the origins that somebody has listed; of any other: `about:invalid`. Made by `addressFrom` alone. */
export class OriginAddress {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  static is(value: unknown): value is OriginAddress {
    return typeof value === 'object' && value !== null && #text in value
  }

  toString(): string {
    return this.#text
  }
}

/**
 * `addressFrom(['https://player.example'], note.video)`: an address from outside for what the page loads, such as a frame,
 * where it is of one of these origins; else it goes nowhere. `'self'` stands for paths of the page's own origin. Throws a
 * Problem `unsafe-html` for a list with what is no origin.
 */
export function addressFrom(origins: readonly string[], address: string): OriginAddress {
  const named = new Set(origins)
  for (const origin of named)
    if (origin !== 'self' && !isOrigin(origin))
      throw new Problem('unsafe-html', {
        message: `'${origin.slice(0, 100)}' is not an origin`,
        hint: "An origin has a scheme, a host and perhaps a port, and nothing behind it: https://player.example. 'self' is the page's own.",
      })
  if (!URL.canParse(address)) return new OriginAddress(named.has('self') ? ownPath(address) : REFUSED)
  const { href, origin } = new URL(address)
  // The origin of a `blob:` is that of its maker, and somebody may be named before the host.
  return new OriginAddress(named.has(origin) && href.startsWith(`${origin}/`) ? href : REFUSED)
}

const isOrigin = (text: string): boolean =>
  /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text

const nobody = 'https://nobody.invalid'

/** A path from the root of the page's own origin, as a browser reads it: `//host`, `/\\host` and `/.//host` are none. */
function ownPath(address: string): string {
  const own = address.startsWith('/') && URL.canParse(address, nobody) ? new URL(address, nobody) : undefined
  if (own?.origin !== nobody) return REFUSED
  const path = `${own.pathname}${own.search}${own.hash}`
  return fixesOrigin(path) ? path : REFUSED
}
