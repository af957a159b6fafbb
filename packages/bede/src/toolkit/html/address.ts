/** What stands where an address was refused: it goes nowhere (RFC 6694; WHATWG CSS and HTML use it for the same). */
export const REFUSED = 'about:invalid'

const schemes: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel'])

/**
 * The address goes somewhere and runs nothing: it is relative, or of the web, mail or telephone. `javascript:`, `data:`
 * and every other scheme are not. Read as a browser does (WHATWG URL §4.4): white space around it and line ends in it
 * do not count.
 */
export function isAddress(text: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain(text))?.[1]
  return scheme === undefined || schemes.has(scheme.toLowerCase())
}

/** A list of addresses: `a.png 1x, b.png 2x`, or the values of an animation, `a; b`. */
export const areAddresses = (text: string): boolean => text.split(/[,;]/).every(isAddress)

/** The content of `<meta>`: text, or `5; url=/next`, in which `url=` may be left out (WHATWG HTML §4.2.5.3). */
export function isRefresh(text: string): boolean {
  const refresh = /^(?:[\d.]*\s*[;,]?\s*url\s*=|[\d.]+\s*[;,])\s*(?:url\s*=\s*)?["']?(.*)$/is
  const to = refresh.exec(plain(text))?.[1]
  return to === undefined || isAddress(to)
}

/**
 * Which origin it goes to stands in the address's beginning. A lone `/` begins an address of another origin as well
 * (`//host`, and `/` before a tab and another): whoever has only the beginning has to ask again for the whole.
 */
export const fixesOrigin = (text: string): boolean =>
  /^(?:\/(?![/\\])|\.{1,2}\/|https?:\/\/[^/\\?#]+\/)/i.test(plain(text))

const plain = (text: string): string => text.replace(/[\t\n\r]/g, '').replace(/^[\0-\x20]+/, '')
