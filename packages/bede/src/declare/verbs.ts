import type { Expected, Of } from '../model/expression.ts'
import type { AnyField, Inputs, None, Sent } from '../model/field.ts'
import type { InputRow } from '../model/row.ts'
import type { Auth } from './action.ts'
import { type Exclusive, recordExclusive } from './exclusive.ts'
import { recordedOr } from './failed.ts'
import type { Handler, Hands } from './handler.ts'
import { HandlerDeclaration } from './handler-declaration.ts'
import { fieldsOnly, type InputDeclarations, inputRow } from './inputs.ts'
import { isolationOf } from './isolation.ts'
import { type Limited, recordLimited } from './limits.ts'
import { rule } from './recorded.ts'
import { answerOf, record } from './recording.ts'
import { type RouteVerb, recordRoute } from './route.ts'
import { type ActorDeclaration, type ActorFields, type ActorRow, type ActorValue, actorRow, now } from './scope.ts'

declare const runs: unique symbol
/** An imperative action: it takes an `I` and answers an `R`. */
export interface HandlerAction<I, R> {
  readonly [runs]: (input: I) => R
}

type Absent<U> = U extends 'optional' ? null : never
type Plain<I> = { readonly [N in keyof I]: I[N] extends AnyField ? Sent<I[N]> : never }

interface CallScope<A, I, U> {
  readonly input: InputRow<I>
  readonly actor: ActorRow<A, Absent<U>>
  readonly now: Of<'timestamp', string>
}

export interface HandlerActionOptions<A, I, O, U, R> extends Limited {
  readonly input?: I
  /** The shape of the answer, checked on its way out. */
  readonly output?: O
  readonly auth?: U
  readonly summary?: string
  /** Who may call; over the actor and the input only. */
  readonly allow?: (scope: CallScope<A, I, U>) => Expected['condition']
  /** Which calls never run at the same time, whoever makes them. */
  readonly exclusive?: Exclusive<CallScope<A, I, U>>
  /** As if one call ran after the other. What another call undoes is run again, a few times: do nothing outside `db` and `emit`. */
  readonly isolation?: 'serializable'
  /** The answer holds a secret: it is never kept or logged. */
  readonly sensitive?: true
  /** What an API key needs to call it; absent: no key can. With one that ends in `:read`, a key's call writes nothing. */
  readonly scope?: string
  readonly run: (scope: Hands<ActorValue<A> | Absent<U>> & { readonly input: Plain<I> }) => Promise<R> | R
}

/** `action({ input, run })`: for what no single statement can do. One transaction; policies still hold. */
export type HandlerActionVerb<A> = <
  const I extends Inputs = None,
  const O extends Inputs = never,
  const U extends Auth = 'required',
  R = unknown,
>(
  options: HandlerActionOptions<A, I, O, U, [O] extends [never] ? R : Plain<NoInfer<O>>>,
) => HandlerAction<I, [O] extends [never] ? R : Plain<O>>

interface Loose {
  readonly input?: InputDeclarations
  readonly output?: InputDeclarations
  readonly auth?: Auth
  readonly summary?: string
  readonly allow?: (scope: object) => unknown
  readonly sensitive?: true
  readonly exclusive?: unknown
  readonly isolation?: unknown
  readonly scope?: string
  readonly cost?: unknown
  readonly limits?: unknown
  readonly run: (scope: object) => unknown
}

const recordHandler = (actor: ActorDeclaration, options: Loose): HandlerDeclaration => {
  const { auth = 'required', allow, sensitive = false, summary, scope, run } = options
  const handler: Handler = (context) => run(context)
  const parts = { auth, sensitive, summary, scope, handler }
  const make = () =>
    record('action', () => {
      const input = fieldsOnly('input', options.input)
      const scope = { input: inputRow(input), actor: actorRow(actor, auth === 'required'), now: now() }
      return {
        input,
        output: options.output && fieldsOnly('output', options.output),
        allow: allow && rule(answerOf('allow', allow, scope)),
        exclusive: recordExclusive(options.exclusive, scope),
        isolation: isolationOf(options.isolation),
        limited: recordLimited(options),
      }
    })
  return recordedOr(
    'action',
    undefined,
    () => new HandlerDeclaration({ ...parts, ...make() }),
    () =>
      new HandlerDeclaration({
        ...parts,
        input: {},
        output: undefined,
        allow: undefined,
        exclusive: undefined,
        isolation: undefined,
        limited: undefined,
      }),
  )
}

export interface Verbs<A> {
  readonly action: HandlerActionVerb<A>
  readonly route: RouteVerb<A>
}

/** The verbs that belong to no single model, with the app's actor: `export const { action, route } = verbs<Actor>(actor)`. */
export const verbs = <A extends ActorFields<A>>(actor: A): Verbs<A> => {
  const fields: ActorDeclaration = { ...actor }
  const all = {
    action: (options: Loose) => recordHandler(fields, options),
    route: (endpoint: string, options: object) => recordRoute(fields, endpoint, options),
  }
  return all as unknown as Verbs<A>
}
