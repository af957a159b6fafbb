import type {
  Answerable,
  Condition,
  Expected,
  Expression,
  Nothing,
  Numeric,
  Of,
  Operand,
  Ordering,
} from './expression.ts'
import type { Family } from './family.ts'
import type { AnyField, Inputs, Sent, Stored } from './field.ts'
import type { Many, One } from './relation.ts'
import type { Schema } from './schema.ts'

declare const rowOf: unique symbol
declare const missing: unique symbol

/** Marks a row of model `M`; `N` is `null` when it may not be there. */
export interface RowOf<M, N> {
  readonly [rowOf]: M
  readonly [missing]: N
}

/** One row of model `M` of schema `S`, in an expression: its fields and, through its relations, other rows. */
export type Row<S extends Schema<S>, M extends keyof S, N = never> = RowOf<M, N> & {
  readonly [F in keyof S[M]['fields']]: Member<S, M, S[M]['fields'][F], N>
}

type Member<S extends Schema<S>, M extends keyof S, F, N> = F extends AnyField
  ? Of<F['family'], Stored<F> | N>
  : F extends Many<infer T>
    ? T extends keyof S
      ? Rows<S, T, N>
      : never
    : F extends One<infer B>
      ? Through<S, S[M]['fields'][B], N>
      : never

/** The row a `ref` field names. */
type Through<S extends Schema<S>, F, N> = F extends AnyField & { readonly target: infer T }
  ? T extends keyof S
    ? Row<S, T, N | Extract<Stored<F>, null>>
    : never
  : never

export interface ListOptions<R> {
  readonly where?: (row: R) => Expected['condition']
  /** First key first. Where keys are equal, the id decides. */
  readonly order?: (row: R) => Ordering | readonly Ordering[]
  readonly limit?: Operand<'integer', number>
  readonly offset?: Operand<'integer', number>
}

/** What may stand in an answer: values, nested objects, lists and views. */
export type ShapeValue = Answerable<unknown> | { readonly [name: string]: ShapeValue }

/** What an answer of shape `A` looks like in JSON. */
export type Answer<A> = A extends Answerable<infer T> ? Shown<T> : { -readonly [N in keyof A]: Answer<A[N]> }

/** What was not sent is shown as null. */
type Shown<T> = undefined extends T ? Exclude<T, undefined> | null : T

/** The rows at the other end of a `many` relation, or those of a model. `N` is `null` when the row they belong to may be missing. */
export interface Rows<S extends Schema<S>, M extends keyof S, N = never> {
  some(where?: (row: Row<S, M>) => Expected['condition']): Condition
  every(where: (row: Row<S, M>) => Expected['condition']): Condition
  none(where?: (row: Row<S, M>) => Expected['condition']): Condition
  count(where?: (row: Row<S, M>) => Expected['condition']): Numeric<'integer', number | N>
  /** Over no rows: null. Nulls are left out. */
  sum<F extends 'integer' | 'float' | 'decimal' | 'bigint', T>(
    of: (row: Row<S, M>) => Expression<F, T>,
  ): Numeric<F, NonNullable<T> | null>
  min<F extends Family, T>(of: (row: Row<S, M>) => Expression<F, T>): Of<F, NonNullable<T> | null>
  max<F extends Family, T>(of: (row: Row<S, M>) => Expression<F, T>): Of<F, NonNullable<T> | null>
  avg<F extends 'integer' | 'float' | 'decimal' | 'bigint'>(of: (row: Row<S, M>) => Expression<F, unknown>): Mean<F>
  list<const A extends ShapeValue>(
    item: (row: Row<S, M>) => A,
    options?: ListOptions<Row<S, M>>,
  ): Answerable<Answer<A>[] | N>
  /** The different values of an expression over these rows, in their order; nulls are left out. */
  distinct<F extends Family, T>(
    of: (row: Row<S, M>) => Expression<F, T>,
    options?: Omit<ListOptions<Row<S, M>>, 'order'>,
  ): Answerable<NonNullable<T>[] | N>
  /** The first in order; null when there is none. */
  first<const A extends ShapeValue>(
    item: (row: Row<S, M>) => A,
    options?: Omit<ListOptions<Row<S, M>>, 'limit'>,
  ): Answerable<Answer<A> | null>
}
type Mean<F> = F extends 'decimal' | 'bigint' ? Numeric<'decimal', string | null> : Numeric<'float', number | null>

/** Inputs, as expressions. `N` is `undefined` below an object that may be left out. */
export type InputRow<I, N = never> = { readonly [F in keyof I]: I[F] extends AnyField ? InputMember<I[F], N> : never }
type InputMember<F extends AnyField, N> = F extends {
  readonly kind: 'object'
  readonly members: infer I extends Inputs
}
  ? InputRow<I, N | Extract<Sent<F>, Nothing>>
  : F extends { readonly kind: 'array'; readonly item: infer I extends AnyField }
    ? Items<I, Sent<F> | N>
    : Of<F['family'], Sent<F> | N>

declare const children: unique symbol
/** Rows to create with their parent, one per item of an input. */
export interface Children<V> {
  readonly [children]: V
}

/** An input array. */
export type Items<I extends AnyField, T> = Of<'array', T> & {
  /** One child row per item, in a create. */
  each<V>(
    values: (
      item: I extends { readonly kind: 'object'; readonly members: infer O } ? InputRow<O> : Of<I['family'], Sent<I>>,
    ) => V,
  ): Children<V>
}
