// biome-ignore lint/suspicious/noShadowRestrictedNames: what it is in messages of the compiler
import type { TypeError } from './expression.ts'
import type { FromActor, RefField } from './field.ts'

/** The field that says whose a row is: create takes it from the actor, and nothing changes it. */
type Stamped<F> =
  F extends RefField<infer M, infer T, infer O>
    ? RefField<M, T, O & { readonly default: FromActor; readonly immutable: true }>
    : F

/** The fields of a model whose rows belong to the tenant that its field `N` names. */
export type WithTenant<F, N> = { readonly [M in keyof F]: M extends N ? Stamped<F[M]> : F[M] }

/** The compiler's word on a `tenant` that names no row. Most models have none, and cost nothing. */
export type NamesTenant<F, T> = [T] extends [undefined]
  ? unknown
  : [T] extends [RefNames<F>]
    ? unknown
    : { readonly tenant: TypeError<`tenant names a ref field of the model, and '${T & string}' is none`> }

/** The fields that name a row of some model. */
type RefNames<F> = { readonly [N in keyof F]: F[N] extends { readonly kind: 'ref' } ? N : never }[keyof F]
