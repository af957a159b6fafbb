import type { BoundScan, Cascade, DeletePlan, Edge, UpdatePlan } from '../../plan/plan.ts'
import { columns, identifier, modelIn, type SqlContext, table } from '../context.ts'
import { type Clause, clause } from './clauses.ts'

/**
 * Rows that a deletion or a restoration reaches through references. `$gone` names them by model and id, each with the
 * row it began with, however deep and in whatever circles the references go.
 */

const gone = '"$gone"'
const columnOf = (context: SqlContext, model: string, field: string): string =>
  identifier(context, modelIn(context, model).fields[field]?.column ?? field)
const idOf = (context: SqlContext, model: string): string => columnOf(context, model, modelIn(context, model).id)
const sinceOf = (context: SqlContext, model: string): string =>
  columnOf(context, model, modelIn(context, model).softDelete ?? '')
const named = (context: SqlContext, model: string): string => context.dialect.literal(model, { kind: 'text' })
const idType = (context: SqlContext, model: string): string => {
  const { fields, id } = modelIn(context, model)
  return context.dialect.columnType(fields[id]?.type ?? { kind: 'id' })
}

/** The models that are reached, each once. */
const reached = ({ along }: Cascade): readonly string[] => [...new Set(along.map(({ model }) => model))]

/** `any`: all rows. `living`: those that live. `together`: those that were deleted in the same moment as the row they refer to. */
export function goneRows(
  model: string,
  cascade: Cascade,
  which: 'living' | 'together' | 'any',
  context: SqlContext,
): readonly Clause[] {
  if (cascade.along.length === 0) return []
  const since = which === 'together' ? `"o".${sinceOf(context, model)}` : 'null::timestamptz'
  const id = `"o".${idOf(context, model)}::text`
  const steps = cascade.along.map((edge) => {
    const since = `"t".${sinceOf(context, edge.model)}`
    const state = { living: ` and ${since} is null`, together: ` and ${since} = "g"."$at"`, any: '' }[which]
    return `select ${named(context, edge.model)} as "$model", "t".${idOf(context, edge.model)}::text as "$id" from ${table(context, modelIn(context, edge.model))} "t" where ${names(edge, 't', context)}${state}`
  })
  return [
    {
      name: '$gone',
      recursive: true,
      sql:
        `select ${id} as "$root", ${since} as "$at", ${named(context, model)} as "$model", ${id} as "$id" from "$old" "o"` +
        ` union select "g"."$root", "g"."$at", "s"."$model", "s"."$id" from ${gone} "g" cross join lateral (${steps.join(' union all ')}) "s"`,
    },
  ]
}

/** Whether the row of `edge` names the row that `g` is; an id of another model is no id of this one's type. */
const names = (edge: Edge, as: string, context: SqlContext): string =>
  `${identifier(context, as)}.${columnOf(context, edge.model, edge.field)} = case when "g"."$model" = ${named(context, edge.of)} then "g"."$id"::${idType(context, edge.of)} end`

/** The number of the first reference that holds a row where it is; empty when none can. */
export function heldRows(plan: DeletePlan<BoundScan>, cascade: Cascade, context: SqlContext): string {
  const models = new Set([plan.model, ...reached(cascade)])
  const branches = cascade.held.map((edge, index) => {
    const model = modelIn(context, edge.model)
    const lives = model.softDelete === undefined ? '' : ` and "h".${sinceOf(context, edge.model)} is null`
    const number = plan.checks.length + 1 + index
    if (cascade.along.length === 0) {
      const itself =
        edge.model === plan.model ? ` and "h".${idOf(context, edge.model)} <> "o".${idOf(context, plan.model)}` : ''
      return `when exists(select 1 from ${table(context, model)} "h" where "h".${columnOf(context, edge.model, edge.field)} = "o".${idOf(context, plan.model)}${lives}${itself}) then ${number}`
    }
    const going = models.has(edge.model)
      ? ` and not exists(select 1 from ${gone} "x" where "x"."$root" = "g"."$root" and "x"."$model" = ${named(context, edge.model)} and "x"."$id" = "h".${idOf(context, edge.model)}::text)`
      : ''
    return `when exists(select 1 from ${gone} "g" join ${table(context, model)} "h" on ${names(edge, 'h', context)} where "g"."$root" = "o".${idOf(context, plan.model)}::text${lives}${going}) then ${number}`
  })
  return branches.length === 0 ? '' : `case ${branches.join(' ')} end`
}

/** They are deleted in the same moment, and so they come back together. */
export const deletedAlong = (model: string, cascade: Cascade, now: string, context: SqlContext): readonly Clause[] =>
  changedAlong(model, cascade, now, context)

/** The rows that were deleted along with those that are restored. */
export const restoredAlong = (
  plan: UpdatePlan<BoundScan>,
  cascade: Cascade,
  context: SqlContext,
): readonly Clause[] => [
  ...goneRows(plan.model, cascade, 'together', context),
  ...changedAlong(plan.model, cascade, 'null', context),
]

/** They go before the database would remove them, so that what they were is kept. */
export const removedAlong = (model: string, cascade: Cascade, context: SqlContext): readonly Clause[] =>
  changedAlong(model, cascade, undefined, context)

/** The clauses that hold the rows which were reached. */
export const changedAlongOf = (
  cascade: Cascade | undefined,
): readonly { readonly model: string; readonly name: string }[] =>
  (cascade ? reached(cascade) : []).map((model, index) => ({ model, name: nameOf(index) }))

const nameOf = (index: number): string => `$along${index}`

/** One change per model that is reached, of what the rows that were written reach. */
function changedAlong(
  model: string,
  cascade: Cascade,
  value: string | undefined,
  context: SqlContext,
): readonly Clause[] {
  const clauses = reached(cascade).map((other, index): Clause => {
    const definition = modelIn(context, other)
    const id = `"t".${idOf(context, other)}`
    const written = identifier(context, clause.written)
    const roots = `select "w".${idOf(context, model)}::text from ${written} "w"`
    const root = other === model ? ` and ${id} not in (select "w".${idOf(context, model)} from ${written} "w")` : ''
    const ids = `select "g"."$id"::${idType(context, other)} from ${gone} "g" where "g"."$model" = ${named(context, other)} and "g"."$root" in (${roots})`
    const list = columns(context, definition, 't')
    const rows = `${table(context, definition)} "t"`
    // One that somebody else deleted in the meantime keeps its own time.
    const still = value === undefined || value === 'null' ? '' : ` and "t".${sinceOf(context, other)} is null`
    const which = `where ${id} in (${ids})${root}${still} returning ${list}`
    return {
      name: nameOf(index),
      sql:
        value === undefined
          ? `delete from ${rows} ${which}`
          : `update ${rows} set ${sinceOf(context, other)} = ${value} ${which}`,
    }
  })
  const own = reached(cascade).indexOf(model)
  if (own < 0) return clauses
  const list = columns(context, modelIn(context, model))
  const both = `select ${list} from ${identifier(context, clause.written)} union all select ${list} from ${identifier(context, nameOf(own))}`
  return [...clauses, { name: '$both', sql: both }]
}

/** How the rows look to whatever reads them after the statement. */
export function overlay(
  plan: { readonly model: string },
  cascade: Cascade | undefined,
  remain: boolean,
  context: SqlContext,
): void {
  const along = cascade ? reached(cascade) : []
  for (const [index, model] of along.entries()) {
    context.writes.set(model, { written: nameOf(index), remain, replaces: true })
  }
  context.writes.set(plan.model, {
    written: clause.written,
    ...(along.includes(plan.model) ? { overlay: '$both' } : {}),
    remain,
    replaces: true,
  })
}
