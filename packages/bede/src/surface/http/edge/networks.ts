import { BlockList, isIP, SocketAddress } from 'node:net'

/** A set of addresses. */
export interface Networks {
  /** Whether an address is one of them; text that is no address is none. */
  has(address: string): boolean
}

/** Nobody owns a wider network than 10.0.0.0/8, or than fc00::/7 (RFC 4193 §3.1): a shorter prefix is a slip of the finger. */
const widest = { 4: 8, 6: 7 } as const
const bits = { 4: 32, 6: 128 } as const
/** IPv4 addresses in the form of IPv6, `::ffff:0:0/96` (RFC 4291 §2.5.5.2). */
const mapped = { first: 0xffff_0000_0000n, rest: 32n, form: /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/ } as const
/** Addresses asked for before, with their answers: a proxy is asked for with each request. */
const mostRemembered = 1_000

/**
 * Addresses and networks in CIDR form (RFC 4632 §3.1, RFC 4291 §2.3), each as it is: `10.1.2.3`, `10.0.0.0/8`,
 * `fd00::/8`. `wrong`: what is none of these, with the reason. A name, a leading zero, IPv4 in the form of IPv6 (whose
 * prefix, read as one of IPv4, is all of it: class 55), bits behind the prefix and a prefix that is too wide are wrong.
 */
export function readNetworks(
  list: readonly string[],
  wrong: (entry: string, reason: string) => void = () => {},
): Networks {
  const rules = new BlockList()
  for (const entry of list) {
    const reason = add(rules, entry)
    if (reason !== undefined) wrong(entry, reason)
  }
  const known = new Map<string, boolean>()
  return {
    has(address) {
      const before = known.get(address)
      if (before !== undefined) return before
      const plain = plainAddress(address)
      const found = plain !== undefined && rules.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4')
      if (known.size >= mostRemembered) known.clear()
      known.set(address, found)
      return found
    },
  }
}

/** Adds an entry, or says why not. */
function add(rules: BlockList, entry: string): string | undefined {
  const [address = '', prefix, ...more] = entry.split('/')
  const version = isIP(address)
  if ((version !== 4 && version !== 6) || address.includes('%') || more.length > 0)
    return 'it is neither an address nor a network'
  const length = prefix === undefined ? bits[version] : /^(?:0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : -1
  if (length < 0 || length > bits[version]) return `a prefix is a number up to ${bits[version]}`
  if (length < widest[version]) return 'it is wider than any one network'
  const value = numberOf(address, version)
  const rest = BigInt(bits[version] - length)
  const wider = rest > mapped.rest ? rest : mapped.rest
  if (version === 6 && value >> wider === mapped.first >> wider)
    return 'it holds IPv4 addresses in the form of IPv6: write them as IPv4'
  if (value % (1n << rest) !== 0n) return `its address has bits behind its prefix of ${length}`
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (prefix === undefined) rules.addAddress(address, family)
  else rules.addSubnet(address, length, family)
  return undefined
}

function numberOf(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
  // A URL writes all of it in groups (WHATWG URL §3.5).
  const [front = '', back] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string | undefined): readonly string[] => (text ? text.split(':') : [])
  const left = groups(front)
  const right = groups(back)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((sum, part) => sum * 65_536n + BigInt(`0x${part}`), 0n)
}

/**
 * An address in its one form: IPv4 as IPv4 where a socket for both gives it in the form of IPv6, IPv6 as RFC 5952 has it,
 * without a zone. Undefined for what is no address.
 */
export function plainAddress(text: string): string | undefined {
  const version = isIP(text)
  if (version !== 6) return version === 4 ? text : undefined
  const { address } = new SocketAddress({ address: text.split('%', 1)[0] ?? '', family: 'ipv6' })
  return mapped.form.exec(address)?.[1] ?? address
}
