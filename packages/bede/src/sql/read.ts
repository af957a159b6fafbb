import type { BoundScan, PlanShape } from '../plan/plan.ts'
import type { SqlContext } from './context.ts'
import { from, rest } from './expression.ts'
import { compileBody, guardsOf, members } from './shape.ts'

/**
 * One row with the body, or no row where something that must be there is not.
 *
 * PostgreSQL pulls a subselect up and then computes a column as often as it is named: where the body is tested as well
 * as given, `offset 0` keeps it from computing everything twice.
 */
export function compileRead(answer: PlanShape<BoundScan>, context: SqlContext): string {
  if (answer.kind === 'object') {
    const guards = guardsOf(answer, context)
    const fence = guards === '' ? '' : ' offset 0'
    return `select row_to_json("$o")::text as "body" from (select ${members(answer, context)}${fence}) "$o"${guards}`
  }
  if (answer.kind === 'one' && !answer.nullable && answer.item.kind === 'object') {
    const source = from(answer.from, context)
    const row = `select ${members(answer.item, context)} ${source}${rest(answer.from, context)}`
    return `select row_to_json("$o")::text as "body" from (${row}) "$o"`
  }
  const body = compileBody(answer, context)
  if (answer.kind === 'list') return `select ${body} as "body"`
  if (answer.kind === 'one' && answer.nullable) return `select coalesce(${body}, 'null') as "body"`
  return `select "body" from (select ${body} as "body" offset 0) "r" where "body" is not null`
}

export const readShape = ['body'] as const
