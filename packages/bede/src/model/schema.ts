// biome-ignore lint/suspicious/noShadowRestrictedNames: what it is in messages of the compiler
import type { TypeError } from './expression.ts'
import type { AnyField } from './field.ts'
import type { AnyModel, Members } from './model.ts'
import type { Many, One } from './relation.ts'

/** The base of every `S`: an interface as well as an object type may be one. */
export type Schema<S> = { readonly [M in keyof S]: AnyModel }

export interface Models {
  readonly [name: string]: AnyModel
}

type FieldsOf<S, M extends keyof S> = S[M] extends { readonly fields: infer F extends Members } ? F : never

/** A sentence about one member, or never. */
type Mistake<S, M extends keyof S & string, N extends string, F> = F extends {
  readonly target: infer T extends string
  readonly kind: 'ref'
}
  ? T extends keyof S
    ? never
    : `${M}.${N}: there is no model '${T}'`
  : F extends { readonly names: infer T extends string; readonly kind: 'id' }
    ? T extends M
      ? never
      : `${M}.${N}: this is the id of '${T}'; write id<'${M}'>()`
    : F extends Many<infer T, infer B>
      ? T extends keyof S
        ? LinkMistake<S, M, N, T, B, M>
        : `${M}.${N}: there is no model '${T}'`
      : F extends One<infer B>
        ? M extends keyof S
          ? LinkMistake<S, M, N, M, B, string>
          : never
        : never

/** Whether field `B` of model `T` is a `ref`, to `E`. */
type LinkMistake<
  S,
  M extends string,
  N extends string,
  T extends keyof S,
  B extends string,
  E extends string,
> = B extends keyof FieldsOf<S, T>
  ? FieldsOf<S, T>[B] extends { readonly kind: 'ref'; readonly target: infer R extends string }
    ? [R] extends [E]
      ? never
      : `${M}.${N}: '${T & string}.${B}' names a '${R}', not a '${E}'`
    : FieldsOf<S, T>[B] extends AnyField
      ? `${M}.${N}: '${T & string}.${B}' is not a ref`
      : `${M}.${N}: '${T & string}.${B}' is a relation, not a ref`
  : `${M}.${N}: '${T & string}' has no field '${B}'`

type Mistakes<S, M extends keyof S & string> = {
  readonly [N in keyof FieldsOf<S, M>]: Mistake<S, M, N & string, FieldsOf<S, M>[N]>
}[keyof FieldsOf<S, M>]

/** The schema itself where every name holds, and a sentence where one does not. */
export type Checked<S> = {
  readonly [M in keyof S]: [Mistakes<S, M & keyof S & string>] extends [never]
    ? S[M]
    : TypeError<Mistakes<S, M & keyof S & string>>
}

/** All models under the names their relations use. Every name is checked here by the compiler, and again at start. */
export const defineSchema = <const S extends Models>(models: S & Checked<S>): S => Object.freeze({ ...models })
