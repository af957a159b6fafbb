import { lookup, Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { type AddressRange, rangeOf } from './address-range.ts'
import { noPublicAddress, type Trust } from './destination.ts'

/** All addresses of a name, IPv4 and IPv6. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** An answer with more addresses than this is no service's. */
const mostAddresses = 32
/** Milliseconds, and attempts, for a name server that somebody else's name leads to. */
const nameServer = { timeout: 1_500, tries: 2 }

/** Names that handlers chose: as this machine resolves them, its hosts file and search domains included. */
export const bySystem: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address)

/**
 * Names that others gave: asked of the name servers alone. The system's way blocks one of the few threads that hash
 * passwords too, for as long as a slow name server likes.
 */
export const byNameServers: Resolve = async (host) => {
  const resolver = new Resolver(nameServer)
  const asked = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  const found = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const failed = asked.find((one) => one.status === 'rejected' && !isNoSuchName(one.reason))
  // An answer without its half might be without the half that is refused.
  if (failed?.status === 'rejected') throw failed.reason
  return found
}

/**
 * What connects asks here, once for each connection, and connects to nothing else than it is given: no other answer of
 * the name server can come between the check and the use (class 106). One wrong address among several refuses them all.
 */
export function checkedLookup(resolve: Resolve, trust: Trust): LookupFunction {
  return (host, options, callback) => {
    checked(host, resolve, trust).then(
      (addresses) => {
        const [first] = addresses
        if (options.all) callback(null, [...addresses])
        else callback(null, first?.address ?? '', first?.family ?? 0)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

interface Address {
  readonly address: string
  readonly family: 4 | 6
}

async function checked(host: string, resolve: Resolve, trust: Trust): Promise<readonly Address[]> {
  const found = await resolve(host).catch((error: unknown) => {
    if (isNoSuchName(error)) return []
    throw error
  })
  if (found.length === 0) throw noPublicAddress(`${host} has no address`)
  if (found.length > mostAddresses) throw noPublicAddress(`${host} has ${found.length} addresses`)
  for (const address of found) {
    if (!mayConnect(rangeOf(address), trust)) throw noPublicAddress(`${host} has the address ${address}`)
  }
  return found.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }))
}

const mayConnect = (range: AddressRange, trust: Trust): boolean =>
  range === 'public' || (range === 'private' && trust === 'private')

const isNoSuchName = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')
