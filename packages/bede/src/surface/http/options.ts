import type { Actor } from '../../engine/call.ts'
import type { EdgeLimits } from '../../engine/limits/edge-limits.ts'
import type { StopSignal } from '../../store/stop.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { OnError } from '../../telemetry/report.ts'
import type { Tracing } from '../../telemetry/tracing.ts'
import type { CorsOptions } from './answer/cors.ts'
import type { ProblemForm } from './answer/problem-answer.ts'
import type { ConnectionLimits } from './edge/connections.ts'
import type { FlightLimits } from './edge/flights.ts'
import type { ProxyHeader } from './edge/passed-on.ts'
import type { BodyLimits } from './request/body.ts'
import type { Watch } from './watch.ts'

export interface HttpLimits extends BodyLimits, ConnectionLimits, FlightLimits {
  /** Bytes of all header lines together. */
  readonly headers: number
  readonly headerLines: number
  /** Letters of the request target. */
  readonly target: number
  readonly queryParameters: number
  /** Requests that may wait on one connection for the answer to an earlier one. */
  readonly pipelined: number
  /** Milliseconds in which the header lines must have come. */
  readonly headersTime: number
  /** Milliseconds that a whole request may take, however well it comes. */
  readonly transferTime: number
  /** Milliseconds that a connection may stay open without a request. */
  readonly idleTime: number
  /** Milliseconds an operation may take before it is stopped. */
  readonly operationTime: number
  /**
   * Milliseconds that `close` goes on serving, while readiness says no and each answer asks to close its connection:
   * whoever distributes calls has so long to send them elsewhere.
   */
  readonly drainTime: number
  /** Milliseconds that `close` waits for what is in flight. */
  readonly stopTime: number
}

export const defaultLimits: HttpLimits = {
  bytes: 1_048_576,
  depth: 32,
  values: 10_000,
  headers: 16_384,
  headerLines: 100,
  target: 8_192,
  queryParameters: 100,
  pipelined: 16,
  headersTime: 10_000,
  requestTime: 30_000,
  transferTime: 600_000,
  idleTime: 60_000,
  operationTime: 15_000,
  drainTime: 0,
  stopTime: 10_000,
  connections: 4_000,
  connectionsOfOne: 500,
  stallTime: 20_000,
  readRate: 20_000,
  atOnce: 1_000,
  held: 67_108_864,
  lateness: 1_000,
}

/** Sessions that browsers keep in a cookie. */
export interface CookieSessions {
  readonly name: string
  /** The line of `Set-Cookie` that takes it away. */
  readonly cleared: string
  /** Whose it is; null: nobody's, which is a 401. */
  readonly authenticate: (credential: string, signal: StopSignal) => Promise<Actor | null>
}

export interface HttpOptions {
  /** Named in `WWW-Authenticate`. */
  readonly name: string
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 3000; 0 takes any free one. */
  readonly port?: number
  /** Other processes of this service listen on the same port, and the kernel distributes connections among them. */
  readonly shared?: boolean
  /** Listen beyond this machine although this is development. */
  readonly exposed?: boolean
  /** Shows times and reasons that production keeps to itself. */
  readonly development?: boolean
  readonly limits?: Partial<HttpLimits>
  /** Counts what reaches no operation. Absent: nothing is limited. */
  readonly counting?: EdgeLimits
  /** Default: closed. */
  readonly cors?: CorsOptions
  /** Addresses or networks whose word on a caller is believed, as `readNetworks` has them. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** In which headers they say it; the other ones are not looked at. Default `x-forwarded`. */
  readonly proxyHeader?: ProxyHeader
  /** Names by which it may be asked for, beside the one of its origin: `api.example`, `*.app.example`. */
  readonly hosts?: readonly string[]
  /** Seconds that browsers are told to come over TLS alone (RFC 6797 §6.1.1); 0 takes it back. Default: a year. */
  readonly hsts?: number
  /** The scheme of the Authorization header. Default `Bearer`. */
  readonly scheme?: string
  /** Whose credential this is; null: nobody's, which is a 401. Absent: every credential is refused. */
  readonly authenticate?: (credential: string, signal: StopSignal) => Promise<Actor | null>
  /** The cookie in which browsers bring sessions. Absent: cookies are not looked at. */
  readonly cookie?: CookieSessions
  /** The origin at which people reach this service, as browsers send it: `https://app.example`. */
  readonly origin?: string
  /** Resolves when calls can be served; rejects otherwise. */
  readonly ready?: () => Promise<void>
  readonly problem?: ProblemForm
  /** Spans for requests; absent: there are none. */
  readonly tracing?: Tracing
  /** Is told of every request and refusal. */
  readonly watch?: Watch
  /** Is told of failures of ours that no operation had a part in. */
  readonly onError?: OnError
  readonly log?: Logger
}
