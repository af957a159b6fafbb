import { BlockList, isIP } from 'node:net'

/**
 * Who can be at an address. `public`: anybody on the Internet. `private`: this machine or its network. `refused`: nobody
 * whom a backend has to do with: link-local and metadata addresses, multicast, tunnels, what is reserved.
 */
export type AddressRange = 'public' | 'private' | 'refused'

/** IPv4 that is not the Internet's: IANA's registries of special-purpose addresses (RFC 6890), multicast and reserved ones. */
const special = listOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
/** Of those, what a place may have services of its own at: RFC 1918, RFC 6598, loopback. */
const near = listOf('ipv4', ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'])
/** Where clouds tell a machine its own secrets, where that is not link-local already: Azure, Alibaba. */
const metadata = listOf('ipv4', ['168.63.129.16/32', '100.100.100.200/32'])

/** Global unicast (RFC 4291 §2.4) is all of IPv6 that the Internet has. */
const global6 = listOf('ipv6', ['2000::/3'])
/** Within it: protocols and tunnels (Teredo, ORCHID, benchmarks), documentation, 6to4, AS112. */
const special6 = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'])
/** Unique local (RFC 4193) and loopback. */
const near6 = listOf('ipv6', ['fc00::/7', '::1/128'])
/** EC2 and Google Cloud. */
const metadata6 = listOf('ipv6', ['fd00:ec2::/32', 'fd20:ce::/32'])

/**
 * The range of an address in text. An IPv6 address that stands for an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo)
 * is refused, whatever it stands for, and so is one with a zone and what is no address.
 */
export function rangeOf(address: string): AddressRange {
  if (address.includes('%')) return 'refused'
  switch (isIP(address)) {
    case 4:
      if (metadata.check(address, 'ipv4')) return 'refused'
      if (near.check(address, 'ipv4')) return 'private'
      return special.check(address, 'ipv4') ? 'refused' : 'public'
    case 6:
      if (metadata6.check(address, 'ipv6')) return 'refused'
      if (near6.check(address, 'ipv6')) return 'private'
      return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6') ? 'public' : 'refused'
    default:
      return 'refused'
  }
}

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network = '', bits] = subnet.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  return list
}
