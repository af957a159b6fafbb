import { aggregateType } from '../expr/functions.ts'
import type { ValueType } from '../expr/value.ts'
import type { BoundScan, GroupsShape } from '../plan/plan.ts'
import { identifier, parameter, type SqlContext } from './context.ts'
import { compileExpr, from, whereClause } from './expression.ts'

/** What one call asks of groups: names of the shape's, each once. */
export interface GroupsRequest {
  readonly by: readonly string[]
  readonly measures: readonly string[]
  /** One of those; `-` first for descending. Absent: by the values grouped by. */
  readonly sort?: string
}

export const everyGroup = ({ by, measures }: GroupsShape<BoundScan>): GroupsRequest => ({
  by: Object.keys(by),
  measures: Object.keys(measures),
})

/** A value of a group: the column that holds it, and its name in the answer. */
interface Column {
  readonly name: string
  readonly column: string
  readonly type: ValueType
}

const integer: ValueType = { kind: 'integer' }

/**
 * The rows that the policy and the filters leave, in groups, with measures of each. One group more than the limit is
 * made, to know whether there are more. What a group is made of is computed once per row, below.
 */
export function compileGroups(groups: GroupsShape<BoundScan>, request: GroupsRequest, context: SqlContext): string {
  const source = from(groups.from, context)
  const values: string[] = []
  const keys = request.by.flatMap((name, index): Column[] => {
    const one = groups.by[name]
    if (!one) return []
    const { sql, type } = compileExpr(one.expr, context)
    values.push(`${sql} as "k${index}"`)
    return [{ name, column: `"k${index}"`, type }]
  })
  const made: string[] = []
  const measures = request.measures.flatMap((name, index): Column[] => {
    const one = groups.measures[name]
    if (!one) return []
    const of = one.of && compileExpr(one.of, context)
    if (of) values.push(`${of.sql} as "v${index}"`)
    made.push(`${context.dialect.aggregate(one.fn, of && { sql: `"g"."v${index}"`, type: of.type })} as "m${index}"`)
    return [{ name, column: `"m${index}"`, type: aggregateType(one.fn, of?.type) }]
  })
  const columns = keys.map(({ column }) => column)
  const grouped = columns.length === 0 ? '' : ` group by ${columns.join(', ')}`
  const inner = `(select ${values.join(', ') || '1'} ${source}${whereClause(groups.from, context)}) "g"`
  const order = orderOf(request, keys, measures)
  const limit = parameter(context, { kind: 'input', path: ['limit'], type: integer }, integer)
  return [
    `with "$groups" as materialized (select ${[...columns, ...made].join(', ')} from ${inner}${grouped}${order} limit ${limit} + 1)`,
    'select row_to_json("$o")::text as "body" from (select',
    `array(select "$i" from (select ${object('b', keys, context)} as "by", ${object('m', measures, context)} as "measures" from "$groups"${order} limit ${limit}) "$i") as "items",`,
    `(select count(*) from "$groups") > ${limit} as "more") "$o"`,
  ].join(' ')
}

const object = (as: string, members: readonly Column[], context: SqlContext): string => {
  if (members.length === 0) return `'{}'::json`
  const list = members.map(
    ({ name, column, type }) => `${context.dialect.jsonValue(column, type)} as ${identifier(context, name)}`,
  )
  return `(select "$${as}" from (select ${list.join(', ')}) "$${as}")`
}

/** The order asked for, then the values grouped by, so that it is total. */
function orderOf({ sort = '' }: GroupsRequest, keys: readonly Column[], measures: readonly Column[]): string {
  const descending = sort.startsWith('-')
  const asked = [...keys, ...measures].find(({ name }) => name === (descending ? sort.slice(1) : sort))
  const first = asked ? [`${asked.column}${descending ? ' desc nulls last' : ''}`] : []
  const order = [...first, ...keys.filter((key) => key !== asked).map(({ column }) => column)]
  return order.length === 0 ? '' : ` order by ${order.join(', ')}`
}
