/** What one proxy says in `Forwarded`: of whom it got the request, and how. */
export interface ForwardedElement {
  readonly for?: string
  readonly proto?: string
  readonly host?: string
  /** Where what earlier proxies have said ends. */
  readonly before: number
}

/** RFC 7239 §4: a parameter, whose value is a token or is quoted; and what follows it. */
const pair = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"([^"\\]*)")[ \t]*)?(;|$)/y

/**
 * The last element of a `Forwarded` header (RFC 7239 §4) that ends at `end`. It is looked for from the end, where the
 * nearest proxy writes: no quotation mark that a caller has left open further to the left reaches into it. Undefined:
 * there is none that can be read. Escapes in quotes are none: no address, scheme or name of a host needs one.
 */
export function lastForwarded(text: string, end: number): ForwardedElement | undefined {
  let start = end
  for (let quoted = false; start > 0; start--) {
    const letter = text[start - 1]
    if (letter === '\\') return undefined
    if (letter === '"') quoted = !quoted
    else if (letter === ',' && !quoted) break
  }
  const element = text.slice(start, end)
  const said = new Map<string, string>()
  for (pair.lastIndex = 0; pair.lastIndex < element.length; ) {
    const found = pair.exec(element)
    if (!found) return undefined
    const [, name, token, quoted] = found
    if (name === undefined) continue
    const key = name.toLowerCase()
    // Of two that say the same nobody knows which one is meant.
    if (said.has(key)) return undefined
    said.set(key, token ?? quoted ?? '')
  }
  const [known, proto, host] = [said.get('for'), said.get('proto'), said.get('host')]
  return {
    ...(known !== undefined && { for: known }),
    ...(proto !== undefined && { proto }),
    ...(host !== undefined && { host }),
    before: start - 1,
  }
}
