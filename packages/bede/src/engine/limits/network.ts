/**
 * Whose an address is, for what is counted by it: an IPv4 address itself, of IPv6 the network of 64 bits that one subscriber
 * has at least (RFC 6177), in the one form each has. An IPv4 address that is written as one of IPv6 is counted as what it
 * is: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052) and 6to4 (RFC 3056). What is no address is given back as it is.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const groups = groupsOf(address)
  if (!groups) return address
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  if ((a | b | c | d | e) === 0 && f === 0xffff) return dotted(g, h)
  if (a === 0x64 && b === 0xff9b && (c | d | e | f) === 0) return dotted(g, h)
  if (a === 0x2002) return dotted(b, c)
  return `${hex(a)}:${hex(b)}:${hex(c)}:${hex(d)}`
}

const hex = (group: number): string => group.toString(16)
const dotted = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`

function groupsOf(address: string): readonly number[] | undefined {
  const zone = address.indexOf('%')
  const [head = '', tail, ...more] = (zone < 0 ? address : address.slice(0, zone)).split('::')
  const first = partsOf(head)
  const last = tail === undefined ? [] : partsOf(tail)
  if (!first || !last || more.length > 0) return undefined
  const missing = 8 - first.length - last.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  return [...first, ...Array<number>(Math.max(0, missing)).fill(0), ...last]
}

function partsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const part of text.split(':')) {
    const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part)?.slice(1).map(Number)
    if (bytes) {
      const [a = 0, b = 0, c = 0, d = 0] = bytes
      groups.push((a << 8) | b, (c << 8) | d)
    } else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/**
 * Networks that are not reached from everywhere (RFC 6890): this machine, private networks, link-local ones, those of
 * carriers. `network`: as {@link networkOf} gives it.
 */
export const isInternal = (network: string): boolean => network === '' || internal.test(network)

const internal =
  /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|0:0:0:0$|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/
