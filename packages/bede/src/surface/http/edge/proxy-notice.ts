import type { IncomingMessage } from 'node:http'
import type { Logger } from '../../../telemetry/logger.ts'
import { plainAddress } from './networks.ts'
import { namesCallers, type ProxyHeader } from './passed-on.ts'
import type { Peers } from './peers.ts'

/** Lines at most, and milliseconds between two: whoever sends these headers from many addresses fills no log with it. */
const most = 50
const pause = 10_000

/**
 * Tells whoever runs the service that requests come through somebody who says who called and is not believed: then all
 * who come that way are one caller to the limits, and nothing else would show it. Once for each address.
 */
export function createProxyNotice(
  log: Logger,
  peers: Peers,
  proxyHeader: ProxyHeader = 'x-forwarded',
  clock: () => number = () => performance.now(),
): (request: IncomingMessage) => void {
  const told = new Set<string>()
  let next = Number.NEGATIVE_INFINITY
  const other: ProxyHeader = proxyHeader === 'forwarded' ? 'x-forwarded' : 'forwarded'
  const [own, others] = [namesCallers[proxyHeader], namesCallers[other]]

  return ({ headers, socket }) => {
    const said = headers[own] !== undefined
    if (!said && headers[others] === undefined) return
    const { remoteAddress = '' } = socket
    const named = peers.isProxy(remoteAddress)
    if (named && said) return
    const address = plainAddress(remoteAddress) ?? ''
    if (address === '' || told.has(address) || told.size >= most) return
    const now = clock()
    if (now < next) return
    next = now + pause
    told.add(address)
    if (named) {
      log.warn('a proxy that is trusted says who calls in a header that is not read: all its callers count as one', {
        address,
        setting: `BEDE_PROXY_HEADER=${other}`,
        if: 'the proxy writes that header itself and passes none on that came to it',
      })
    } else {
      log.warn('an address that is not trusted says who calls: all who come from there count as one', {
        address,
        setting: `BEDE_TRUSTED_PROXIES=${address}`,
        if: 'it is a proxy of yours',
      })
    }
  }
}
