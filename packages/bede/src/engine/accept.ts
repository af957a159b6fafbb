const range = /^([\w!#$%&'*+.^`|~-]+)\/([\w!#$%&'*+.^`|~-]+)$/
const weight = /^q=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/i

/** How much an Accept header wants a media type, 0 to 1 (RFC 9110 §12.5.1): the most specific range that names it decides. */
function weightOf(header: string | undefined, media: string): number {
  if (header === undefined || header.trim() === '') return 1
  const name = media.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const family = name.slice(0, name.indexOf('/') + 1)
  let best = -1
  let wanted = 0
  for (const item of header.toLowerCase().split(',')) {
    const [said = '', ...parameters] = item.split(';').map((part) => part.trim())
    if (!range.test(said)) continue
    const precision = said === name ? 2 : said === `${family}*` ? 1 : said === '*/*' ? 0 : -1
    if (precision < best || precision < 0) continue
    const q = parameters.find((parameter) => weight.test(parameter))
    const value = q === undefined ? 1 : Number(q.slice(2))
    wanted = precision === best ? Math.max(wanted, value) : value
    best = precision
  }
  return wanted
}

/** The media type that an Accept header wants most, of equal ones the first; undefined: it wants none of them. */
export function preferred(header: string | undefined, offered: Iterable<string>): string | undefined {
  let best: string | undefined
  let most = 0
  for (const media of offered) {
    const wanted = weightOf(header, media)
    if (wanted <= most) continue
    best = media
    most = wanted
  }
  return best
}
