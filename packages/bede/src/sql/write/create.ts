import type { Expr } from '../../expr/expr.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { BoundScan, ChildPlan, CreatePlan } from '../../plan/plan.ts'
import { rows } from '../../plan/write.ts'
import {
  asStored,
  column,
  columns,
  identifier,
  modelIn,
  parameter,
  type SqlContext,
  storedFields,
  storedText,
  table,
} from '../context.ts'
import { compileExpr, sent } from '../expression.ts'
import { partsOf } from '../key.ts'
import { matches } from './change.ts'
import { carriedItem, firstFailure } from './checks.ts'
import { type Clause, clause } from './clauses.ts'
import { asksFirst, isFound, newRow, type SealedFor, sealedValue, thereRow } from './sealed.ts'

/** The clauses that make the new rows, find what speaks against them, and insert them if nothing does. */
export function createClauses(
  plan: CreatePlan<BoundScan>,
  { ifMatch }: { readonly ifMatch: boolean },
  context: SqlContext,
): readonly Clause[] {
  const children = plan.children.map((child, index) => ({ child, name: `$new${index}`, written: `$child${index}` }))
  context.writes.set(plan.model, {
    written: clause.written,
    pending: clause.fresh,
    remain: true,
    replaces: plan.exists !== undefined,
  })
  const proposals = proposalClauses(plan, context)
  for (const { child, written } of children) {
    context.writes.set(child.model, { written, remain: true, replaces: false })
  }
  return [
    ...proposals,
    ...(ifMatch && plan.exists
      ? [
          {
            name: there,
            sql: `select 1 ${rowThere(plan, plan.exists, context)} for update of ${identifier(context, plan.exists.old)}`,
          },
        ]
      : []),
    { name: clause.written, sql: insertParent(plan, ifMatch, context) },
    ...children.map(({ child, name, written }) => ({ name: written, sql: insertChild(child, name, context) })),
  ]
}

/** The new rows as they would be, children too, each with the number of the first check that fails. Nothing is written. */
export function proposalClauses(plan: CreatePlan<BoundScan>, context: SqlContext): readonly Clause[] {
  context.writes.set(plan.model, {
    written: clause.written,
    pending: clause.fresh,
    remain: true,
    replaces: plan.exists !== undefined,
  })
  const fresh: Clause = { name: clause.fresh, sql: newRows(plan, context) }
  const children = plan.children.map(
    (child, index): Clause => ({ name: `$new${index}`, sql: newChildren(child, plan, context) }),
  )
  const checked: Clause = { name: '$checked', sql: checkedRows(plan, context) }
  return [fresh, ...children, checked]
}

/** `select $1::uuid as "id", … as "title" from (select …) "n"`: the id first, so that other values can be made of it. */
export function newRows(plan: CreatePlan<BoundScan>, context: SqlContext): string {
  const model = modelIn(context, plan.model)
  const seed = identifier(context, plan.row)
  const joined = partsOf(model, model.id) !== undefined
  const id = joined ? '' : identifier(context, model.fields[model.id]?.column ?? 'id')
  const made = (ord?: string): string => (joined ? '1 as "$one"' : `${newId(plan, context, ord)} as ${id}`)
  const from = plan.each
    ? `from (select ${made('"i"."$ord"')}, "i"."$item", "i"."$ord" from ${items(plan.each.path, context)}) ${seed}`
    : `from (select ${made()}) ${seed}`
  if (plan.each) context.items.set(plan.each.as, `${seed}."$item"`)
  context.rows.set(plan.row, plan.model)
  const place = plan.each && { path: plan.each.path, as: plan.each.as, ord: `${seed}."$ord"` }
  const list = valueList(plan, `${seed}.${id}`, place, context)
  const item = plan.each ? carriedItem(plan.checks, plan.each.as, `${seed}."$item"`, seed, context) : ''
  return `select ${list}${item}${plan.each ? `, ${seed}."$ord"` : ''} ${from}`
}

const items = (path: readonly string[], context: SqlContext): string =>
  `${context.dialect.each(parameter(context, { kind: 'items', path }, { kind: 'json' }))} "i"("$item", "$ord")`

function newId(plan: CreatePlan<BoundScan>, context: SqlContext, ord?: string): string {
  const model = modelIn(context, plan.model)
  const field = model.fields[model.id]
  const chosen = plan.values[model.id]
  if (chosen) {
    if (plan.each && ord) context.items.set(plan.each.as, '"i"."$item"')
    return asStored(context, compileExpr(chosen, context).sql, field ?? { type: { kind: 'id' }, column: '' })
  }
  return freshId(
    plan.model,
    plan.row,
    plan.each && ord ? { path: plan.each.path, ord } : undefined,
    field?.type.integer === true,
    context,
  )
}

function freshId(
  name: string,
  row: string,
  each: { readonly path: readonly string[]; readonly ord: string } | undefined,
  integer: boolean,
  context: SqlContext,
): string {
  const model = modelIn(context, name)
  const field = model.fields[model.id]
  if (field?.default?.kind === 'database') return `(${field.default.sql})`
  if (field?.given) return 'null'
  if (integer) return context.dialect.nextId(table(context, model), field?.column ?? 'id')
  const type = { kind: 'id' } as const
  if (!each) return parameter(context, { kind: 'id', row }, type)
  const ids = parameter(context, { kind: 'ids', row, path: each.path }, { kind: 'array', of: type })
  return `(${ids})[${each.ord}]`
}

/** Every column in the model's order: the same order as the table's other readers use. */
function valueList(
  plan: Pick<CreatePlan<BoundScan>, 'model' | 'row' | 'values'>,
  id: string,
  each: SealedFor['each'],
  context: SqlContext,
): string {
  const model = modelIn(context, plan.model)
  const { values } = plan
  const closed = (field: string, value: Expr<BoundScan>): string => {
    const row = newRow(plan, each !== undefined, context)
    const to = { model: plan.model, field, row, otherwise: 'null', ...(each ? { each } : {}) }
    return sealedValue(value, to, context)
  }
  return storedFields(model)
    .map(([field, definition]) => {
      const value = values[field]
      const sql =
        field === model.id
          ? id
          : value && definition.type.kind === 'encrypted'
            ? closed(field, value)
            : valueFor(value, definition, model, context)
      return `${asStored(context, sql, definition)} as ${identifier(context, definition.column)}`
    })
    .join(', ')
}

/** What was given, or else what the column itself says. (In a bulk an item may leave it out, and another not.) */
function valueFor(
  value: CreatePlan<BoundScan>['values'][string] | undefined,
  definition: FieldDefinition,
  model: ModelDefinition,
  context: SqlContext,
): string {
  const initial = databaseValue(definition, model, context)
  if (value === undefined) return initial
  if (value.kind !== 'given' || value.otherwise !== undefined || value.as === undefined) {
    return compileExpr(value, context).sql
  }
  const given = compileExpr(value.then, context).sql
  const cast = asStored(context, given, definition)
  return `case when ${sent(value.path, value.as, context)} then ${cast} else ${initial} end`
}

/** What a column gets that nothing was given for: its own default as the database has it, the next number, or null. */
function databaseValue(
  { default: initial, identity, column: name, native, type }: FieldDefinition,
  model: ModelDefinition,
  context: SqlContext,
): string {
  if (initial?.kind === 'database') return `(${initial.sql})`
  if (identity !== undefined) return context.dialect.nextId(table(context, model), name)
  return native === undefined ? context.dialect.literal(null, type) : 'null'
}

/** Columns that take a value: what the database computes it computes itself. */
export const writable = (context: SqlContext, model: ModelDefinition): string =>
  storedFields(model)
    .flatMap(([, { computed, generated, column }]) =>
      computed === undefined && !generated ? [identifier(context, column)] : [],
    )
    .join(', ')

/** A row whose number is made here goes in although the column says that the database always makes it. */
export const overriding = (model: ModelDefinition): string =>
  storedFields(model).some(([, { identity }]) => identity === 'always') ? ' overriding system value' : ''

function newChildren(child: ChildPlan<BoundScan>, plan: CreatePlan<BoundScan>, context: SqlContext): string {
  const model = modelIn(context, child.model)
  const parent = identifier(context, plan.row)
  context.items.set(child.each.as, '"i"."$item"')
  context.rows.set(child.row, child.model)
  const id = freshId(
    child.model,
    child.row,
    { path: child.each.path, ord: '"i"."$ord"' },
    model.fields[model.id]?.type.integer === true,
    context,
  )
  const each = { path: child.each.path, as: child.each.as, ord: '"i"."$ord"' }
  const list = valueList(child, id, each, context)
  const item = carriedItem(child.checks, child.each.as, '"i"."$item"', identifier(context, child.row), context)
  return `select ${list}${item} from ${identifier(context, clause.fresh)} ${parent} cross join ${items(child.each.path, context)}`
}

/** Each new row with what speaks against it: its own checks first, then its children's. */
function checkedRows(plan: CreatePlan<BoundScan>, context: SqlContext): string {
  const row = identifier(context, plan.row)
  context.rows.set(plan.row, plan.model)
  let offset = plan.checks.length
  const parts = [firstFailure(plan.checks, context)]
  plan.children.forEach((child, index) => {
    context.rows.set(child.row, child.model)
    const failure = firstFailure(child.checks, context, offset)
    offset += child.checks.length
    if (failure !== 'null::int4') {
      parts.push(
        `(select min(${failure}) from ${identifier(context, `$new${index}`)} ${identifier(context, child.row)})`,
      )
    }
  })
  const failed = parts.length === 1 ? parts[0] : `coalesce(${parts.join(', ')})`
  return `select ${columns(context, modelIn(context, plan.model), plan.row)}${plan.each ? `, ${row}."$ord"` : ''}, ${failed} as "$failed" from ${identifier(context, clause.fresh)} ${row}`
}

/** The row that `If-Match` is about, locked: what was deleted meanwhile is not made again. */
const there = '$there'

/** The row with the same key as the new one: everything from `from` on. */
export function rowThere(
  plan: CreatePlan<BoundScan>,
  exists: NonNullable<CreatePlan<BoundScan>['exists']>,
  context: SqlContext,
): string {
  const model = modelIn(context, plan.model)
  const old = identifier(context, exists.old)
  const on = exists.key.map((field) => {
    const name = identifier(context, model.fields[field]?.column ?? field)
    return `${old}.${name} = "n".${name}`
  })
  if (model.softDelete !== undefined)
    on.push(`${old}.${identifier(context, model.fields[model.softDelete]?.column ?? '')} is null`)
  return `from ${table(context, model)} ${old} join ${identifier(context, clause.fresh)} "n" on ${on.join(' and ')}`
}

function insertParent(plan: CreatePlan<BoundScan>, ifMatch: boolean, context: SqlContext): string {
  const model = modelIn(context, plan.model)
  const list = writable(context, model)
  const old = plan.exists?.old ?? 'o'
  const alias = identifier(context, old)
  const insert = `insert into ${table(context, model)} as ${alias} (${list})${overriding(model)} select ${list} from "$checked" where "$failed" is null${ifMatch ? ` and ${plan.exists ? `exists(select 1 from ${identifier(context, there)})` : 'false'}` : ''}`
  const returning = ` returning ${columns(context, model, old)}`
  if (plan.exists)
    return `${insert}${onConflict(plan, plan.exists, ifMatch, context)}${returning}, (${alias}.xmax = 0) as "$created"`
  return `${insert}${plan.each ? ' on conflict do nothing' : ''}${returning}`
}

/** The row that is there is kept or changed in the same step that found it, so that two at once cannot both create. */
function onConflict(
  plan: CreatePlan<BoundScan>,
  exists: NonNullable<CreatePlan<BoundScan>['exists']>,
  ifMatch: boolean,
  context: SqlContext,
): string {
  const model = modelIn(context, plan.model)
  context.rows.set(exists.old, plan.model)
  const quoted = (field: string) => identifier(context, model.fields[field]?.column ?? field)
  const stored = (field: string, sql: string) => {
    const definition = model.fields[field]
    return definition ? asStored(context, sql, definition) : sql
  }
  // Where the rows come from the items of a list, an item is only known by the row that was made of it.
  const each = plan.each && { path: plan.each.path, as: plan.each.as, ord: '' }
  const proposed = (field: string, expr: (typeof exists.set)[string]): string => {
    if (model.fields[field]?.type.kind === 'encrypted') {
      const otherwise = storedText(context, exists.old, field)
      const row = thereRow(plan, exists.old, context)
      return sealedValue(expr, { model: plan.model, field, row, otherwise, ...(each ? { each } : {}) }, context)
    }
    return plan.each ? `excluded.${quoted(field)}` : compileExpr(expr, context).sql
  }
  const set = Object.entries(exists.set).map(([field, expr]) => [field, proposed(field, expr)] as const)
  const changes = new Map(set)
  const unchanged = (field: string): string =>
    model.fields[field]?.type.kind === 'encrypted'
      ? storedText(context, exists.old, field)
      : column(context, exists.old, field).sql
  context.rows.set(rows.upserted, plan.model)
  context.computed.set(
    rows.upserted,
    new Map(Object.keys(model.fields).map((field) => [field, changes.get(field) ?? unchanged(field)])),
  )
  const conditions = firstFailure(exists.checks, context, 0, ifMatch ? [matches(exists.represents, context)] : [])
  const first = exists.key[0] ?? model.id
  const assigned = set.filter(([field]) => !model.fields[field]?.generated)
  const assignments =
    assigned.length === 0
      ? `${quoted(first)} = ${column(context, exists.old, first).sql}`
      : assigned.map(([field, sql]) => `${quoted(field)} = ${stored(field, sql)}`).join(', ')
  const wanted = [
    ...(conditions === 'null::int4' ? [] : [`(${conditions}) is null`]),
    ...(asksFirst(plan, context) ? [isFound(context, exists.old, model)] : []),
  ]
  const where = wanted.length === 0 ? '' : ` where ${wanted.join(' and ')}`
  const living = model.softDelete === undefined ? '' : ` where ${quoted(model.softDelete)} is null`
  return ` on conflict (${exists.key.map(quoted).join(', ')})${living} do update set ${assignments}${where}`
}

function insertChild(child: ChildPlan<BoundScan>, from: string, context: SqlContext): string {
  const model = modelIn(context, child.model)
  const list = writable(context, model)
  return `insert into ${table(context, model)} (${list})${overriding(model)} select ${list} from ${identifier(context, from)} where exists(select 1 from ${identifier(context, clause.written)}) returning ${columns(context, model)}`
}
