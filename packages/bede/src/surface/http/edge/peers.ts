import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { Problem } from '../../../telemetry/problem.ts'
import { type Networks, plainAddress, readNetworks } from './networks.ts'
import { type ProxyHeader, passedOnBy } from './passed-on.ts'

/** Who is at the other end of a connection, and at the other end of the proxies that are trusted. */
export interface Peers {
  /** The address of the caller, in one form whoever says it; IPv6 without its zone. Empty: the connection has ended. */
  addressOf(request: IncomingMessage): string
  /** Whether the caller came over TLS; undefined: nobody who is believed has said so. */
  secureOf(request: IncomingMessage): boolean | undefined
  /** The name that the caller asked for. */
  hostOf(request: IncomingMessage): string | undefined
  /** Whether an address is one of the proxies. */
  isProxy(address: string): boolean
}

/**
 * What a trusted proxy says of the caller in the headers that it is named with, each read from its end, where the nearest
 * proxy writes; what anybody else says there is not looked at, and neither is the other family of headers, nor any other
 * spelling. Throws a Problem `invalid-setting` for what is no network.
 */
export function createPeers(trustedProxies: readonly string[] = [], proxyHeader: ProxyHeader = 'x-forwarded'): Peers {
  const proxies: Networks = readNetworks(trustedProxies, (entry, reason) => {
    const message = `trustedProxies: '${entry}': ${reason}.`
    throw new Problem('invalid-setting', { message, hint: 'For example: 10.0.0.0/8, fd00::/8, 192.0.2.10' })
  })
  const passed = passedOnBy[proxyHeader]
  const trusting = trustedProxies.length > 0
  const passedOn = ({ socket }: IncomingMessage): boolean => trusting && proxies.has(socket.remoteAddress ?? '')

  return {
    isProxy: (address) => trusting && proxies.has(address),
    addressOf(request) {
      const near = plainAddress(request.socket.remoteAddress ?? '') ?? ''
      return passedOn(request) ? farthest(near, passed.hops(request.headers)) : near
    },
    secureOf(request) {
      if ('encrypted' in request.socket) return true
      if (!passedOn(request)) return undefined
      const said = passed.proto(request.headers)?.toLowerCase()
      return said === undefined ? undefined : said === 'https'
    },
    hostOf(request) {
      const { host } = request.headers
      return passedOn(request) ? (passed.host(request.headers) ?? host) : host
    },
  }

  /**
   * From the nearest hop outward: an entry counts where the one who wrote it is trusted, which is its right neighbor. What
   * is no address ends the way: then the last hop that is known is all that is known.
   */
  function farthest(near: string, hops: string): string {
    let known = near
    for (let end = hops.length; end > 0 && proxies.has(known); ) {
      const { address, before } = passed.hop(hops, end)
      const hop = plainAddress(withoutPort(address))
      if (hop === undefined) break
      known = hop
      end = before
    }
    return known
  }
}

/** Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const found = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(hop)
  return found?.[1] ?? found?.[2] ?? (isIP(hop) === 0 ? '' : hop)
}
