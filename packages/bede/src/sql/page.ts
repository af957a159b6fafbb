import type { Expr } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import type { BoundScan, PageShape } from '../plan/plan.ts'
import { fieldIn, modelIn, parameter, type SqlContext } from './context.ts'
import { compileExpr, whereClause } from './expression.ts'
import { keyColumns, keyFields } from './key.ts'
import { compileShape, sourceOf } from './shape.ts'

const integer: ValueType = { kind: 'integer' }

/** What one call asks of a page. */
export interface PageRequest {
  /** `-createdAt`, `title,-createdAt`; names of the page's `sort`, or `id`. */
  readonly sort: string
  /** Which of the cursor's keys are null; absent: the first page. */
  readonly after?: readonly boolean[]
  readonly count: boolean
}

interface Key {
  readonly sql: string
  readonly type: ValueType
  readonly nullable: boolean
  readonly descending: boolean
}

/**
 * One page by keyset: the rows after the cursor's keys in the order asked for, the id as the last key, so that the
 * order is total. One row more than the limit is read, to know whether anything follows.
 *
 * Nulls come where PostgreSQL's indexes have them: last ascending, first descending.
 */
export function compilePage(page: PageShape<BoundScan>, request: PageRequest, context: SqlContext): string {
  const source = sourceOf(page, context)
  const keys = keysOf(page, request.sort, context)
  if (keyColumns(modelIn(context, page.from.model), context.dialect).length === 0) {
    return compileUnkeyedPage(page, request, keys, context)
  }
  const after = request.after ? [afterCursor(keys, request.after, context)] : []
  const where = whereClause(page.from, context, after)
  const order = keys.map((key) => key.sql + (key.descending ? ' desc' : '')).join(', ')
  const limit = parameter(context, { kind: 'input', path: ['limit'], type: integer }, integer)
  const item = compileShape(page.item, context)
  const list = keys.map((key, index) => `(${key.sql})::text as "k${index}"`).join(', ')
  const names = keys.map((_, index) => `"k${index}"`).join(', ')
  const total = request.count ? `(select count(*) ${source}${whereClause(page.from, context)})::text` : 'null::text'
  return [
    `with "$page" as materialized (select ${item} as "$item", ${list} ${source}${where} order by ${order} limit ${limit} + 1)`,
    `select array_to_json(array(select "$item" from "$page" limit ${limit}))::text as "body",`,
    `case when (select count(*) from "$page") > ${limit} then (select json_build_array(${names})::text from "$page" offset ${limit} - 1 limit 1) end as "cursor",`,
    `${total} as "total"`,
  ].join(' ')
}

/**
 * A page of rows that nothing tells apart: in the order asked for and then by all they hold, so that only rows that are
 * the same are in no order. The cursor is how many came before.
 */
function compileUnkeyedPage(
  page: PageShape<BoundScan>,
  request: PageRequest,
  keys: readonly Key[],
  context: SqlContext,
): string {
  const source = sourceOf(page, context)
  const row = context.dialect.identifier(page.from.as)
  const order = [...keys.map((key) => key.sql + (key.descending ? ' desc' : '')), `(${row})::text`].join(', ')
  const limit = parameter(context, { kind: 'input', path: ['limit'], type: integer }, integer)
  const before = request.after ? parameter(context, { kind: 'cursor', index: 0 }, { kind: 'bigint' }) : '0'
  const where = whereClause(page.from, context)
  const item = compileShape(page.item, context)
  const total = request.count ? `(select count(*) ${source}${where})::text` : 'null::text'
  return [
    `with "$page" as materialized (select ${item} as "$item" ${source}${where} order by ${order} limit ${limit} + 1 offset ${before})`,
    `select array_to_json(array(select "$item" from "$page" limit ${limit}))::text as "body",`,
    `case when (select count(*) from "$page") > ${limit} then json_build_array((${before} + ${limit})::text)::text end as "cursor",`,
    `${total} as "total"`,
  ].join(' ')
}

export const pageShape = ['body', 'cursor', 'total'] as const

/** The names in a `sort` value with their directions, in order. */
export const sortKeys = (sort: string): readonly { readonly name: string; readonly descending: boolean }[] =>
  sort
    .split(',')
    .map((part) =>
      part.startsWith('-') ? { name: part.slice(1), descending: true } : { name: part, descending: false },
    )

function keysOf(page: PageShape<BoundScan>, sort: string, context: SqlContext): readonly Key[] {
  const model = modelIn(context, page.from.model)
  const asked = sortKeys(sort)
  const keys = asked
    .filter(({ name }) => name !== 'id')
    .flatMap(({ name, descending }) => {
      const expr = Object.hasOwn(page.sort, name) ? page.sort[name] : undefined
      return expr ? [{ ...compileExpr(expr, context), nullable: nullable(expr, context), descending }] : []
    })
  const descending = asked.at(-1)?.descending ?? false
  const id = keyFields(page.from.as, model.id, model).map((field) => ({
    ...compileExpr(field, context),
    nullable: false,
    descending,
  }))
  return [...keys, ...id]
}

const nullable = (expr: Expr<BoundScan>, context: SqlContext): boolean => {
  if (expr.kind !== 'field') return true
  return fieldIn(context, context.rows.get(expr.row) ?? '', expr.field).optional === true
}

/** `(a, id) > ($1, $2)` where an index can serve it; written out where directions differ or nulls can occur. */
function afterCursor(keys: readonly Key[], nulls: readonly boolean[], context: SqlContext): string {
  const value = (index: number): string => parameter(context, { kind: 'cursor', index }, keys[index]?.type ?? integer)
  const simple = keys.every((key) => !key.nullable && key.descending === keys[0]?.descending)
  if (simple) {
    const operator = keys[0]?.descending ? '<' : '>'
    return `(${keys.map(({ sql }) => sql).join(', ')}) ${operator} (${keys.map((_, index) => value(index)).join(', ')})`
  }
  const branches = keys.map((key, index) => {
    const equal = keys
      .slice(0, index)
      .map((before, at) => (nulls[at] ? `${before.sql} is null` : `${before.sql} = ${value(at)}`))
    return [...equal, beyond(key, nulls[index] === true ? undefined : value(index))].join(' and ')
  })
  return `(${branches.map((branch) => `(${branch})`).join(' or ')})`
}

/** Strictly after `value` in the key's order; `undefined` stands for null. */
function beyond(key: Key, value: string | undefined): string {
  if (key.descending) return value === undefined ? `${key.sql} is not null` : `${key.sql} < ${value}`
  if (value === undefined) return 'false'
  return key.nullable ? `(${key.sql} > ${value} or ${key.sql} is null)` : `${key.sql} > ${value}`
}
