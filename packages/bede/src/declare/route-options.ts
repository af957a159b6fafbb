// biome-ignore lint/suspicious/noShadowRestrictedNames: what it is in messages of the compiler
import type { Answerable, Assigned, Expected, Of, TypeError } from '../model/expression.ts'
import type { AnyField, Inputs, None, Passed, Received, Sent } from '../model/field.ts'
import type { Answer, InputRow, ShapeValue } from '../model/row.ts'
import type { Action, Auth } from './action.ts'
import type { Deprecated } from './deprecated.ts'
import type { Exclusive } from './exclusive.ts'
import type { Hands } from './handler.ts'
import type { Limited } from './limits.ts'
import type { Endpoint, ParamNames, Params } from './path.ts'
import type { Also, Responses, Shape } from './responses.ts'
import type { Returnable } from './returnable.ts'
import type { ActorRow, ActorValue } from './scope.ts'
import type { Uploaded, Uploads } from './uploads.ts'

declare const answers: unique symbol
/** A path with its own shape. `T`: its answer in JSON. */
export interface Route<T> {
  readonly [answers]: T
}

type Absent<U> = U extends 'optional' ? null : never

/** What is known of a call before its body is read. */
interface HeadScope<P extends Endpoint, A, U, O, Q, H> {
  readonly params: InputRow<Params<P, O>>
  readonly query: InputRow<Q>
  readonly headers: InputRow<H>
  readonly actor: ActorRow<A, Absent<U>>
  readonly now: Of<'timestamp', string>
}

export interface RouteScope<P extends Endpoint, A, U, O, Q, B, H> extends HeadScope<P, A, U, O, Q, H> {
  readonly body: B extends AnyField ? InputRow<{ readonly body: B }>['body'] : InputRow<B>
}

/** Values for the inputs of an action. */
export type Passing<I> = {
  readonly [N in keyof I as NeedOf<I[N]> extends 'needed' ? N : never]: PassedValue<I[N]>
} & { readonly [N in keyof I as NeedOf<I[N]> extends 'needed' ? never : N]?: PassedValue<I[N]> }
type NeedOf<F> = F extends AnyField ? Passed<F> : 'needed'
type PassedValue<F> = F extends { readonly kind: 'object'; readonly members: infer I }
  ? Passing<I>
  : F extends AnyField
    ? Assigned<F['family'], Sent<F>>
    : never

export interface HandlerScope<P extends Endpoint, A, U, O, Q, B, H, C, F> extends Hands<ActorValue<A> | Absent<U>> {
  readonly params: Received<Params<P, O>>
  readonly query: Plain<Q>
  readonly headers: Plain<H>
  readonly cookies: Plain<C>
  readonly body: B extends AnyField ? Sent<B> : Plain<B>
  /** The files that came, each what its declaration says, by its bytes. They are gone when the answer has been sent. */
  readonly uploads: Uploaded<F>
}
type Plain<I> = { readonly [N in keyof I]: I[N] extends AnyField ? Sent<I[N]> : never }

type Returned<V, T> = [V] extends [never] ? ([T] extends [never] ? undefined : T) : Answer<V>

/** `route('GET /api/articles/:slug', { … })` */
export type RouteVerb<A> = <
  const P extends Endpoint,
  I = None,
  R = undefined,
  const V extends ShapeValue = never,
  const U extends Auth = 'required',
  const O extends Inputs = None,
  const Q extends Inputs = None,
  const B extends Shape = None,
  const H extends Inputs = None,
  const C extends Inputs = None,
  const F extends Uploads = None,
  const S extends number = never,
  const J extends Shape = never,
  const M extends string = never,
  const K extends Also = never,
  const Rs extends Responses = never,
  const T extends Returnable<S, J, M, K, Rs> = never,
>(
  endpoint: P,
  options: RouteOptions<P, A, U, O, Q, B, H, C, F, I, R, V, S, J, M, K, Rs, T>,
) => Route<Returned<V, T>>

/** The compiler's word on a parameter that the path does not have. */
type NoOthers<P extends string, O> = {
  readonly [N in Exclude<keyof O & string, ParamNames<P>>]: TypeError<`The path has no parameter ':${N}'.`>
}

/** A route has one of `answers`, `calls` (with an answer of its own, or none) and `run`. */
export interface RouteOptions<P extends Endpoint, A, U, O, Q, B, H, C, F, I, R, V, S, J, M, K, Rs, T> extends Limited {
  /** `required` unless said otherwise. */
  readonly auth?: U
  /** Types of path parameters that are not text. */
  readonly params?: O & { readonly [N in ParamNames<P>]?: AnyField } & NoOthers<P, O>
  readonly query?: Q
  /** Lists in the query that come as one parameter for each item: `?tag=a&tag=b`. Others are one value with commas. */
  readonly repeated?: readonly (keyof Q & string)[]
  /** Header lines, by their names, in any case. */
  readonly headers?: H
  /** `run` only: cookies, by their names. */
  readonly cookies?: C
  /** The members of the body, or one field for a body that is a list or a text. */
  readonly body?: B
  /** Media types of the body; `application/json`, and with `files` `multipart/form-data`, when absent. */
  readonly accepts?: string | readonly string[]
  /** `run` only: files that come with the call. */
  readonly files?: F
  /** `run` only: who may call; over what is known before the body is read. */
  readonly allow?: (scope: HeadScope<P, A, U, O, Q, H>) => Expected['condition']
  /** The status of success. */
  readonly status?: S
  readonly summary?: string
  /** What an API key needs to call it; absent: no key can. With one that ends in `:read`, a key's call writes nothing. */
  readonly scope?: string
  readonly deprecated?: Deprecated
  /** The answer, compiled to one statement. Of an action that is called, `result` is its own answer. */
  readonly answers?: (scope: RouteScope<P, A, U, O, Q, B, H> & { readonly result: Answerable<R> }) => V
  /** The compiled action this route performs: one statement with its answer. */
  readonly calls?: Action<I, R>
  /** The action's inputs, out of the route's. Absent: by name, from the path and the declared query; what is left is the body. */
  readonly with?: (scope: RouteScope<P, A, U, O, Q, B, H>) => Passing<I>
  /** Runs in one transaction. Its answer is JSON, `html`, `sendFile`, a `stream` or an `answer` with status and headers. */
  readonly run?: (scope: HandlerScope<P, A, U, O, Q, B, H, C, F>) => Promise<T> | T
  /** `run` only: the shape of its JSON, checked on its way out: members of an object, or one field. */
  readonly output?: J
  /** `run` only: the media type of an answer that is not JSON; with `output`, of JSON under another name. */
  readonly produces?: M
  /** `run` only: other media types of the same answer. `Accept` decides, and the handler answers with `byMedia`. */
  readonly also?: K
  /**
   * `run` only: other statuses with their own shapes, `'4XX'` for all that begin with a 4, `default` for those that are
   * not named. Beside them the handler answers with none.
   */
  readonly responses?: Rs
  /** The answer of `run` holds a secret: it is never kept or logged. */
  readonly sensitive?: true
  /** Of `run`: which calls never run at the same time, whoever makes them. */
  readonly exclusive?: Exclusive<RouteScope<P, A, U, O, Q, B, H>>
  /** Of `run`: as if one call ran after the other. What another call undoes is run again, a few times. */
  readonly isolation?: 'serializable'
}
