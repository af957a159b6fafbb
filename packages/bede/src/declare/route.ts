// biome-ignore lint/suspicious/noShadowRestrictedNames: what it is in messages of the compiler
import type { Answerable, Assigned, Of, TypeError } from '../model/expression.ts'
import type { AnyField, Inputs, None, Passed, Received, Sent } from '../model/field.ts'
import type { Answer, InputRow, ShapeValue } from '../model/row.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { type Action, ActionDeclaration, type Auth } from './action.ts'
import { type Deprecated, deprecated } from './deprecated.ts'
import { type Exclusive, type RecordedExclusive, recordExclusive } from './exclusive.ts'
import { failureOf, recordedOr } from './failed.ts'
import type { Handler, Hands } from './handler.ts'
import { fieldsOnly, type InputDeclarations, inputRow } from './inputs.ts'
import { isolationOf } from './isolation.ts'
import { type Limited, type RecordedLimited, recordLimited } from './limits.ts'
import { type Endpoint, type Method, type ParamNames, type Params, splitEndpoint } from './path.ts'
import { answerOf, mistaken, part, record } from './recording.ts'
import { type ActorDeclaration, type ActorRow, type ActorValue, actorRow, now } from './scope.ts'
import { type RecordedShape, Shaped, shapeOf } from './shape.ts'
import { type PassedInput, recordPassed } from './write.ts'

declare const answers: unique symbol
/** A path with its own shape. `T`: its answer in JSON. */
export interface Route<T> {
  readonly [answers]: T
}

type Absent<U> = U extends 'optional' ? null : never

export interface RouteScope<P extends Endpoint, A, U, O, Q, B> {
  readonly params: InputRow<Params<P, O>>
  readonly query: InputRow<Q>
  readonly body: InputRow<B>
  readonly actor: ActorRow<A, Absent<U>>
  readonly now: Of<'timestamp', string>
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

export interface HandlerScope<P extends Endpoint, A, U, O, Q, B> extends Hands<ActorValue<A> | Absent<U>> {
  readonly params: Received<Params<P, O>>
  readonly query: Plain<Q>
  readonly body: Plain<B>
}
type Plain<I> = { readonly [N in keyof I]: I[N] extends AnyField ? Sent<I[N]> : never }

type Returned<V, T> = [V] extends [never] ? ([T] extends [never] ? undefined : T) : Answer<V>

/** `route('GET /api/articles/:slug', { … })` */
export type RouteVerb<A> = <
  const P extends Endpoint,
  I = None,
  R = undefined,
  const V extends ShapeValue = never,
  T = never,
  const U extends Auth = 'required',
  const O extends Inputs = None,
  const Q extends Inputs = None,
  const B extends Inputs = None,
>(
  endpoint: P,
  options: RouteOptions<P, A, U, O, Q, B, I, R, V, T>,
) => Route<Returned<V, T>>

/** The compiler's word on a parameter that the path does not have. */
type NoOthers<P extends string, O> = {
  readonly [N in Exclude<keyof O & string, ParamNames<P>>]: TypeError<`The path has no parameter ':${N}'.`>
}

/** A route has one of `answers`, `calls` (with an answer of its own, or none) and `run`. */
export interface RouteOptions<P extends Endpoint, A, U, O, Q, B, I, R, V, T> extends Limited {
  /** `required` unless said otherwise. */
  readonly auth?: U
  /** Types of path parameters that are not text. */
  readonly params?: O & { readonly [N in ParamNames<P>]?: AnyField } & NoOthers<P, O>
  readonly query?: Q
  readonly body?: B
  /** The status of success. */
  readonly status?: number
  readonly summary?: string
  /** What an API key needs to call it; absent: no key can. With one that ends in `:read`, a key's call writes nothing. */
  readonly scope?: string
  readonly deprecated?: Deprecated
  /** The answer, compiled to one statement. Of an action that is called, `result` is its own answer. */
  readonly answers?: (scope: RouteScope<P, A, U, O, Q, B> & { readonly result: Answerable<R> }) => V
  /** The compiled action this route performs: one statement with its answer. */
  readonly calls?: Action<I, R>
  /** The action's inputs, out of the route's. Absent: by name, from the path and the declared query; what is left is the body. */
  readonly with?: (scope: RouteScope<P, A, U, O, Q, B>) => Passing<I>
  /** Runs in one transaction. Its answer is JSON, `html`, a `file`, a `stream` or an `answer` with status and headers. */
  readonly run?: (scope: HandlerScope<P, A, U, O, Q, B>) => Promise<T> | T
  /** The shape of a JSON answer of `run`, checked on its way out. */
  readonly output?: Inputs
  /** The answer of `run` holds a secret: it is never kept or logged. */
  readonly sensitive?: true
  /** Of `run`: which calls never run at the same time, whoever makes them. */
  readonly exclusive?: Exclusive<RouteScope<P, A, U, O, Q, B>>
  /** Of `run`: as if one call ran after the other. What another call undoes is run again, a few times. */
  readonly isolation?: 'serializable'
}

export interface RouteInputs {
  readonly params: InputDeclarations
  readonly query: InputDeclarations
  readonly body: InputDeclarations
}

export class RouteDeclaration {
  readonly method: Method
  readonly path: string
  readonly auth: Auth
  readonly inputs: RouteInputs
  readonly status: number | undefined
  readonly summary: string | undefined
  readonly scope: string | undefined
  readonly limited: RecordedLimited | undefined
  readonly deprecated: Deprecated | undefined
  readonly does:
    | { readonly kind: 'answers'; readonly shape: RecordedShape }
    | {
        readonly kind: 'calls'
        readonly action: ActionDeclaration
        readonly with: readonly PassedInput[]
        readonly shape: RecordedShape | undefined
      }
    | {
        readonly kind: 'run'
        readonly handler: Handler
        readonly output: InputDeclarations | undefined
        readonly sensitive: boolean
        readonly exclusive: RecordedExclusive | undefined
        readonly isolation: 'serializable' | undefined
      }
  readonly actor: ActorDeclaration
  constructor(parts: RouteDeclaration) {
    this.method = parts.method
    this.path = parts.path
    this.auth = parts.auth
    this.inputs = parts.inputs
    this.status = parts.status
    this.summary = parts.summary
    this.scope = parts.scope
    this.limited = parts.limited
    this.deprecated = parts.deprecated
    this.does = parts.does
    this.actor = parts.actor
  }
}

/** Stands for an action's own answer inside a route's; the linker puts it in. */
const resultMark: RecordedShape = Object.freeze({ kind: 'object', members: Object.freeze({}) })
export const isResult = (shape: RecordedShape): boolean => shape === resultMark

interface Loose {
  readonly auth?: Auth
  readonly params?: InputDeclarations
  readonly query?: InputDeclarations
  readonly body?: InputDeclarations
  readonly status?: number
  readonly summary?: string
  readonly scope?: string
  readonly cost?: unknown
  readonly limits?: unknown
  readonly deprecated?: Deprecated
  readonly answers?: (scope: object) => unknown
  readonly calls?: unknown
  readonly with?: (scope: object) => unknown
  readonly run?: (scope: object) => unknown
  readonly output?: InputDeclarations
  readonly sensitive?: true
  readonly exclusive?: unknown
  readonly isolation?: unknown
}

const without = (declared: InputDeclarations, names: readonly string[]): InputDeclarations =>
  Object.fromEntries(Object.entries(declared).filter(([name]) => !names.includes(name)))

/** Inputs of a route as declared; a parameter that its path does not have is a mistake. */
const inputsOf = (endpoint: string, names: readonly string[], options: Loose): RouteInputs => {
  const called = options.with === undefined && options.calls instanceof ActionDeclaration ? options.calls.input : {}
  const declared = fieldsOnly('params', options.params)
  for (const name of Object.keys(declared).filter((one) => !names.includes(one))) {
    const meant = nearest(name, names)
    mistaken(
      new Problem('invalid-declaration', {
        message: `'${endpoint}' has no parameter ':${name}'`,
        hint:
          meant === undefined ? 'Write it into the path, or take it out of params.' : `Perhaps you meant '${meant}'.`,
      }),
    )
  }
  return {
    params: Object.fromEntries(
      names.map((name) => [name, declared[name] ?? called[name] ?? { face: 'field', type: { kind: 'text' } }]),
    ),
    query: fieldsOnly('query', options.query),
    body:
      options.body === undefined
        ? without(called, [...names, ...Object.keys(options.query ?? {})])
        : fieldsOnly('body', options.body),
  }
}

const whatItDoes = (
  inputs: RouteInputs,
  actor: ActorDeclaration,
  auth: Auth,
  options: Loose,
): RouteDeclaration['does'] => {
  const scope = {
    params: inputRow(inputs.params, ['params']),
    query: inputRow(inputs.query, ['query']),
    body: inputRow(inputs.body, ['body']),
    actor: actorRow(actor, auth === 'required'),
    now: now(),
  }
  if (options.run !== undefined) {
    const { run, sensitive = false } = options
    const output = options.output && fieldsOnly('output', options.output)
    const exclusive = recordExclusive(options.exclusive, scope)
    const isolation = isolationOf(options.isolation)
    const handler: Handler = ({ input, ...hands }) => run({ ...hands, ...input })
    return { kind: 'run', handler, output, sensitive, exclusive, isolation }
  }
  for (const name of ['exclusive', 'isolation'] as const)
    if (options[name] !== undefined)
      mistaken(
        new Problem('invalid-declaration', {
          message: `A route without run has no ${name}`,
          hint: 'Say it of the action that the route calls.',
        }),
      )
  const { answers } = options
  if (options.calls instanceof ActionDeclaration) {
    const action = options.calls
    // What is wrong with the action is said of the action.
    if (failureOf(action) !== undefined) return { kind: 'calls', action, with: [], shape: undefined }
    const given = options.with === undefined ? { ...scope.body, ...scope.query, ...scope.params } : undefined
    return {
      kind: 'calls',
      action,
      with: part<PassedInput[]>('with', [], () =>
        recordPassed(action.input, given ?? answerOf('with', options.with, scope)),
      ),
      shape: answers && shapeOf(answerOf('answers', answers, { ...scope, result: new Shaped(resultMark) })),
    }
  }
  if (answers !== undefined) return { kind: 'answers', shape: shapeOf(answerOf('answers', answers, scope)) }
  throw new Problem('invalid-declaration', {
    message: 'It does nothing',
    hint: 'A route has one of answers, calls and run.',
  })
}

export const recordRoute = (actor: ActorDeclaration, endpoint: string, options: Loose): RouteDeclaration => {
  const { method, path, params } = splitEndpoint(endpoint)
  const { auth = 'required', status, summary, scope } = options
  const parts = { method, path, auth, status, summary, scope, actor }
  const make = () =>
    record(endpoint, () => {
      const inputs = inputsOf(endpoint, params, options)
      return { inputs, does: whatItDoes(inputs, actor, auth, options), limited: recordLimited(options) }
    })
  return recordedOr(
    endpoint,
    undefined,
    () => new RouteDeclaration({ ...parts, ...make(), deprecated: deprecated(endpoint, options.deprecated) }),
    () =>
      new RouteDeclaration({
        ...parts,
        inputs: { params: {}, query: {}, body: {} },
        does: { kind: 'answers', shape: resultMark },
        limited: undefined,
        deprecated: undefined,
      }),
  )
}
