import type { FunctionName } from './names.ts'
import type { Json, ValueType } from './value.ts'

/**
 * The one expression language (law 6): policies, filters, computed fields, constraints, preconditions.
 * Frozen JSON. `S` is where rows come from: a {@link Source} in a manifest, a scan in a plan.
 *
 * Rows are named by variables: the row a policy, view or action is about is `row`; every source introduces its own
 * (`as`). A variable is visible inside the source that introduces it and nowhere else.
 */
export type Expr<S = Source> =
  | Literal
  | Input
  | Item
  | ActorField
  | Now
  | FieldOf
  | Call<S>
  | Case<S>
  | Given<S>
  | Quantified<S>
  | Aggregate<S>
  | Via<S>

/** A value written in the declaration. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: Json
  readonly type: ValueType
}
/** A value of the call's input, by path: `['id']`, `['body', 'article', 'title']`. Absent reads as null. */
export interface Input {
  readonly kind: 'input'
  readonly path: readonly string[]
  readonly type: ValueType
}
/** The current item of an `each` over an input array; `path` is empty when the items are scalars. */
export interface Item {
  readonly kind: 'item'
  readonly as: string
  readonly path: readonly string[]
  readonly type: ValueType
}
/** A field of the actor; null when nobody is signed in. */
export interface ActorField {
  readonly kind: 'actor'
  readonly field: string
  readonly type: ValueType
}
/** The time of the call: one value for the whole call, to the millisecond. */
export interface Now {
  readonly kind: 'now'
}
/** A scalar field of the row that `row` names. */
export interface FieldOf {
  readonly kind: 'field'
  readonly row: string
  readonly field: string
}
/** A function or operator of the registry in `functions.ts`. */
export interface Call<S = Source> {
  readonly kind: 'call'
  readonly fn: FunctionName
  readonly args: readonly Expr<S>[]
}
export interface Case<S = Source> {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: Expr<S>; readonly then: Expr<S> }[]
  readonly otherwise: Expr<S>
}
/**
 * Depends on the request's shape: `then` when the input at `path` was sent, otherwise `otherwise`. As a condition
 * `otherwise` defaults to true; in a write's values a missing `otherwise` leaves the field out.
 */
export interface Given<S = Source> {
  readonly kind: 'given'
  /** The path is inside the current item of this `each`, not at the top of the input. */
  readonly as?: string
  readonly path: readonly string[]
  readonly then: Expr<S>
  readonly otherwise?: Expr<S>
}
/** Holds when some row, every row or no row of the source satisfies `where` (rows for which it is unknown do not). */
export interface Quantified<S = Source> {
  readonly kind: 'some' | 'every' | 'none'
  readonly from: S
  readonly where: Expr<S>
}
/** `count` of rows; the others of `of`, nulls left out; over no rows `count` is 0 and the others null. */
export interface Aggregate<S = Source> {
  readonly kind: 'aggregate'
  readonly fn: 'count' | 'sum' | 'min' | 'max' | 'avg'
  readonly from: S
  readonly of?: Expr<S>
}
/** A value computed on the one row of a to-one source (or the first of its order); null when there is none. */
export interface Via<S = Source> {
  readonly kind: 'via'
  readonly from: S
  readonly value: Expr<S>
}

/** Rows reached by a relation of a row in scope, or all rows of a model, that satisfy `where`. */
export interface Source {
  readonly relation?: { readonly row: string; readonly name: string }
  readonly model?: string
  /** Its deleted rows, instead of the living; of a model with `softDelete`. */
  readonly deleted?: true
  /** Its rows as they were at that time, a timestamp; of a model with `history`. */
  readonly asOf?: Input
  /** The variable that names each of its rows. */
  readonly as: string
  readonly where?: Expr
  readonly order?: readonly Order[]
  /** At most this many rows; an integer expression without rows in it. */
  readonly limit?: Expr
  readonly offset?: Expr
}

export interface Order<S = Source> {
  readonly by: Expr<S>
  readonly direction: 'asc' | 'desc'
}
