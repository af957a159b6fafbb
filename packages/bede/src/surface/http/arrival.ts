import type { IncomingMessage, ServerResponse } from 'node:http'
import type { From } from '../../engine/call.ts'
import type { Trace } from './trace.ts'

/** One request that has come, and its answer to be. */
export interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly trace: Trace
  readonly from: From
  /** It came over TLS, here or at a proxy that is trusted. */
  readonly https: boolean
  /** The pattern of the route that takes it; undefined: none does, or none is known yet. */
  readonly route: string | undefined
}
