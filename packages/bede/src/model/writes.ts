import type { Assigned } from './expression.ts'
import type { AnyField, Passed, Said, Stored } from './field.ts'
import type { Many } from './relation.ts'
import type { Children } from './row.ts'
import type { Schema } from './schema.ts'

/** The id is made by the server, and an immutable field is set once. */
type Changeable<F> = F extends AnyField
  ? F['kind'] extends 'id'
    ? false
    : Said<F> extends { readonly immutable: true } | { readonly generated: true }
      ? false
      : true
  : false

type Value<F, U> = F extends AnyField ? Assigned<F['family'], Stored<F> | U> : never

/** New values for fields. One that comes from an optional input stays as it is when the input was not sent. */
export type SetValues<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] as Changeable<S[M]['fields'][F]> extends true ? F : never]?: Value<
    S[M]['fields'][F],
    undefined
  >
}

type Needed<F> = F extends AnyField ? (Passed<F> extends 'needed' ? true : false) : false
type Free<F> = F extends AnyField
  ? Passed<F> extends 'needed'
    ? false
    : Said<F> extends { readonly managed: true } | { readonly generated: true }
      ? false
      : true
  : false

/** Values of a new row: what has no default and is not optional must be there. `L`: the field that a parent fills in. */
export type CreateValues<S extends Schema<S>, M extends keyof S, L = never> = {
  readonly [F in keyof S[M]['fields'] as F extends L
    ? never
    : Needed<S[M]['fields'][F]> extends true
      ? F
      : never]: Value<S[M]['fields'][F], never>
} & {
  readonly [F in keyof S[M]['fields'] as F extends L
    ? never
    : Free<S[M]['fields'][F]> extends true
      ? F
      : never]?: Value<S[M]['fields'][F], undefined>
} & {
  readonly [F in keyof S[M]['fields'] as S[M]['fields'][F] extends Many ? F : never]?: S[M]['fields'][F] extends Many<
    infer T,
    infer B
  >
    ? T extends keyof S
      ? Children<CreateValues<S, T, B>>
      : never
    : never
}

/** The same as plain values, for a handler. One that is undefined is left out. */
export type PlainSet<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] as Changeable<S[M]['fields'][F]> extends true
    ? F
    : never]?: S[M]['fields'][F] extends AnyField ? Stored<S[M]['fields'][F]> | undefined : never
}
export type PlainCreate<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] as Needed<S[M]['fields'][F]> extends true
    ? F
    : never]: S[M]['fields'][F] extends AnyField ? Stored<S[M]['fields'][F]> : never
} & {
  readonly [F in keyof S[M]['fields'] as Free<S[M]['fields'][F]> extends true
    ? F
    : never]?: S[M]['fields'][F] extends AnyField ? Stored<S[M]['fields'][F]> | undefined : never
}

/** Numbers that are added to fields, for a handler. */
export type PlainNumbers<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] as Changeable<S[M]['fields'][F]> extends true
    ? S[M]['fields'][F] extends { readonly family: 'integer' | 'bigint' | 'decimal' | 'float' }
      ? F
      : never
    : never]?: S[M]['fields'][F] extends AnyField ? NonNullable<Stored<S[M]['fields'][F]>> | undefined : never
}

/** The name of a model's id field, and the type of its ids. */
export type IdName<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields']]: S[M]['fields'][F] extends { readonly kind: 'id' } ? F : never
}[keyof S[M]['fields']]
export type IdOf<S extends Schema<S>, M extends keyof S> = S[M]['fields'][IdName<S, M> &
  keyof S[M]['fields']] extends infer F extends AnyField
  ? Stored<F>
  : never
