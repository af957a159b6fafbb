import type { Many } from '../model/relation.ts'
import type { Schema } from '../model/schema.ts'

/** The refs of a model. */
type Refs<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] & string]: S[M]['fields'][F] extends { readonly target: string } ? F : never
}[keyof S[M]['fields'] & string]

/** Rows of a model that joins two: `through` is the relation to it, `to` its field that names the other end. */
export type Linked<S extends Schema<S>, M extends keyof S> = {
  readonly [R in keyof S[M]['fields'] & string]: S[M]['fields'][R] extends Many<infer J>
    ? J extends keyof S
      ? { readonly through: R; readonly to: Refs<S, J> }
      : never
    : never
}[keyof S[M]['fields'] & string]

/** By the name they have in the address. */
export interface LinkOptions<S extends Schema<S>, M extends keyof S> {
  readonly [name: string]: Linked<S, M>
}

/** The same as recorded, to be checked when it is linked. */
export interface RecordedLinks {
  readonly [name: string]: { readonly through: string; readonly to: string }
}
