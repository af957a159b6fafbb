import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'

/** Where a table is. */
export interface TableName {
  readonly schema?: string
  readonly table: string
}

/**
 * What one migration leaves in place for the version before it, and the next planned migration takes away. Plain JSON: it
 * is recorded in `up.sql`, one `-- later:` line each.
 */
export type Contraction =
  /** A column nobody declares any more. `copied`: the column that holds its values, kept in step by a trigger; else they are lost. */
  | (TableName & {
      readonly drop: 'column'
      readonly column: StoredColumn
      readonly model: string
      readonly copied?: string
      /** It says which files its rows have: they go with it. */
      readonly files?: true
      /** Values of `copied` that the new type cannot hold, as they are named where they are given up. */
      readonly loss?: string
    })
  /** A table nobody declares any more, with all its rows, and with the files that they have. */
  | { readonly drop: 'table'; readonly table: StoredTable; readonly files?: true }
  /** A name that records of files have for their model, which is called `now`. */
  | { readonly drop: 'name'; readonly model: string; readonly now: string }
  /** The view that stands under a table's earlier name. */
  | (TableName & { readonly drop: 'view'; readonly of: string })
  /** The trigger that gives a required column its value when the version before writes a row without it. */
  | (TableName & { readonly drop: 'filling'; readonly column: string })
  | (TableName & { readonly drop: 'index'; readonly index: string })
  | ChoicesDropped
  | PartsDropped

/** The choices that the declaration no longer has. */
export type ChoicesDropped = TableName & {
  readonly drop: 'choices'
  readonly column: string
  readonly model: string
  readonly field: string
  /** Those whose rows get another value. Absent from files of earlier versions: it may be any. */
  readonly gone?: readonly string[]
  /** Those under another name, each of today's with its earlier one. */
  readonly renamed?: Readonly<Record<string, string>>
}

/** Parts of a table that no version keeps any more: the new one drops them by itself, and no migration does. */
export type PartsDropped = TableName & { readonly drop: 'parts'; readonly keep: number }

/** How the loss of parts is named where it is accepted. */
export const partsLost = (dropped: PartsDropped): string => `${named(dropped)} beyond the last ${dropped.keep} parts`

const drops: ReadonlySet<unknown> = new Set(['column', 'table', 'name', 'view', 'filling', 'index', 'choices', 'parts'])

/** Reads what a `-- later:` line holds; undefined where it is none. */
export function readContraction(json: string): Contraction | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isContraction(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isContraction(value: unknown): value is Contraction {
  if (!isObject(value) || !drops.has(value.drop)) return false
  switch (value.drop) {
    case 'table':
      return isObject(value.table) && typeof value.table.table === 'string' && Array.isArray(value.table.columns)
    case 'column':
      return typeof value.table === 'string' && isObject(value.column) && typeof value.column.column === 'string'
    case 'view':
      return typeof value.table === 'string' && typeof value.of === 'string'
    case 'name':
      return typeof value.model === 'string' && typeof value.now === 'string'
    case 'index':
      return typeof value.table === 'string' && typeof value.index === 'string'
    case 'parts':
      return typeof value.table === 'string' && typeof value.keep === 'number'
    default:
      return typeof value.table === 'string' && typeof value.column === 'string'
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the drop of a column names in SQL. */
export const columnOf = (contraction: TableName & { readonly column: StoredColumn }): string =>
  `${named(contraction)}.${contraction.column.column}`

/** The database makes its values from those of other columns. */
export const isComputed = ({ computed, generated }: StoredColumn): boolean =>
  computed !== undefined || generated !== undefined

/** Whether values go that are nowhere else. */
export const destroys = (contraction: Contraction): boolean =>
  contraction.drop === 'table' ||
  (contraction.drop === 'choices' && contraction.gone?.length !== 0) ||
  contraction.drop === 'parts' ||
  (contraction.drop === 'column' &&
    contraction.column.search === undefined &&
    !isComputed(contraction.column) &&
    (contraction.copied === undefined || contraction.loss !== undefined))

const named = ({ schema, table }: TableName): string => (schema === undefined ? table : `${schema}.${table}`)

/** What goes when it is taken away, as an `accept loss` line names it; undefined where no values go. */
export function lossOf(contraction: Contraction): string | undefined {
  switch (contraction.drop) {
    case 'table':
      return named(contraction.table)
    case 'column':
      return contraction.loss ?? columnOf(contraction)
    case 'choices':
      return `${named(contraction)}.${contraction.column}`
    case 'parts':
      return partsLost(contraction)
    default:
      return undefined
  }
}
