import { always } from '../plan/condition.ts'
import type { BoundScan, PlanShape } from '../plan/plan.ts'
import type { SqlContext } from './context.ts'
import { from, holds, rest } from './expression.ts'
import { clausesOf, inWords } from './write/explain.ts'

export const readExplanationShape = ['hidden', 'clauses'] as const

/** The first row that the answer must have, wherever in it. */
export function requiredScan(answer: PlanShape<BoundScan> | undefined): BoundScan | undefined {
  if (answer?.kind === 'one') return answer.from
  if (answer?.kind !== 'object') return undefined
  const first = Object.values(answer.members).find((member) => member.kind === 'one' && !member.nullable)
  return first?.kind === 'one' ? first.from : undefined
}

/**
 * In development only: whether the row that a read did not find is there but hidden, and which clauses of its read
 * policy hide it. In production a hidden row and a missing one are the same, and nobody asks.
 */
export function explainRead(scan: BoundScan, context: SqlContext): string {
  const { order: _order, limit: _limit, offset: _offset, ...bare } = scan
  const everyone: BoundScan = { ...bare, policy: always }
  const source = from(everyone, context)
  const said = clausesOf(scan.policy).map((clause) => holds(clause, context))
  return `select count(*)::text as "hidden", (array_agg(array[${said.join(', ')}]::text))[1] as "clauses" ${source}${rest(everyone, context)}`
}

/** `row.status.eq("published") does not hold`, for each clause that does not. */
export function hiddenInWords(scan: BoundScan, held: string | null): readonly string[] {
  const flags = (held ?? '').replace(/[{}]/g, '').split(',')
  return clausesOf(scan.policy).flatMap((clause, index) =>
    flags[index] === 't' || flags[index] === 'true' ? [] : [inWords(clause)],
  )
}
