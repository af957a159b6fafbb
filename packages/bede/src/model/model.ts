import type { IndexMethod, KeptDefinition, VectorDistance } from './definition.ts'
import type { Expected, Of, Typed } from './expression.ts'
import type { AnyField, Stored } from './field.ts'
import type { JsonPaths } from './json-path.ts'
import type { Many, One } from './relation.ts'
import {
  type SearchDeclaration,
  type SearchLanguage,
  type SearchWeight,
  searchField,
  searchName,
  type WithSearch,
} from './search.ts'
import { deletedAt, type WithDeletedAt } from './soft-delete.ts'
import type { NamesTenant, WithTenant } from './tenant.ts'

export interface Members {
  readonly [name: string]: AnyField | One | Many
}

/** A rule every row must keep; the database holds it. */
export type CheckRule = (row: never) => Expected['condition']

/** An index as the model states it. `where`: it holds the rows for which this is true, and no others. */
export interface IndexDeclaration {
  readonly fields: readonly string[]
  readonly name?: string
  readonly method?: IndexMethod
  readonly distance?: VectorDistance
  readonly constraint?: true
  /** Unique over all tenants. */
  readonly global?: true
  readonly where?: CheckRule
}

/** The value a row gets for a field that was not there, or was empty, when the migration that requires it runs. */
export type BackfillRule = (row: never) => unknown

export interface ModelDeclaration {
  readonly index: readonly IndexDeclaration[]
  readonly unique: readonly IndexDeclaration[]
  readonly check: Readonly<Record<string, CheckRule>>
  readonly was?: string
  readonly softDelete?: true
  readonly tenant?: string
  readonly search?: SearchDeclaration
  readonly table?: string
  readonly schema?: string
  readonly readonly?: 'view' | 'table'
  readonly partitioned?: string
  readonly kept: readonly KeptDefinition[]
  readonly history?: true
  readonly partition?: PartitionOptions<string>
  readonly backfill?: Readonly<Record<string, BackfillRule | undefined>>
  readonly generated?: Readonly<Record<string, BackfillRule | undefined>>
}

/** Any model: the base of every generic, so that nothing widens. */
export interface AnyModel {
  readonly fields: Members
  readonly declaration: ModelDeclaration
}

export interface Model<F extends Members> extends AnyModel {
  readonly fields: F
}

/** The stored fields among the members. */
export type FieldNames<F> = { readonly [N in keyof F]: F[N] extends AnyField ? N : never }[keyof F] & string

/** A row without its relations: what a check sees. */
export type PlainRow<F> = {
  readonly [N in keyof F as F[N] extends AnyField ? N : never]: F[N] extends AnyField
    ? Of<F[N]['family'], Stored<F[N]>>
    : never
}

/** An index with the name it has in the database; `constraint`: a unique constraint, as `unique (…)` in a table makes it. */
export interface NamedIndex<F, N = FieldNames<F>> {
  readonly fields: readonly N[]
  readonly name: string
  readonly constraint?: true
}

/** Of a model with `tenant`: unique over all tenants. Whoever is refused is told that some tenant has such a row. */
export interface GlobalUnique<F> {
  readonly fields: readonly FieldNames<F>[]
  readonly global: true
  readonly where?: (row: PlainRow<F>) => Expected['condition']
}

/** SQL, word for word, by the name of what it makes. */
interface Verbatim {
  readonly [name: string]: string
}

/** Parts of a table by time. */
export interface PartitionOptions<N extends string> {
  /** A timestamp that is `immutable` and never missing. */
  readonly by: N
  readonly every: 'day' | 'month' | 'year'
  /** How many parts are made before their time comes; absent: 7 days, 3 months, 1 year. */
  readonly ahead?: number
  /** How many whole parts are kept besides the current one; older ones are dropped with their rows. Absent: all. */
  readonly keep?: number
}

/** What an index may be about. */
type Indexed<F> = FieldNames<F> | JsonPaths<F>

/** An index over some of the rows only: those for which `where`, a condition over the row alone, is true. */
export interface ConditionalIndex<F, N = FieldNames<F>> {
  readonly fields: readonly N[]
  readonly where: (row: PlainRow<F>) => Expected['condition']
}

/** An index that finds rows another way than by order: `{ fields: ['name'], method: 'trigram' }`. */
export interface MethodIndex<F> {
  readonly fields: readonly FieldNames<F>[]
  readonly method: Exclude<IndexMethod, 'hnsw'>
  readonly where?: (row: PlainRow<F>) => Expected['condition']
}

/** Serves the nearest to a vector: `{ fields: ['embedding'], method: 'hnsw', distance: 'cosine' }`. */
export interface NearestIndex<F, N = VectorNames<F>> {
  readonly fields: readonly [N]
  readonly method: 'hnsw'
  readonly distance: VectorDistance
  readonly where?: (row: PlainRow<F>) => Expected['condition']
}
type VectorNames<F> = { readonly [N in keyof F]: F[N] extends { readonly family: 'vector' } ? N : never }[keyof F] &
  string

interface Weights {
  readonly [field: string]: SearchWeight
}
/** The fields that hold text. */
type TextNames<F> = { readonly [N in keyof F]: F[N] extends { readonly family: 'text' } ? N : never }[keyof F]

export interface ModelOptions<F, D = true | undefined, W = Weights | undefined, T = string | undefined> {
  /** Indexes beyond those of unique and `ref` fields, each a list of fields, or paths into json fields, in order. */
  readonly index?: readonly (
    | readonly Indexed<F>[]
    | ConditionalIndex<F, Indexed<F>>
    | NamedIndex<F, Indexed<F>>
    | MethodIndex<F>
    | NearestIndex<F>
  )[]
  /**
   * Fields that together name one row; with `where`, one row among those for which it is true:
   * `{ fields: ['bookId'], where: (row) => row.returnedAt.isNull() }`. Of a model with `tenant`: one row of each tenant,
   * but with `global: true`.
   */
  readonly unique?: readonly (readonly FieldNames<F>[] | ConditionalIndex<F> | NamedIndex<F> | GlobalUnique<F>)[]
  /** Rules over one row, by name: `{ endsAfterItStarts: (row) => row.end.gt(row.start) }`. */
  readonly check?: { readonly [name: string]: (row: PlainRow<F>) => Expected['condition'] }
  /** The name it had in the last migration: a rename, not a loss. */
  readonly was?: string
  /**
   * What a migration gives the rows that have no value for a field, from what else they hold:
   * `{ initial: (row) => row.name.left(1) }`. New rows do not get it; they are given a value, or a default.
   */
  readonly backfill?: { readonly [N in FieldNames<F>]?: (row: PlainRow<F>) => BackfillValue<F, N> }
  /**
   * What the database computes for fields that say `generated: true`, from the rest of the row, whenever it is written:
   * `{ total: (row) => row.price.times(row.count) }`.
   */
  readonly generated?: { readonly [N in FieldNames<F>]?: (row: PlainRow<F>) => BackfillValue<F, N> }
  /**
   * A deleted row stays, out of everybody's sight, until it is restored or purged. The model gets `deletedAt`; what is
   * unique is unique among the living.
   */
  readonly softDelete?: D
  /**
   * The `ref` field that says whose a row is, such as `organizationId`. Every query finds the rows of the actor's own
   * tenant alone, create takes the field from the actor, the database refuses references to another tenant's rows, and
   * what is unique is unique within the tenant. The actor has a field of the same name, or one that names the same model.
   */
  readonly tenant?: T
  /**
   * The words of these text fields are kept to be searched, in a column and an index of their own, which the database
   * fills: `{ language: 'english', weights: { title: 'A', body: 'B' } }`. The model gets `search`.
   */
  readonly search?: {
    /** Absent: `simple`, words as they are written. */
    readonly language?: SearchLanguage
    readonly weights: W & { readonly [N in keyof W]: N extends TextNames<F> ? SearchWeight : never }
  }
  /** The table's name, where it is not the model's in snake case. */
  readonly table?: string
  /** The database schema the table is in, where it is not the one the connection finds first. */
  readonly schema?: string
  /** Its rows are only read: `view` for a view of the database, `table` for a table whose rows cannot be told apart. */
  readonly readonly?: 'view' | 'table'
  /** How a partitioned table spreads its rows, as SQL: `'RANGE (created_at)'`. */
  readonly partitioned?: string
  /**
   * What a table that was there before has and Bede has no words for, as SQL, word for word: constraints
   * (`{ film_year: 'CHECK (…)' }`) and the statements of indexes, by their names.
   */
  readonly kept?: { readonly constraints?: Verbatim; readonly indexes?: Verbatim }
  /** The rows lie in parts of the table by time: `{ by: 'createdAt', every: 'month' }`. */
  readonly partition?: PartitionOptions<FieldNames<F>>
  /** Every change of a row is kept with it, in the same statement: who, when, through which operation, from what to what. */
  readonly history?: true
}

/** A value of the field's own family. */
type BackfillValue<F, N extends keyof F> = F[N] extends AnyField ? Typed<F[N]['family'], unknown> : never

/** The members of a model: those it states, and what its options add. */
export type Kept<F, D, W = undefined, T = undefined> = ([T] extends [undefined] ? F : WithTenant<F, T>) &
  ([D] extends [true] ? WithDeletedAt : unknown) &
  ([W] extends [undefined] ? unknown : WithSearch)

/** What a thing is: its fields, the relations to other things by name, and the rules its rows keep. */
export const model = <
  const F extends Members,
  const D extends true | undefined = undefined,
  const W extends Weights | undefined = undefined,
  const T extends string | undefined = undefined,
>(
  fields: F,
  options: ModelOptions<F, D, W, T> & NamesTenant<F, T> = {} as never,
): Model<Kept<F, D, W, T>> =>
  Object.freeze({
    fields: Object.freeze({
      ...fields,
      ...(options.softDelete && { deletedAt }),
      ...(options.search && { [searchName]: searchField(options.search.language ?? 'simple') }),
    }) as Kept<F, D, W, T>,
    declaration: Object.freeze({
      index: (options.index ?? []).map(stated),
      unique: (options.unique ?? []).map(stated),
      check: options.check ?? {},
      ...(options.was !== undefined && { was: options.was }),
      ...(options.softDelete && { softDelete: true as const }),
      ...(options.tenant !== undefined && { tenant: options.tenant }),
      ...(options.search && {
        search: { language: options.search.language ?? 'simple', weights: options.search.weights as Weights },
      }),
      ...(options.table !== undefined && { table: options.table }),
      ...(options.schema !== undefined && { schema: options.schema }),
      ...(options.readonly !== undefined && { readonly: options.readonly }),
      ...(options.partitioned !== undefined && { partitioned: options.partitioned }),
      kept: [...verbatim('constraint', options.kept?.constraints), ...verbatim('index', options.kept?.indexes)],
      ...(options.partition && { partition: options.partition }),
      ...(options.history && { history: true as const }),
      ...(options.backfill && { backfill: options.backfill }),
      ...(options.generated && { generated: options.generated }),
    }),
  })

const verbatim = (kind: KeptDefinition['kind'], of: Verbatim = {}): readonly KeptDefinition[] =>
  Object.entries(of).map(([name, definition]) => ({ kind, name, definition }))

type Stated<F> =
  | readonly string[]
  | ConditionalIndex<F, string>
  | NamedIndex<F, string>
  | GlobalUnique<F>
  | MethodIndex<F>
  | NearestIndex<F, string>
const stated = <F>(one: Stated<F>): IndexDeclaration => (isList(one) ? { fields: one } : one)

const isList = <F>(one: Stated<F>): one is readonly string[] => Array.isArray(one)
