import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { identifier, modelIn, parameter, type SqlContext } from '../context.ts'
import { from, whereClause } from '../expression.ts'
import { withClauses } from './clauses.ts'
import { proposalClauses, rowThere } from './create.ts'

export const targetsShape = ['item', 'id'] as const

/** Which rows a write is about, before it is made: their ids, and in a bulk the numbers of their items. */
export function compileTargets(write: WritePlan<BoundScan>, context: SqlContext): string {
  const model = modelIn(context, write.model)
  const idOf = (row: string): string =>
    `${identifier(context, row)}.${identifier(context, model.fields[model.id]?.column ?? model.id)}::text`
  if (write.kind === 'create' && write.exists) {
    const clauses = withClauses(proposalClauses(write, context), context)
    const item = write.each ? '("n"."$ord" - 1)::text' : 'null'
    const shown = `${item} as "item", ${idOf(write.exists.old)} as "id"`
    return `${clauses} select ${shown} ${rowThere(write, write.exists, context)}`
  }
  if (write.kind !== 'update') throw new Error('only what is created or changed has values to seal')
  if (write.each) context.items.set(write.each.as, '"i"."$item"')
  const source = from(write.target, context)
  const items = write.each && parameter(context, { kind: 'items', path: write.each.path }, { kind: 'json' })
  const each = items === undefined ? '' : ` cross join ${context.dialect.each(items)} "i"("$item", "$ord")`
  const item = items === undefined ? 'null' : '("i"."$ord" - 1)::text'
  return `select ${item} as "item", ${idOf(write.target.as)} as "id" ${source}${each}${whereClause(write.target, context)}`
}

/** The rows of it. */
export const targetRows = (rows: readonly (readonly (string | null)[])[]) =>
  rows.flatMap(([item, id]) => (id == null ? [] : [{ id, ...(item == null ? {} : { item: Number(item) }) }]))
