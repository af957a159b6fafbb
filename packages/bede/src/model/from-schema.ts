import type { Json } from '../expr/value.ts'

/** A JSON Schema 2020-12 that is not just true or false. */
export interface SchemaObject {
  readonly [keyword: string]: unknown
}

/** The values that a JSON Schema written in the declaration describes, as far as `type`, `enum`, `properties` and `items` say it. */
export type FromSchema<S> = S extends { readonly enum: readonly (infer V)[] }
  ? V
  : S extends { readonly type: readonly (infer N)[] }
    ? OfType<N, S>
    : S extends { readonly type: infer N }
      ? OfType<N, S>
      : Json

type OfType<N, S> = N extends 'string'
  ? string
  : N extends 'integer' | 'number'
    ? number
    : N extends 'boolean'
      ? boolean
      : N extends 'null'
        ? null
        : N extends 'array'
          ? S extends { readonly items: infer I }
            ? readonly FromSchema<I>[]
            : readonly Json[]
          : N extends 'object'
            ? ObjectOf<S>
            : Json

type ObjectOf<S> = S extends { readonly properties: infer P }
  ? { readonly [K in keyof P as K extends RequiredOf<S> ? K : never]: FromSchema<P[K]> } & {
      readonly [K in keyof P as K extends RequiredOf<S> ? never : K]?: FromSchema<P[K]>
    }
  : S extends { readonly additionalProperties: infer A extends SchemaObject }
    ? { readonly [name: string]: FromSchema<A> }
    : { readonly [name: string]: Json }

type RequiredOf<S> = S extends { readonly required: readonly (infer N)[] } ? N : never
