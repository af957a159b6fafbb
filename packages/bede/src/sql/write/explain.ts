import { type Asked, groupsOf, speaksOf } from '../../plan/asked.ts'
import { always } from '../../plan/condition.ts'
import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { rows } from '../../plan/write.ts'
import { allSaid, said } from '../asked.ts'
import { identifier, parameter, type SqlContext } from '../context.ts'
import { from, whereClause } from '../expression.ts'
import { deleteClauses, matches, updateClauses } from './change.ts'
import { firstFailure } from './checks.ts'
import { clause, withClauses } from './clauses.ts'
import { proposalClauses, rowThere } from './create.ts'

/**
 * The second statement (law 4), paid only by a refusal: how many rows the write is about and which check fails first.
 * `asked`, in detail only: also, clause by clause, what each of these rules said.
 */
export function explainWrite(
  write: WritePlan<BoundScan>,
  request: { readonly ifMatch: boolean; readonly asked: readonly Asked[] },
  context: SqlContext,
): string {
  const { clauses, found } = dryRun(write, request.ifMatch, context)
  const groups = groupsOf(request.asked).map((rules) => {
    const { source, item } = rowsFor(rules[0], write, context)
    return said(rules, source, context, item)
  })
  return `${clauses} select ${found} as "found", (select min("$failed")::text from "$checked") as "failed", ${allSaid(groups)} as "said"`
}

/** The clauses of the write that find its rows and ask its checks, and nothing that changes any. */
function dryRun(write: WritePlan<BoundScan>, ifMatch: boolean, context: SqlContext) {
  if (write.kind === 'create') {
    const clauses = withClauses(proposalClauses(write, context), context)
    return { clauses, found: `${existing(write, ifMatch, context)}::text` }
  }
  const dry = { ifMatch, dry: true }
  const clauses = write.kind === 'update' ? updateClauses(write, dry, context) : deleteClauses(write, dry, context)
  return { clauses: withClauses(clauses, context), found: '(select count(*) from "$checked")::text' }
}

/** Where the rows stand that a rule is asked of; in a bulk each with its item. */
function rowsFor(
  { of, at }: Asked,
  write: WritePlan<BoundScan>,
  context: SqlContext,
): { readonly source: string; readonly item?: string } {
  const standing = (name: string, row: string) => {
    const as = identifier(context, row)
    if (write.each) context.items.set(write.each.as, `${as}."$item"`)
    return { source: `from ${identifier(context, name)} ${as}`, ...(write.each && { item: `${as}."$ord"` }) }
  }
  if (write.kind === 'create') {
    const child = of === 'child' ? write.children[at] : undefined
    if (child) {
      context.items.set(child.each.as, `${identifier(context, child.row)}."$item"`)
      return { source: `from ${identifier(context, `$new${at}`)} ${identifier(context, child.row)}` }
    }
    if (of === 'there' && write.exists) return { source: rowThere(write, write.exists, context) }
    return standing(clause.fresh, rows.fresh)
  }
  if (of === 'old') return standing(clause.old, rows.old)
  if (of === 'fresh') return standing(clause.fresh, rows.fresh)
  const everyone: BoundScan = { ...write.target, policy: always }
  const source = from(everyone, context)
  if (!write.each) return { source: `${source}${whereClause(everyone, context)}` }
  context.items.set(write.each.as, '"i"."$item"')
  const items = context.dialect.each(parameter(context, { kind: 'items', path: write.each.path }, { kind: 'json' }))
  return {
    source: `${source} cross join ${items} "i"("$item", "$ord")${whereClause(everyone, context)}`,
    item: '"i"."$ord"',
  }
}

/** For an upsert: the number of the first check that the row already there fails, or -1 where there is none. */
function existing(write: WritePlan<BoundScan> & { kind: 'create' }, ifMatch: boolean, context: SqlContext): string {
  const { exists } = write
  if (!exists) return '(-1)'
  context.rows.set(exists.old, write.model)
  // What is asked of the row as it will be keeps its number, and is not asked here.
  const own = exists.checks.map((check) => (speaksOf(check.rule, rows.upserted) ? { ...check, rule: always } : check))
  const failed = firstFailure(own, context, 0, ifMatch ? [matches(exists.represents, context)] : [])
  const least = `select min(coalesce(${failed}, ${own.length})) ${rowThere(write, exists, context)}`
  return `coalesce((${least}), -1)`
}
