import { walk } from '../../expr/walk.ts'
import type { BoundScan, Check } from '../../plan/plan.ts'
import type { SqlContext } from '../context.ts'
import { holds } from '../expression.ts'

/**
 * The position of the first check that fails, as an integer; null when all hold. `first`: where counting starts, so
 * that the old row's checks and the new row's have numbers of their own.
 */
export function firstFailure(
  checks: readonly Check<BoundScan>[],
  context: SqlContext,
  first = 0,
  extra: readonly string[] = [],
): string {
  const rules = [...checks.map(({ rule }) => holds(rule, context)), ...extra]
  const branches = rules.flatMap((rule, index) => (rule === 'true' ? [] : [`when not (${rule}) then ${first + index}`]))
  return branches.length === 0 ? 'null::int4' : `case ${branches.join(' ')} end`
}

/**
 * Selects the item a row was made of along with it, where its checks ask about the item: what was sent of a field that
 * has a rule of its own. The checks then find it at the row that carries it.
 */
export function carriedItem(
  checks: readonly Check<BoundScan>[],
  as: string,
  item: string,
  row: string,
  context: SqlContext,
): string {
  let asked = false
  for (const { rule } of checks) {
    walk<BoundScan>(rule, (expr) => {
      asked ||= (expr.kind === 'given' || expr.kind === 'item') && expr.as === as
    })
  }
  if (!asked) return ''
  context.items.set(as, `${row}."$item"`)
  return `, ${item}`
}
