import type { IncomingMessage } from 'node:http'
import type { Actor, Content, From } from '../../engine/call.ts'
import type { Json } from '../../expr/value.ts'
import type { StopSignal } from '../../store/stop.ts'
import type { HttpAnswer } from './answer/answer.ts'
import type { RouteLines } from './answer/cors.ts'
import type { TextBody } from './request/body.ts'
import { decodeComponent, type QueryParameter } from './request/query-string.ts'
import type { Trace } from './trace.ts'

/** Path parameters by name, decoded. */
export type Params = Readonly<Record<string, string>>

/** The router has decoded them already; what cannot be stored is refused here. Throws a Problem `invalid-text`. */
export function checkParams(params: Params): void {
  for (const name in params) {
    const value = String(params[name])
    if (value.includes('\u0000')) decodeComponent(encodeURIComponent(value), `/path/${name}`)
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What decides who may call a route. A route without one does not start (classes 18 and 29). */
export type Rule =
  /** The operation's own rule and policies, which the engine applies whatever the path was. */
  | { readonly operation: string; readonly auth: 'required' | 'optional' }
  /** Several operations, each by its own rule. */
  | { readonly operations: 'exposed' }
  /** Open to everybody, for a reason that stands here. */
  | { readonly open: string }

/** One request on its way through a route. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly trace: Trace
  readonly from: From
  /** Null: there was no credential. A wrong one never gets here. */
  readonly actor: Actor | null
  /** Aborts when the caller goes away. */
  readonly signal: StopSignal
  /** Path parameters, decoded. */
  readonly params: Params
  /** The request target as it came, without its query. */
  readonly path: string
  /** Query parameters in their order; of each name one, but for those that may come again. Throws a Problem. */
  query(repeated?: ReadonlySet<string>): readonly QueryParameter[]
  /** The JSON body, of one of these media types. Throws a Problem. */
  body(accepted: readonly string[]): Promise<Json | undefined>
  /** The body as text, likewise. */
  text(accepted: readonly string[]): Promise<TextBody | undefined>
  /** Reads the body in another way; `keep`: whether there is room for so many bytes more in memory. */
  receive<T>(read: (keep: (bytes: number) => boolean) => Promise<T>): Promise<T>
  /** Calls when the answer has been sent, or its connection has ended. */
  answered(done: () => void): void
  /** The body as the bytes of a file, which nobody has read. Throws a Problem where there is none, or it is compressed. */
  content(): Content
}

export interface HttpRoute {
  readonly method: Method
  /** `/articles/:slug` */
  readonly path: string
  readonly rule: Rule
  /** Answered whatever there is to do, and by whatever name it was asked for: those who look after the service ask it. */
  readonly vital?: boolean
  /** Header lines of its own that it reads and writes. */
  readonly lines?: RouteLines
  /** Header lines of every answer at its path, refusals and that to `OPTIONS` too: what protocol is spoken. */
  readonly says?: Readonly<Record<string, string>>
  readonly answer: (exchange: Exchange) => Promise<HttpAnswer>
}

/** The methods of HTTP that a route answers. */
export const methodsOf = ({ method }: HttpRoute): Method[] | ('GET' | 'HEAD')[] =>
  method === 'GET' ? ['GET', 'HEAD'] : [method]

/** A line of the route inventory. */
export interface RouteEntry {
  readonly method: string
  readonly path: string
  readonly rule: Rule
}
