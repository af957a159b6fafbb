import { type Asked, groupsOf, requiredOf } from '../plan/asked.ts'
import { always } from '../plan/condition.ts'
import type { BoundScan, PlanShape } from '../plan/plan.ts'
import { requiredRows, withoutRequired } from '../plan/required.ts'
import { allSaid, said } from './asked.ts'
import type { SqlContext } from './context.ts'
import { from, rest } from './expression.ts'

/**
 * In detail only: of each row that a read must find, hidden or not, what the rules said. In production a hidden row and a
 * missing one are the same, and nobody asks.
 */
export function explainRead(
  answer: PlanShape<BoundScan> | undefined,
  asked: readonly Asked[],
  context: SqlContext,
): string {
  const required = requiredOf(answer)
  const groups = groupsOf(asked).flatMap((rules) => {
    const one = required[rules[0].at]
    if (!one) return []
    const source = foundRows(withoutRequired(one.from, requiredRows(one.item)), context)
    return [said(rules, source, context)]
  })
  return `select null::text as "found", null::text as "failed", ${allSaid(groups)} as "said"`
}

/** The rows that a scan is about, whoever may see them. */
function foundRows(scan: BoundScan, context: SqlContext): string {
  const { order: _order, limit: _limit, offset: _offset, ...bare } = scan
  const everyone: BoundScan = { ...bare, policy: always }
  return `${from(everyone, context)}${rest(everyone, context)}`
}
