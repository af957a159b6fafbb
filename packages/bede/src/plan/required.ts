import type { Expr } from '../expr/expr.ts'
import { all, always, conjuncts, isAlways } from './condition.ts'
import type { BoundScan, PlanShape } from './plan.ts'

/** A row that has to be shown with another, or the other is not there either (see require.ts). */
export interface RequiredRow {
  readonly scan: BoundScan
  /** Who may read it, clause by clause, as conditions on the row above. */
  readonly rule: Expr<BoundScan>
}

type Rule = Expr<BoundScan>

/** All of them, of an item's own and of those rows in turn. `above`: a condition on the item's row as one on the row at the top. */
export function requiredRows(item: PlanShape<BoundScan>, above = (rule: Rule): Rule => rule): readonly RequiredRow[] {
  if (item.kind === 'object') return Object.values(item.members).flatMap((member) => requiredRows(member, above))
  if (item.kind !== 'one' || item.nullable) return []
  const { from } = item
  const some = (where: Rule): Rule => above({ kind: 'some', from: { ...from, policy: always }, where })
  const below = requiredRows(item.item, some)
  // Where everybody may read it, the reference is proof enough.
  return isAlways(from.policy) ? below : [{ scan: from, rule: eachClause(from.policy, some) }, ...below]
}

/** At most one row: that it meets both is that it meets the one and the other. */
function eachClause(rule: Rule, some: (where: Rule) => Rule): Rule {
  if (rule.kind !== 'call' || (rule.fn !== 'and' && rule.fn !== 'or')) return some(rule)
  return { ...rule, args: rule.args.map((arg) => eachClause(arg, some)) }
}

/** The scan without the conditions that these rows are there. */
export function withoutRequired(scan: BoundScan, required: readonly RequiredRow[]): BoundScan {
  const names = new Set(required.map((one) => one.scan.as))
  const parts = scan.where ? conjuncts(scan.where) : []
  const where = all(parts.filter((part) => part.kind !== 'some' || !names.has(part.from.as)))
  const { where: _, ...rest } = scan
  return where ? { ...rest, where } : rest
}
