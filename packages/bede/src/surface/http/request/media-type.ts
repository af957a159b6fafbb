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
