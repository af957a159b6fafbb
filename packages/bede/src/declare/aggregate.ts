import type { DateUnit, TimeUnit } from '../model/expression.ts'
import type { AnyField } from '../model/field.ts'
import type { FieldNames } from '../model/model.ts'
import type { One } from '../model/relation.ts'
import type { Schema } from '../model/schema.ts'

type FieldsOf<S extends Schema<S>, M extends keyof S, Family> = {
  readonly [F in keyof S[M]['fields'] & string]: S[M]['fields'][F] extends { readonly family: Family } ? F : never
}[keyof S[M]['fields'] & string]

type Numbers = 'integer' | 'bigint' | 'decimal' | 'float'
type Sorted = Numbers | 'text' | 'timestamp' | 'date' | 'time' | 'duration'

/** A field, a field of the one related row, or the start of a unit of time: `status`, `author.name`, `createdAt.month`. */
export type GroupPath<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] & string]: S[M]['fields'][F] extends AnyField
    ? F | Units<F, S[M]['fields'][F]['family']>
    : S[M]['fields'][F] extends One<infer B>
      ? S[M]['fields'][B] extends { readonly target: infer T extends keyof S }
        ? `${F}.${FieldNames<S[T]['fields']>}`
        : never
      : never
}[keyof S[M]['fields'] & string]

type Units<F extends string, K> = K extends 'timestamp'
  ? `${F}.${TimeUnit}`
  : K extends 'date'
    ? `${F}.${DateUnit}`
    : never

/** What may be asked of groups of rows; everything else is refused. */
export interface AggregateOptions<S extends Schema<S>, M extends keyof S> {
  readonly groupBy?: readonly GroupPath<S, M>[]
  readonly measures: {
    readonly count?: true
    readonly sum?: readonly FieldsOf<S, M, Numbers>[]
    readonly avg?: readonly FieldsOf<S, M, Numbers>[]
    readonly min?: readonly FieldsOf<S, M, Sorted>[]
    readonly max?: readonly FieldsOf<S, M, Sorted>[]
  }
  /** As many groups as one answer holds; 1,000 at most, and 100 when it is not said. */
  readonly maxGroups?: number
}

/** The same as recorded: any names, to be checked when it is linked. */
export interface RecordedAggregate {
  readonly groupBy?: readonly string[]
  readonly measures?: {
    readonly count?: true
    readonly sum?: readonly string[]
    readonly avg?: readonly string[]
    readonly min?: readonly string[]
    readonly max?: readonly string[]
  }
  readonly maxGroups?: number
}
