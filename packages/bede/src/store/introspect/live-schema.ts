/**
 * What a database holds, as its catalog says: plain data, in the order of names. Every name is as it is stored, and
 * every piece of SQL names its schema (it was written with an empty search path).
 */
export interface LiveSchema {
  /** As `server_version_num`: 150008. */
  readonly version: number
  readonly tables: readonly LiveTable[]
  readonly enums: readonly LiveEnum[]
  readonly domains: readonly LiveDomain[]
  readonly sequences: readonly LiveSequence[]
  readonly functions: readonly LiveFunction[]
  /** What Bede leaves where it is, and has no words for. */
  readonly others: readonly LiveObject[]
}

export interface LiveTable {
  readonly schema: string
  readonly name: string
  /** Ordinary, partitioned, view, materialized view, foreign table. */
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f'
  readonly comment: string | null
  /** The planner's estimate; below zero where nobody has counted. */
  readonly rows: number
  /** `RANGE (created_at)` */
  readonly partitioned: string | null
  /** A partition's table, `schema.name`, and its bound: `FOR VALUES FROM …`. */
  readonly parent: string | null
  readonly bound: string | null
  /** A view's query. */
  readonly definition: string | null
  /** Views: the views it reads, as `schema.name`. */
  readonly reads: readonly string[]
  readonly columns: readonly LiveColumn[]
  readonly constraints: readonly LiveConstraint[]
  readonly indexes: readonly LiveIndex[]
}

export interface LiveColumn {
  readonly name: string
  /** `character varying(45)`, `public.mpaa_rating`: `format_type`. */
  readonly type: string
  /** The type below domains and arrays: its name, and whether the catalog's own schema has it. */
  readonly base: string
  readonly builtin: boolean
  readonly array: boolean
  /** An enum's labels, in order. */
  readonly labels: readonly string[] | null
  /** Named where it is not the type's own. */
  readonly collation: string | null
  readonly required: boolean
  readonly default: string | null
  readonly computed: string | null
  readonly identity: 'always' | 'by default' | null
  readonly comment: string | null
}

export interface LiveConstraint {
  readonly name: string
  readonly kind: 'p' | 'u' | 'f' | 'c' | 'x'
  readonly definition: string
  readonly columns: readonly string[]
  /** A foreign key's table, `schema.name`, and its columns there. */
  readonly target: string | null
  readonly targetColumns: readonly string[]
}

/** An index that no constraint brought. */
export interface LiveIndex {
  readonly name: string
  readonly definition: string
  readonly unique: boolean
  /** Its columns, where it is a b-tree over plain columns of all rows, ascending, and nothing more. */
  readonly columns: readonly string[] | null
}

export interface LiveEnum {
  readonly schema: string
  readonly name: string
  readonly labels: readonly string[]
}

export interface LiveDomain {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default: string | null
  readonly checks: readonly { readonly name: string; readonly definition: string }[]
}

export interface LiveSequence {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly start: string
  readonly increment: string
  readonly min: string
  readonly max: string
  readonly cycle: boolean
  /** The column it belongs to. */
  readonly owner: { readonly schema: string; readonly table: string; readonly column: string } | null
}

export interface LiveFunction {
  readonly name: string
  /** The statement that makes it; null for one of a form that has no text. */
  readonly definition: string | null
  /** Columns, checks or domains need it. */
  readonly early: boolean
}

export interface LiveObject {
  readonly kind: 'trigger' | 'rule' | 'policy' | 'extension' | 'type' | 'inheritance' | 'event trigger'
  readonly name: string
  /** `schema.name` of what it is on. */
  readonly on: string | null
  /** The statement that makes it, where the catalog has one. */
  readonly definition: string | null
}
