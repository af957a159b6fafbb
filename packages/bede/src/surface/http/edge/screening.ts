import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '../../../telemetry/problem.ts'
import type { Arrival } from '../arrival.ts'
import type { HttpLimits, HttpOptions } from '../options.ts'
import { authorityOf, checkTarget } from '../request/request-target.ts'
import { createHosts } from './hosts.ts'
import { isLoopback } from './listen-address.ts'
import type { Peers } from './peers.ts'
import { refuseSocket } from './refuse-socket.ts'
import { createPageCheck } from './same-origin.ts'
import { refuseDoubledHeaders } from './single-header.ts'

/** What is looked at before any route is asked. */
export interface Screening {
  /** Whether the connection was ended for what came on it: then there is nobody to answer. */
  ends(arrival: Arrival): boolean
  /** Throws a Problem. `vital`: it is answered by whatever name it was asked for. */
  check(request: IncomingMessage, vital: boolean): void
}

export function createScreening(options: HttpOptions, limits: HttpLimits, peers: Peers): Screening {
  const { origin, hosts: names, development = false } = options
  const hosts = createHosts({ origin, names, development })
  const checkPage = development ? createPageCheck(options) : undefined
  /** Requests that wait for others of their connection. */
  const heaps = new WeakMap<Socket, number>()

  return {
    ends: (arrival) => isHeaped(arrival) || isCoded(arrival),
    check(request, vital) {
      const { url = '', rawHeaders } = request
      checkTarget(url, limits.target)
      refuseDoubledHeaders(rawHeaders)
      checkHeaderSize(rawHeaders)
      if (!vital) checkHost(request)
    },
  }

  /**
   * Whoever sends many requests without waiting for an answer has the answers kept here, and asks for more work than
   * its share: the connection ends. An answer that has to wait for another on its connection has no socket yet.
   */
  function isHeaped({ request: { socket }, response }: Arrival): boolean {
    if (response.socket !== null) return false
    const waiting = (heaps.get(socket) ?? 0) + 1
    heaps.set(socket, waiting)
    response.once('close', () => heaps.set(socket, (heaps.get(socket) ?? 1) - 1))
    if (waiting > limits.pipelined) socket.resetAndDestroy()
    return socket.destroyed
  }

  /**
   * A body in a coding that was not agreed upon (RFC 9112 §6.1) ends where others may see it end elsewhere: nothing that
   * comes after it on the connection is a request.
   */
  function isCoded({ request: { headers, socket } }: Arrival): boolean {
    const coding = headers['transfer-encoding']
    if (coding === undefined || coding.toLowerCase() === 'chunked') return false
    refuseSocket(new Error('transfer-encoding'), socket)
    return true
  }

  /** The name in the target goes before the one in the header (RFC 9112 §3.2.2). */
  function checkHost(request: IncomingMessage): void {
    const host = authorityOf(request.url ?? '') ?? peers.hostOf(request)
    hosts.check(host, () => isLoopback(request.socket.remoteAddress ?? ''))
    checkPage?.(request.headers)
  }

  function checkHeaderSize(raw: readonly string[]): void {
    if (raw.length > limits.headerLines * 2)
      throw new Problem('header-too-large', { message: `There may be ${limits.headerLines} header lines.` })
    // Each line has a colon, a space and an end beside its two parts.
    let size = 0
    for (const part of raw) size += part.length + 2
    if (size > limits.headers)
      throw new Problem('header-too-large', { message: `The headers may have ${limits.headers} bytes.` })
  }
}
