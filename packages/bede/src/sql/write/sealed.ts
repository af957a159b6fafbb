import type { Expr } from '../../expr/expr.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import type { BoundScan, CreatePlan, UpdatePlan, WritePlan } from '../../plan/plan.ts'
import { identifier, modelIn, parameter, type SqlContext } from '../context.ts'
import { sent } from '../expression.ts'
import type { EncryptedField } from '../sealer.ts'
import type { RowSlot, SealedItems, ValueSlot } from '../slots.ts'

/**
 * How the id of the row is known that a value is sealed for: before the statement, for one row or for each item of a
 * bulk; or by the statement that found the rows, of which this is the SQL of the id.
 */
export type RowKnown = RowSlot | SealedItems['row'] | { readonly kind: 'found'; readonly id: string }

/** What a value is sealed for. */
export interface SealedFor extends EncryptedField {
  readonly row: RowKnown
  /** In a bulk: the input array, the variable of its item, and the SQL of the item's number from 1. */
  readonly each?: { readonly path: readonly string[]; readonly as: string; readonly ord: string }
  /** The SQL of what stands where nothing was sent. */
  readonly otherwise: string
}

const text = { kind: 'text' } as const
const texts = { kind: 'array', of: text } as const

/** A value as the column of an encrypted field gets it: sealed before it is sent, for the row that it is written to. */
export function sealedValue(expr: Expr<BoundScan>, to: SealedFor, context: SqlContext): string {
  const { each } = to
  switch (expr.kind) {
    case 'given':
      return `case when ${sent(expr.path, expr.as, context)} then ${sealedValue(expr.then, to, context)} else ${to.otherwise} end`
    case 'literal':
      return expr.value === null ? context.dialect.literal(null, text) : sealed(expr, to, context)
    case 'input':
    case 'actor':
      return sealed(expr, to, context)
    case 'item':
      if (!each || expr.as !== each.as) throw new Error(`the plan uses the item '${expr.as}' outside its each`)
      context.sealed.push({ as: expr.as, path: expr.path, each: each.path })
      return sealed({ kind: 'member', path: expr.path }, to, context)
    default:
      throw new Error(`the plan computes a value for ${to.model}.${to.field}, which is encrypted`)
  }
}

function sealed(value: SealedItems['value'], { model, field, row, each }: SealedFor, context: SqlContext): string {
  switch (row.kind) {
    case 'found': {
      const slot = { kind: 'sealed-rows', model, field, value, ...(each && { path: each.path }) } as const
      return `(${parameter(context, slot, { kind: 'json' })} ->> ${row.id}::text)`
    }
    case 'new':
    case 'member':
      if (!each) break
      return `(${parameter(context, { kind: 'sealed-items', model, field, path: each.path, value, row }, texts)})[${each.ord}]`
    default:
      if (value.kind === 'member') break
      return parameter(context, { kind: 'sealed', model, field, value, row }, text)
  }
  throw new Error(`the plan writes ${model}.${field}, which is encrypted, and does not say for which row`)
}

/** A new row: its id is made for it, or given. */
export function newRow(
  plan: Pick<CreatePlan<BoundScan>, 'model' | 'row' | 'values'>,
  many: boolean,
  context: SqlContext,
): RowKnown {
  const { id } = modelIn(context, plan.model)
  const given = plan.values[id]
  if (!given) return many ? { kind: 'new', row: plan.row } : { kind: 'id', row: plan.row }
  const known = named(given)
  if (!known) throw new Error(`the plan computes an id of ${plan.model}, which has encrypted fields`)
  if (!many || known.kind === 'member') return known
  throw new Error(`the plan gives several rows of ${plan.model} one id`)
}

/** A row that is there: the target says `row.id = …`, or the rows are found first. */
export function targetRow({ model, target, each }: UpdatePlan<BoundScan>, context: SqlContext): RowKnown {
  const definition = modelIn(context, model)
  const known = knownRow(target, definition)
  // One value for all items of a bulk is for one row, and there are others.
  const fits = known && (known.kind === 'member') === (each !== undefined)
  return fits ? known : { kind: 'found', id: idOf(context, target.as, definition) }
}

/** The row that an upsert finds there, by whatever key. */
export const thereRow = (plan: CreatePlan<BoundScan>, old: string, context: SqlContext): RowKnown => ({
  kind: 'found',
  id: idOf(context, old, modelIn(context, plan.model)),
})

const idOf = (context: SqlContext, row: string, { id, fields }: ModelDefinition): string =>
  `${identifier(context, row)}.${identifier(context, fields[id]?.column ?? id)}`

/** Only the rows that were found first are written: values are sealed for no others. */
export const isFound = (context: SqlContext, row: string, model: ModelDefinition): string =>
  `${idOf(context, row, model)}::text = any(${parameter(context, { kind: 'rows' }, texts)})`

/** Whether a write seals values for rows of which nothing but the database knows which they are. */
export function asksFirst(write: WritePlan<BoundScan>, context: SqlContext): boolean {
  const model = modelIn(context, write.model)
  const seals = (values: Readonly<Record<string, unknown>>): boolean =>
    Object.keys(values).some((field) => model.fields[field]?.type.kind === 'encrypted')
  if (write.kind === 'create') return write.exists !== undefined && seals(write.exists.set)
  return write.kind === 'update' && seals(write.set) && targetRow(write, context).kind === 'found'
}

function knownRow({ where, as }: UpdatePlan<BoundScan>['target'], { id }: ModelDefinition) {
  const isId = (expr: Expr<BoundScan> | undefined): boolean =>
    expr?.kind === 'field' && expr.row === as && expr.field === id
  for (const one of where ? conjuncts(where) : []) {
    if (one.kind !== 'call' || one.fn !== 'eq') continue
    const [a, b] = one.args
    const other = isId(a) ? b : isId(b) ? a : undefined
    const known = other && named(other)
    if (known) return known
  }
  return undefined
}

function named(expr: Expr<BoundScan>): ValueSlot | (SealedItems['row'] & { readonly kind: 'member' }) | undefined {
  switch (expr.kind) {
    case 'input':
    case 'actor':
    case 'literal':
      return expr
    case 'item':
      return { kind: 'member', path: expr.path, type: expr.type }
    case 'given':
      return named(expr.then)
    default:
      return undefined
  }
}

const conjuncts = (expr: Expr<BoundScan>): readonly Expr<BoundScan>[] =>
  expr.kind === 'call' && expr.fn === 'and' ? expr.args.flatMap(conjuncts) : [expr]
