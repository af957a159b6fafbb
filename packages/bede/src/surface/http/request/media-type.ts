/** A media type may carry one parameter and no other: the encoding JSON has anyway (RFC 8259 §8.1). */
const charset = /^;[ ]?charset=(?:utf-8|"utf-8")$/i

/**
 * Whether a Content-Type names exactly this media type. Nothing else is: no tab, no second parameter, no leading or
 * trailing letter, because a reader that forgives what a checker does not is how checks are skipped (RFC 9110 §8.3).
 */
export function isMediaType(header: string, mediaType: string): boolean {
  const rest = header.slice(mediaType.length)
  return header.slice(0, mediaType.length).toLowerCase() === mediaType && (rest === '' || charset.test(rest))
}

const range = /^([\w!#$%&'*+.^`|~-]+)\/([\w!#$%&'*+.^`|~-]+)$/
const weight = /^q=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/i

/** Whether an Accept header leaves room for this media type (RFC 9110 §12.5.1); the most specific range decides. */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === '') return true
  const family = mediaType.slice(0, mediaType.indexOf('/') + 1)
  let best = -1
  let wanted = false
  for (const item of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim())
    if (!range.test(name)) continue
    const precision = name === mediaType ? 2 : name === `${family}*` ? 1 : name === '*/*' ? 0 : -1
    if (precision < best || precision < 0) continue
    const q = parameters.find((parameter) => weight.test(parameter))
    const allowed = q === undefined || Number(q.slice(2)) > 0
    wanted = precision === best ? wanted || allowed : allowed
    best = precision
  }
  return wanted
}
