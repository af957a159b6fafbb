import type { Asked } from '../plan/asked.ts'
import { clauseOf, leavesOf } from '../plan/clause.ts'
import type { SqlContext } from './context.ts'
import { compileExpr } from './expression.ts'

/** What an explanation answers: how many rows it is about, the first check that failed, and what each rule said. */
export const explanationShape = ['found', 'failed', 'said'] as const

/** Of more rows than these a rule is not asked, but for the items of a bulk: an explanation is read by a person. */
const mostRows = 100

/**
 * What rules that are asked of the same rows say, clause by clause, as JSON: a list with `[item, [true, null, …]]` for
 * each row. `source`: everything from `from` on. `item`: which item of a bulk a row was made of, counted from one.
 */
export function said(rules: readonly Asked[], source: string, context: SqlContext, item?: string): string {
  const truths = rules.flatMap(({ rule }) => leavesOf(clauseOf(rule)).map((leaf) => compileExpr(leaf, context).sql))
  const row = `json_build_array(${item ?? 'null'}, array[${truths.join(', ')}]::boolean[])`
  const tail = item === undefined ? ` limit ${mostRows}` : ` order by ${item}`
  return `(select coalesce(json_agg("s"."$said"), '[]'::json) from (select ${row} as "$said" ${source}${tail}) "s")`
}

/** Everything that was said, group by group. */
export const allSaid = (groups: readonly string[]): string =>
  groups.length === 0 ? 'null::text' : `json_build_array(${groups.join(', ')})::text`
