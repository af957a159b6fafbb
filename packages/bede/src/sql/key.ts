import type { Expr } from '../expr/expr.ts'
import type { IdPart, ValueType } from '../expr/value.ts'
import type { ModelDefinition } from '../model/definition.ts'
import type { BoundScan } from '../plan/plan.ts'
import type { Dialect } from './dialect.ts'

/*
 * An id that is made of other fields is one text for whoever calls (`7~12`), and several columns in the database: it
 * is compared, ordered and paged by these, so that the table's own key serves.
 */

/** The columns that tell the rows of a model apart, quoted; none where nothing does. */
export function keyColumns(model: ModelDefinition, dialect: Dialect): readonly string[] {
  const fields = model.fields[model.id]?.type.parts?.map(({ field }) => field) ?? [model.id]
  return fields.map((field) => dialect.identifier(model.fields[field]?.column ?? 'id'))
}

/** One of the key's columns: null only where there is no row. */
export const anyKeyColumn = (model: ModelDefinition, dialect: Dialect): string =>
  keyColumns(model, dialect)[0] ?? '"id"'

/** Whether two row variables, quoted, stand for the same row. */
export const sameRow = (model: ModelDefinition, a: string, b: string, dialect: Dialect): string =>
  keyColumns(model, dialect)
    .map((column) => `${a}.${column} = ${b}.${column}`)
    .join(' and ')

/** The id's fields, where it is made of several. */
export const partsOf = (model: ModelDefinition | undefined, field: string): readonly IdPart[] | undefined =>
  model !== undefined && Object.hasOwn(model.fields, field) ? model.fields[field]?.type.parts : undefined

/** The keys of an order, with those of the id in its place. */
export const keyFields = (row: string, id: string, model: ModelDefinition): readonly Expr<BoundScan>[] =>
  (partsOf(model, id) ?? [{ field: id }]).map(({ field }) => ({ kind: 'field', row, field }))

/** The id as text: its parts one after the other. `columns`: their SQL. */
export function joinedKey(parts: readonly IdPart[], columns: readonly string[]): string {
  if (parts.length === 0) return 'null::text'
  const texts = parts.map(({ type }, at) => partText(columns[at] ?? 'null', type))
  return texts.length === 1 ? (texts[0] ?? '') : `(${texts.join(" || '~' || ")})`
}

function partText(sql: string, type: ValueType): string {
  if (isWhole(type)) return `(${sql})::text`
  if (type.kind === 'timestamp') return `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  return `replace(replace((${sql})::text, '%', '%25'), '~', '%7E')`
}

/** The value of one part in an id's text. What it is cast to refuses what it cannot be. */
export function partOfKey(sql: string, at: number, type: ValueType): string {
  const text = `split_part(${sql}, '~', ${at + 1})`
  if (isWhole(type)) return `(${text})::int8`
  const plain = `replace(replace(${text}, '%7E', '~'), '%25', '%')`
  return type.kind === 'timestamp' ? `(${text})::timestamptz` : cast(plain, type)
}

const cast = (sql: string, type: ValueType): string => {
  switch (type.kind) {
    case 'date':
    case 'time':
    case 'boolean':
      return `(${sql})::${type.kind}`
    case 'decimal':
      return `(${sql})::numeric`
    case 'float':
      return `(${sql})::float8`
    case 'id':
    case 'ref':
      return type.text ? sql : `(${sql})::uuid`
    default:
      return sql
  }
}

const isWhole = (type: ValueType): boolean => type.kind === 'integer' || type.kind === 'bigint' || type.integer === true
