import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { column, identifier, modelIn, parameter, type SqlContext } from '../context.ts'
import { anyKeyColumn, partsOf, sameRow } from '../key.ts'
import { clause } from './clauses.ts'
import { failureCode, failuresOf } from './failures.ts'

const done = { create: 'created', update: 'updated', delete: 'deleted' } as const

/**
 * What became of each item of a bulk, in the order of the items, as JSON text: `{"status":"created","code":null,"id":…}`
 * or `{"status":"refused","code":"forbidden","id":null}`. Each item stands for itself.
 */
export function outcomes(plan: WritePlan<BoundScan>, context: SqlContext): string {
  const model = modelIn(context, plan.model)
  const id = anyKeyColumn(model, context.dialect)
  context.rows.set('w', plan.model)
  const key = column(context, 'w', model.id).sql
  const named = partsOf(model, model.id) ? `case when "w".${id} is not null then ${key} end` : key
  const path = plan.each?.path ?? []
  const items = `${context.dialect.each(parameter(context, { kind: 'items', path }, { kind: 'json' }))} "i"("$item", "$ord")`
  const failed = failuresOf(plan).map((failure, index) => `when ${index} then '${failureCode(failure)}'`)
  const code =
    failed.length === 0 ? '' : `when "c"."$failed" is not null then case "c"."$failed" ${failed.join(' ')} end `
  const otherwise = plan.kind === 'create' ? 'already-exists' : 'conflict'
  // Of two items that name the same row only the first is carried out.
  const again =
    plan.kind !== 'create'
      ? `when "c"."$ord" is null and exists(select 1 from "$old" "d" where "d"."$ord" = "i"."$ord") then 'conflict' `
      : ''
  const member = [
    `case when "w".${id} is not null then '${done[plan.kind]}' else 'refused' end as "status"`,
    `case when "w".${id} is not null then null ${again}when "c"."$ord" is null then 'not-found' ${code}else '${otherwise}' end as "code"`,
    `${named} as "id"`,
  ]
  const written = `${sameRow(model, '"w"', '"c"', context.dialect)}${sameKey(plan, context)}`
  const joins = `left join "$checked" "c" on "c"."$ord" = "i"."$ord" left join ${identifier(context, clause.written)} "w" on ${written}`
  return `(select array_to_json(array(select "$o" from (select ${member.join(', ')} from ${items} ${joins} order by "i"."$ord") "$o"))::text)`
}

/** A row that was there already was found by its key, and has kept its own id. */
function sameKey(plan: WritePlan<BoundScan>, context: SqlContext): string {
  if (plan.kind !== 'create' || !plan.exists) return ''
  const { fields } = modelIn(context, plan.model)
  const pairs = plan.exists.key.map((field) => {
    const name = identifier(context, fields[field]?.column ?? field)
    return `"w".${name} = "c".${name}`
  })
  return ` or (${pairs.join(' and ')})`
}
