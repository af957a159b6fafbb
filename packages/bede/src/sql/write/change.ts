import type { BoundScan, Cascade, DeletePlan, UpdatePlan } from '../../plan/plan.ts'
import { asStored, columns, identifier, modelIn, parameter, type SqlContext, storedFields, table } from '../context.ts'
import { compileExpr, from, whereClause } from '../expression.ts'
import { anyKeyColumn, keyColumns, sameRow } from '../key.ts'
import { compileBody } from '../shape.ts'
import { deletedAlong, goneRows, heldRows, overlay, removedAlong, restoredAlong } from './along.ts'
import { carriedItem, firstFailure } from './checks.ts'
import { type Clause, clause } from './clauses.ts'
import { asksFirst, isFound, sealedValue, targetRow } from './sealed.ts'

/** What a statement that changes rows is asked besides: whether `If-Match` has to hold. */
export interface ChangeRequest {
  readonly ifMatch: boolean
  /** Without locks and without writing: only what speaks against it. */
  readonly dry?: boolean
}

type ChangePlan = UpdatePlan<BoundScan> | DeletePlan<BoundScan>

/**
 * The rows the change is about, locked, each with the number of the first check that fails. The lock makes the checks
 * see the latest committed row: of two that publish the same draft, the second finds it published.
 */
function oldRows(plan: ChangePlan, request: ChangeRequest, context: SqlContext): Clause {
  const model = modelIn(context, plan.model)
  const alias = identifier(context, plan.target.as)
  if (plan.each) context.items.set(plan.each.as, '"i"."$item"')
  const source = from(plan.target, context)
  const joined = plan.each
    ? `${source} cross join ${context.dialect.each(parameter(context, { kind: 'items', path: plan.each.path }, { kind: 'json' }))} "i"("$item", "$ord")`
    : source
  const failed = firstFailure(plan.checks, context, 0, request.ifMatch ? [matches(plan.represents, context)] : [])
  const more = plan.each ? ', "i"."$item", "i"."$ord"' : ''
  const found = !request.dry && asksFirst(plan, context) ? [isFound(context, plan.target.as, model)] : []
  const lock = request.dry ? '' : ` for update of ${alias}`
  return {
    name: clause.old,
    sql: `select ${columns(context, model, plan.target.as)}${more}, ${failed} as "$failed" ${joined}${whereClause(plan.target, context, found)}${lock}`,
  }
}

/** `If-Match` (RFC 9110 §13.1.1): the entity tag is the MD5 of the representation. Without one, nothing can match. */
export function matches(represents: ChangePlan['represents'], context: SqlContext): string {
  if (!represents) return 'false'
  const etags = parameter(context, { kind: 'etags' }, { kind: 'array', of: { kind: 'text' } })
  return `coalesce(md5(${compileBody(represents, context)}) = any(${etags}), false)`
}

/** Of two items that name one row the first counts; the second is reported as a conflict. */
function eachOnce(
  plan: ChangePlan,
  context: SqlContext,
  old: string,
): { readonly once: string; readonly order: string } {
  if (!plan.each) return { once: '', order: '' }
  const id = keyColumns(modelIn(context, plan.model), context.dialect)
    .map((column) => `${old}.${column}`)
    .join(', ')
  return { once: `distinct on (${id}) `, order: ` order by ${id}, ${old}."$ord"` }
}

/** The rows as they would be, with what speaks against them. */
function newRows(plan: UpdatePlan<BoundScan>, context: SqlContext): readonly Clause[] {
  const model = modelIn(context, plan.model)
  const old = identifier(context, plan.target.as)
  if (plan.each) context.items.set(plan.each.as, `${old}."$item"`)
  const each = plan.each && { path: plan.each.path, as: plan.each.as, ord: `${old}."$ord"` }
  const closed = (field: string, value: UpdatePlan<BoundScan>['set'][string]): string => {
    const otherwise = `${old}.${identifier(context, model.fields[field]?.column ?? field)}`
    const to = { model: plan.model, field, row: targetRow(plan, context), otherwise, ...(each ? { each } : {}) }
    return sealedValue(value, to, context)
  }
  const list = storedFields(model).map(([name, definition]) => {
    const quoted = identifier(context, definition.column)
    const value = plan.set[name]
    if (value && definition.type.kind === 'encrypted') return `${closed(name, value)} as ${quoted}`
    const sql =
      value && asStored(context, compileExpr(keepUnsent(value, plan.target.as, name), context).sql, definition)
    return `${sql ?? `${old}.${quoted}`} as ${quoted}`
  })
  const { once, order } = eachOnce(plan, context, old)
  const row = identifier(context, plan.row)
  const item = plan.each ? carriedItem(plan.newChecks, plan.each.as, `${old}."$item"`, row, context) : ''
  const fresh: Clause = {
    name: clause.fresh,
    sql: `select ${once}${list.join(', ')}${item}${plan.each ? `, ${old}."$ord"` : ''}, ${old}."$failed" from ${identifier(context, clause.old)} ${old}${order}`,
  }
  context.rows.set(plan.row, plan.model)
  const failure = firstFailure(plan.newChecks, context, plan.checks.length + 1)
  const checked: Clause = {
    name: '$checked',
    sql: `select ${columns(context, model, plan.row)}${plan.each ? `, ${row}."$ord"` : ''}, coalesce(${row}."$failed", ${failure}) as "$failed" from ${identifier(context, clause.fresh)} ${row}`,
  }
  return [fresh, checked]
}

/** In a bulk, a member that an item did not send leaves the field as it is. */
const keepUnsent = (
  value: UpdatePlan<BoundScan>['set'][string],
  row: string,
  field: string,
): UpdatePlan<BoundScan>['set'][string] =>
  value.kind === 'given' && value.otherwise === undefined
    ? { ...value, otherwise: { kind: 'field', row, field } }
    : value

export function updateClauses(
  plan: UpdatePlan<BoundScan>,
  request: ChangeRequest,
  context: SqlContext,
): readonly Clause[] {
  overlay(plan, plan.restores, true, context)
  const model = modelIn(context, plan.model)
  const clauses = [oldRows(plan, request, context), ...newRows(plan, context)]
  if (request.dry) return clauses
  const id = anyKeyColumn(model, context.dialect)
  const changed = Object.keys(plan.set)
    .filter((name) => !model.fields[name]?.generated)
    .map((name) => identifier(context, model.fields[name]?.column ?? name))
  const assignments = (changed.length === 0 ? [id] : changed).map((name) => `${name} = "c".${name}`)
  return [
    ...clauses,
    {
      name: clause.written,
      sql: `update ${table(context, model)} "t" set ${assignments.join(', ')} from "$checked" "c" where ${sameRow(model, '"t"', '"c"', context.dialect)} and ${permitted(plan)} returning ${columns(context, model, 't')}`,
    },
    ...(plan.restores ? restoredAlong(plan, plan.restores, context) : []),
  ]
}

export function deleteClauses(
  plan: DeletePlan<BoundScan>,
  request: ChangeRequest,
  context: SqlContext,
): readonly Clause[] {
  overlay(plan, plan.keeps ?? plan.removes, false, context)
  const model = modelIn(context, plan.model)
  const old = oldRows(plan, request, context)
  if (plan.keeps) return keepingClauses(plan, plan.keeps, old, request, context)
  const { once, order } = eachOnce(plan, context, '"o"')
  const checked: Clause = {
    name: '$checked',
    sql: `select ${once}* from ${identifier(context, clause.old)} "o"${order}`,
  }
  if (request.dry) return [old, checked]
  return [
    old,
    ...(plan.removes ? goneRows(plan.model, plan.removes, 'any', context) : []),
    checked,
    {
      name: clause.written,
      sql: `delete from ${table(context, model)} "t" using "$checked" "c" where ${sameRow(model, '"t"', '"c"', context.dialect)} and ${permitted(plan)} returning ${columns(context, model, 't')}`,
    },
    ...(plan.removes ? removedAlong(plan.model, plan.removes, context) : []),
  ]
}

/** The rows stay, and are deleted from now on; those that refer to them go along, or stand in the way. */
function keepingClauses(
  plan: DeletePlan<BoundScan>,
  keeps: Cascade,
  old: Clause,
  request: ChangeRequest,
  context: SqlContext,
): readonly Clause[] {
  const model = modelIn(context, plan.model)
  const gone = goneRows(plan.model, keeps, 'living', context)
  const held = heldRows(plan, keeps, context)
  const more = plan.each ? ', "o"."$ord"' : ''
  const failed = held === '' ? '"o"."$failed"' : `coalesce("o"."$failed", ${held})`
  const { once, order } = eachOnce(plan, context, '"o"')
  const checked: Clause = {
    name: '$checked',
    sql: `select ${once}${columns(context, model, 'o')}${more}, ${failed} as "$failed" from "$old" "o"${order}`,
  }
  const clauses = [old, ...gone, checked]
  if (request.dry) return clauses
  const id = identifier(context, model.fields[model.id]?.column ?? 'id')
  const since = identifier(context, model.fields[model.softDelete ?? '']?.column ?? '')
  const now = parameter(context, { kind: 'now' }, { kind: 'timestamp' })
  return [
    ...clauses,
    {
      name: clause.written,
      sql: `update ${table(context, model)} "t" set ${since} = ${now} from "$checked" "c" where "t".${id} = "c".${id} and ${permitted(plan)} returning ${columns(context, model, 't')}`,
    },
    ...deletedAlong(plan.model, keeps, now, context),
  ]
}

/** In a bulk each row stands for itself; otherwise one row that may not be changed refuses them all. */
const permitted = (plan: ChangePlan): string =>
  plan.each ? '"c"."$failed" is null' : 'not exists(select 1 from "$checked" where "$failed" is not null)'
