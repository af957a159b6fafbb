import type { BoundScan, OneShape, PlanShape } from '../plan/plan.ts'
import { identifier, type SqlContext } from './context.ts'
import { compileExpr, from, orderBy, rest } from './expression.ts'

/**
 * A shape as one SQL value. Rows stay records all the way up and are converted to JSON once, at the top: correlated
 * scalar subqueries, `array(select …)` for lists, no `jsonb` (the fastest form measured).
 */
export function compileShape(shape: PlanShape<BoundScan>, context: SqlContext): string {
  switch (shape.kind) {
    case 'value':
      return context.dialect.jsonValue(compileExpr(shape.expr, context).sql, shape.type)
    case 'object':
      return `(select "$o" from (select ${members(shape, context)}) "$o")`
    case 'one': {
      if (shape.joined) return joinedAs(shape, context)
      const source = sourceOf(shape, context)
      return row(shape, source, rest(shape.from, context), context)
    }
    case 'list': {
      const { source, tail } = picked(shape, context)
      if (shape.distinct && shape.item.kind === 'value') return distinct(shape.item, source, tail, context)
      if (shape.item.kind === 'object') return `array${row(shape, source, tail, context)}`
      return `array(select ${item(shape.item, context)} ${source}${tail})`
    }
    case 'page':
    case 'groups':
      throw new Error('a page and groups stand at the top of an operation only')
  }
}

/** Where rows of this shape come from, with the rows that are joined to each. */
export function sourceOf(
  { from: scan, item }: { readonly from: BoundScan; readonly item: PlanShape<BoundScan> },
  context: SqlContext,
): string {
  const source = from(scan, context)
  return (
    source +
    joinedIn(item)
      .map((one) => ` cross join lateral ${joinedRow(one, context)}`)
      .join('')
  )
}

/** `(select "t3"."id" as "id" from "user" "t3" where …) "$t3"`, to be named as a whole. */
function joinedRow(shape: JoinedShape, context: SqlContext): string {
  const source = sourceOf(shape, context)
  const shown = members(shape.item, context)
  return `(select ${shown} ${source}${rest(shape.from, context)}) ${joinedAs(shape, context)}`
}

type JoinedShape = OneShape<BoundScan> & { readonly item: { readonly kind: 'object' } }

/** The row, and the column it is where rows are picked first: no column of a model has such a name. */
const joinedAs = ({ from: { as } }: OneShape<BoundScan>, context: SqlContext): string => identifier(context, `$${as}`)

const joinedIn = (shape: PlanShape<BoundScan>): readonly JoinedShape[] => {
  if (shape.kind === 'object') return Object.values(shape.members).flatMap(joinedIn)
  return isJoined(shape) ? [shape] : []
}

const isJoined = (shape: PlanShape<BoundScan>): shape is JoinedShape =>
  shape.kind === 'one' && shape.joined === true && shape.item.kind === 'object'

/** Where a list's rows come from. They are picked first: nothing is computed for those that a limit leaves out. */
function picked(shape: PlanShape<BoundScan> & { kind: 'list' }, context: SqlContext) {
  const { from: scan, item, distinct } = shape
  const source = sourceOf(shape, context)
  const tail = rest(scan, context)
  if ((!scan.limit && !scan.offset) || distinct) return { source, tail }
  const as = identifier(context, scan.as)
  const shown = [`${as}.*`, ...joinedIn(item).map((one) => joinedAs(one, context))].join(', ')
  return { source: `from (select ${shown} ${source}${tail}) ${as}`, tail: orderBy(scan, context) }
}

/** `(select "$o" from (select … as "title" from "article" "t0" where …) "$o")` */
function row(
  shape: PlanShape<BoundScan> & { kind: 'one' | 'list' },
  source: string,
  tail: string,
  context: SqlContext,
): string {
  if (shape.item.kind !== 'object') return `(select ${compileShape(shape.item, context)} ${source}${tail})`
  return `(select "$o" from (select ${members(shape.item, context)} ${source}${tail}) "$o")`
}

/** Compared as they are stored, and written as JSON after. */
function distinct(
  { expr, type }: PlanShape<BoundScan> & { kind: 'value' },
  source: string,
  tail: string,
  context: SqlContext,
): string {
  const value = `select distinct ${compileExpr(expr, context).sql} as "$v" ${source}${tail}`
  return `array(select ${context.dialect.jsonValue('"$d"."$v"', type)} from (${value}) "$d")`
}

/** A list of lists, or of records behind another row, cannot be a SQL array: those items become JSON at once. */
function item(shape: PlanShape<BoundScan>, context: SqlContext): string {
  const sql = compileShape(shape, context)
  const nested = shape.kind === 'list' || (shape.kind === 'value' && shape.type.kind === 'array')
  return nested ? `to_json(${sql})` : sql
}

/** `… as "slug", … as "title"`: the members' names are the answer's keys. */
export function members(shape: PlanShape<BoundScan> & { kind: 'object' }, context: SqlContext): string {
  return Object.entries(shape.members)
    .map(([name, member]) => `${compileShape(member, context)} as ${identifier(context, name)}`)
    .join(', ')
}

/** How a compiled shape becomes JSON. */
function toJson(shape: PlanShape<BoundScan>): 'row_to_json' | 'array_to_json' | 'to_json' {
  switch (shape.kind) {
    case 'object':
      return 'row_to_json'
    case 'list':
      return 'array_to_json'
    case 'one':
      return toJson(shape.item)
    default:
      return 'to_json'
  }
}

/** The whole answer as JSON text; null where a row that must be there is not. */
export function compileBody(shape: PlanShape<BoundScan>, context: SqlContext): string {
  if (shape.kind !== 'object') return `${toJson(shape)}(${compileShape(shape, context)})::text`
  const guards = guardsOf(shape, context)
  const fence = guards === '' ? '' : ' offset 0'
  return `(select row_to_json("$o")::text from (select ${members(shape, context)}${fence}) "$o"${guards})`
}

/** What must be there for an answer to be whole, as a condition on its members; empty when nothing must. */
export function guardsOf(shape: PlanShape<BoundScan> & { kind: 'object' }, context: SqlContext): string {
  const required = Object.entries(shape.members).filter(([, member]) => member.kind === 'one' && !member.nullable)
  const guards = required.map(([name]) => `"$o".${identifier(context, name)} is distinct from null`)
  return guards.length === 0 ? '' : ` where ${guards.join(' and ')}`
}
