import type { AnyField } from './field.ts'
import type { Schema } from './schema.ts'

/** The name of a stored field of a model. (Written out, so that the compiler prints `FieldName<Blog, "article">`.) */
export type FieldName<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] & string]: S[M]['fields'][F] extends AnyField ? F : never
}[keyof S[M]['fields'] & string]
