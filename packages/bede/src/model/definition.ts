import type { Expr } from '../expr/expr.ts'
import type { Json, ValueType } from '../expr/value.ts'
import type { FileRules } from '../toolkit/content/admit.ts'

/** Limits on a value: `min`/`max` are a length for text, bytes (in bytes) and arrays, a bound for numbers and times. */
export interface Constraints {
  readonly min?: number | string
  readonly max?: number | string
  /** An ECMA-262 regular expression (flag `u`), from the declaration only, matched against the whole value. */
  readonly pattern?: string
}

/** What an absent value becomes at create. `generated`: an id the server makes. */
export type Default =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'now' }
  | { readonly kind: 'actor'; readonly field: string }
  | { readonly kind: 'generated' }
  /** What the column itself says, as SQL of the database, word for word. */
  | { readonly kind: 'database'; readonly sql: string }

/** One stored field of a model, as frozen JSON. */
export interface FieldDefinition extends Constraints {
  readonly type: ValueType
  /** The column's name in the database. */
  readonly column: string
  readonly optional?: true
  readonly default?: Default
  readonly unique?: true
  /** Leaves only through a view that names it. */
  readonly private?: true
  /** Set at create, never again. */
  readonly immutable?: true
  /** Written by the platform's own operations alone: no write of the declaration or of a caller names it. */
  readonly managed?: true
  readonly onUpdate?: 'now'
  /** `ref`: what happens to this row when the row it names is deleted. Absent: the deletion is refused. */
  readonly onDelete?: 'cascade' | 'set-null'
  /** The name it had in the last migration. */
  readonly was?: string
  /** Choices that went by another name in the last migration: each of today's with its earlier one. */
  readonly wasValues?: Readonly<Record<string, string>>
  /** The column's type as the database writes it, where it is not the one that Bede would choose. */
  readonly native?: string
  /** `id`: whoever creates the row gives it. */
  readonly given?: true
  /** The database numbers the column; `always`: and takes no other number than its own. */
  readonly identity?: 'always' | 'by default'
  /** The database computes the column from this, and nobody writes it. Over `row` alone. */
  readonly generated?: Expr
  /** The database computes the column from others; SQL, word for word. */
  readonly computed?: string
  /** `ref`: the constraint among the model's `kept` that holds it. */
  readonly constraint?: string
  /** What a migration gives the rows that have no value for it. Over `row` alone. */
  readonly backfill?: Expr
  /** It says which file belongs to the row; the file may be this. */
  readonly file?: FileRules
}

/** `one`: the row that a `ref` field of this model names. `many`: the rows of `model` whose `ref` field `field` names this row. */
export interface RelationDefinition {
  readonly kind: 'one' | 'many'
  readonly model: string
  readonly field: string
}

/**
 * How an index finds rows, where it does not keep them in order. `trigram`: by any part of a text, and by texts that are
 * like another. `gin`: by what a value holds. `hnsw`: the nearest to a vector, most of them. `gist`: by where it is.
 */
export type IndexMethod = 'trigram' | 'gin' | 'hnsw' | 'gist'
/** What an index of vectors takes for near; see the functions of the same names. */
export type VectorDistance = 'cosine' | 'l2' | 'innerProduct'

export interface IndexDefinition {
  readonly name: string
  readonly fields: readonly string[]
  readonly method?: IndexMethod
  /** `hnsw`: by which distance. */
  readonly distance?: VectorDistance
  readonly unique?: true
  /** A constraint of the table rather than an index alone. */
  readonly constraint?: true
  /** It holds the rows for which this is true, and no others. Over `row` alone, with literals. */
  readonly where?: Expr
  /** Of a model with `softDelete`: it holds living rows only, so what is unique is unique among the living. */
  readonly living?: true
  /** Of a model with `tenant`: each row with its tenant. References from rows of the same tenant name both. */
  readonly tenantKey?: true
}
/** A constraint or an index that the database holds and the declaration does not say in its own words: SQL, word for word. */
export interface KeptDefinition {
  readonly kind: 'constraint' | 'index'
  readonly name: string
  /** `CHECK (…)`, `FOREIGN KEY (…) REFERENCES …`; of an index the whole statement that makes it. */
  readonly definition: string
}
export interface CheckDefinition {
  readonly name: string
  readonly expr: Expr
}

/** Parts of a table by time. */
export interface PartitionDefinition {
  /** A timestamp that every row has and that is never changed. */
  readonly by: string
  readonly every: 'day' | 'month' | 'year'
  /** How many parts are there before their time comes. */
  readonly ahead: number
  /** Whole parts are dropped when all their rows are older: so many spans. */
  readonly keep?: number
}

/** Words that the database keeps of a row's texts, to be searched. */
export interface SearchDefinition {
  /** The field of kind `search`. */
  readonly field: string
  readonly language: string
  /** Text fields, each with the weight of its words. */
  readonly weights: Readonly<Record<string, 'A' | 'B' | 'C' | 'D'>>
}

/** Whose a row is: its `ref` field, and the actor's field that names the same. */
export interface TenantDefinition {
  readonly field: string
  readonly actor: string
}

/** One model, as frozen JSON: what a thing is. Who may do what with it stands in the manifest's policies. */
export interface ModelDefinition {
  readonly table: string
  /** The database schema, where it is not the one the connection finds first. Platform models are those in `bede`: reachable by system calls only. */
  readonly schema?: string
  /** The field of kind `id`: the primary key. */
  readonly id: string
  readonly fields: Readonly<Record<string, FieldDefinition>>
  readonly relations: Readonly<Record<string, RelationDefinition>>
  /** Includes an index for every `unique` field and for every `ref` field. */
  readonly indexes: readonly IndexDefinition[]
  readonly checks: readonly CheckDefinition[]
  /** Rows are never written through it; a `view` is not a table, and Bede neither makes nor changes it. */
  readonly readonly?: 'view' | 'table'
  readonly kept?: readonly KeptDefinition[]
  /** How its rows are spread over partitions, as the database writes it: `RANGE (created_at)`. */
  readonly partitioned?: string
  readonly was?: string
  /** Deleted rows stay: the field that says since when, null for the living. Every scan sees the living only. */
  readonly softDelete?: string
  /** Every scan sees the rows of the actor's tenant alone, policies' own scans too; only the system sees all. */
  readonly tenant?: TenantDefinition
  readonly search?: SearchDefinition
  /** The rows lie in parts of the table, one per span of the time in `by`. */
  readonly partition?: PartitionDefinition
  /** Every change of a row is kept, in the platform's model {@link ModelDefinition.historyOf} this one. */
  readonly history?: true
  /** Of a platform model: it holds the changes of that model's rows. */
  readonly historyOf?: string
}
