import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Destination, Trust } from './destination.ts'
import { connectionFailure, failed, late } from './failure.ts'
import { byNameServers, bySystem, checkedLookup, type Resolve } from './resolve.ts'

/** One message on its way out. */
export interface Outgoing {
  readonly to: Destination
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  /** A connection of before may be used again. */
  readonly reuse: boolean
}

/** Sends a message and gives the head of its answer; the body is still to be read, and to be destroyed if it is not. */
export interface Connections {
  send(outgoing: Outgoing, signal: AbortSignal): Promise<IncomingMessage>
  close(): void
}

export interface ConnectionOptions {
  /** For tests: instead of the system and its name servers. */
  readonly resolve?: Resolve
  /** Certificates that are trusted beside those that Node trusts, PEM. */
  readonly ca?: string
}

/** Milliseconds to find, reach and greet the other side, and from there to the end of its headers. */
const connectTime = 5_000
const headersTime = 20_000
/** Bytes that the headers of an answer may take. */
const headersSize = 16 * 1024
/** Connections to one origin, to all together, and kept open without work, for so many milliseconds. */
const perOrigin = 32
const together = 256
const kept = { maxFreeSockets: 8, timeout: 10_000 }

/**
 * Connections of their own for each kind of trust: what was opened by one rule is never used again by another. To
 * addresses that others gave none is kept. Proxies that the environment names are not used: they would do the resolving.
 */
export function createConnections({ resolve, ca }: ConnectionOptions = {}): Connections {
  const kinds = {
    allowed: agents(checkedLookup(resolve ?? bySystem, 'allowed'), true),
    private: agents(checkedLookup(resolve ?? bySystem, 'private'), true),
    public: agents(checkedLookup(resolve ?? byNameServers, 'public'), false),
  } satisfies Record<Trust, unknown>

  function agents(lookup: NonNullable<RequestOptions['lookup']>, keeps: boolean) {
    const bounds = { maxSockets: perOrigin, maxTotalSockets: together, lookup }
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca }) }
    const one = (keepAlive: boolean) => {
      const how = keepAlive ? { ...bounds, ...kept, keepAlive } : { ...bounds, keepAlive }
      return { 'http:': new HttpAgent(how), 'https:': new HttpsAgent({ ...how, ...tls }) }
    }
    const fresh = one(false)
    return { reused: keeps ? one(true) : fresh, fresh }
  }

  return {
    send({ to, method, headers, body, reuse }, signal) {
      const { url, host, trust } = to
      const secure = url.protocol === 'https:'
      const of = kinds[trust][reuse ? 'reused' : 'fresh']
      const { promise, resolve: answered, reject } = Promise.withResolvers<IncomingMessage>()
      let timer: NodeJS.Timeout | undefined
      const end = (error: unknown): void => {
        clearTimeout(timer)
        reject(signal.aborted ? signal.reason : connectionFailure(url.origin, error))
      }
      const request = (secure ? requestHttps : requestHttp)({
        agent: secure ? of['https:'] : of['http:'],
        protocol: url.protocol,
        hostname: host,
        port: url.port || (secure ? 443 : 80),
        path: `${url.pathname}${url.search}`,
        method,
        headers: { ...headers, Host: url.host },
        setHost: false,
        signal,
        maxHeaderSize: headersSize,
        insecureHTTPParser: false,
      })
      const within = (milliseconds: number, what: string): void => {
        clearTimeout(timer)
        timer = setTimeout(() => request.destroy(late(url.origin, what, { passing: true })), milliseconds)
      }
      request.on('socket', (socket) => {
        const reached = () => within(headersTime, 'did not answer in time')
        if (!socket.connecting && request.reusedSocket) return reached()
        within(connectTime, 'could not be reached in time')
        socket.once(secure ? 'secureConnect' : 'connect', reached)
      })
      request.on('response', (response) => {
        clearTimeout(timer)
        answered(response)
      })
      request.on('error', end)
      // An upgrade that nobody asked for ends without an error of its own.
      request.on('close', () => end(failed(url.origin, 'broke off', { passing: true })))
      request.end(body)
      return promise
    },
    close() {
      for (const { reused, fresh } of Object.values(kinds))
        for (const agent of [reused, fresh].flatMap(Object.values<HttpAgent>)) agent.destroy()
    },
  }
}
