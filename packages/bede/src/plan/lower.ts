import type { Expr, Order, Source } from '../expr/expr.ts'
import { mapChildren } from '../expr/walk.ts'
import type { Shape } from '../manifest/manifest.ts'
import { sameTenant } from '../manifest/tenant.ts'
import { Problem } from '../telemetry/problem.ts'
import { all, equal, field } from './condition.ts'
import type { PlanShape, Scan } from './plan.ts'
import { throughReference } from './reference.ts'
import { modelOf, onlyRow, rowInScope, type Scope, withRow } from './scope.ts'
import { atMostOne } from './single.ts'

/** Manifest → plan: relations become scans with their join condition, views are written out, names become unique. */
export function lowerExpr(expr: Expr, scope: Scope): Expr<Scan> {
  switch (expr.kind) {
    case 'field':
      return { kind: 'field', row: rowInScope(scope, expr.row).as, field: expr.field }
    case 'some':
    case 'every':
    case 'none': {
      const { scan, inside } = lowerSource(expr.from, scope)
      return { kind: expr.kind, from: scan, where: lowerCondition(expr.where, inside) }
    }
    case 'aggregate': {
      const { scan, inside } = lowerSource(expr.from, scope)
      return { kind: 'aggregate', fn: expr.fn, from: scan, ...(expr.of ? { of: lowerExpr(expr.of, inside) } : {}) }
    }
    case 'via': {
      const { scan, inside } = lowerSource(expr.from, scope)
      return { kind: 'via', from: single(scan, scope), value: lowerExpr(expr.value, inside) }
    }
    default:
      return within(expr, scope, lowerExpr)
  }
}

/** An expression without a source of its own: what stands in it is lowered in the same scope. */
const within = (expr: Expr, scope: Scope, lower: typeof lowerExpr): Expr<Scan> =>
  mapChildren<Source, Scan>(
    expr,
    (child) => lower(child, scope),
    (from) => lowerSource(from, scope).scan,
  )

/** Whoever is in a tenant has said which one. */
const single = (scan: Scan, { manifest, system }: Scope): Scan => {
  const model = modelOf(manifest, scan.model)
  return atMostOne(scan, model, system || !model.tenant ? [] : [model.tenant.field])
}

/**
 * As {@link lowerExpr}, for a condition of which only matters whether it holds. Within `or` nothing can be joined:
 * there a database would look for the rows of the other table that are meant, all of them, for a page of twenty.
 */
export function lowerCondition(expr: Expr, scope: Scope): Expr<Scan> {
  const joins = expr.kind === 'given' || (expr.kind === 'call' && expr.fn === 'and')
  if (joins) return within(expr, scope, lowerCondition)
  return lowerExpr(throughReference(expr, scope) ?? expr, scope)
}

/** A source becomes a scan; `inside` is the scope in which its row variable is known. */
export function lowerSource(source: Source, scope: Scope): { readonly scan: Scan; readonly inside: Scope } {
  const { model, join, held } = source.relation
    ? joinOf(source.relation, scope)
    : { model: source.model ?? '', join: () => undefined, held: false }
  modelOf(scope.manifest, model)
  const as = scope.fresh()
  const inside = withRow(scope, source.as, { as, model })
  const where = all([join(as), source.where && lowerCondition(source.where, inside)])
  const order = source.order?.map(({ by, direction }): Order<Scan> => ({ by: lowerExpr(by, inside), direction }))
  const scan: Scan = {
    model,
    as,
    trusted: scope.trusted,
    reads: scope.reads(model),
    ...(source.asOf ? { asOf: source.asOf } : {}),
    ...(source.deleted ? { rows: 'deleted' as const } : {}),
    ...(held ? { held } : {}),
    ...(where ? { where } : {}),
    ...(order ? { order } : {}),
    ...(source.limit ? { limit: lowerExpr(source.limit, scope) } : {}),
    ...(source.offset ? { offset: lowerExpr(source.offset, scope) } : {}),
  }
  return { scan, inside }
}

/** How the rows of a relation are found from the row that has it. */
function joinOf(from: { readonly row: string; readonly name: string }, scope: Scope) {
  const parent = rowInScope(scope, from.row)
  const owner = modelOf(scope.manifest, parent.model)
  const relation = Object.hasOwn(owner.relations, from.name) ? owner.relations[from.name] : undefined
  if (!relation) {
    throw new Problem('unknown-model-field', { message: `${parent.model} has no relation '${from.name}'` })
  }
  const target = modelOf(scope.manifest, relation.model)
  const join = (as: string): Expr<Scan> =>
    relation.kind === 'one'
      ? equal(field(as, target.id), field(parent.as, relation.field))
      : equal(field(as, relation.field), field(parent.as, owner.id))
  const held = relation.kind === 'one' && sameTenant(owner, target) !== undefined
  return { model: relation.model, join, held }
}

export function lowerShape(shape: Shape, scope: Scope): PlanShape<Scan> {
  switch (shape.kind) {
    case 'value':
      return { kind: 'value', expr: lowerExpr(shape.expr, scope), type: shape.type }
    case 'object':
      return {
        kind: 'object',
        members: Object.fromEntries(
          Object.entries(shape.members).map(([name, member]) => [name, lowerShape(member, scope)]),
        ),
      }
    case 'view': {
      const view = scope.manifest.views[shape.view]
      if (!view) throw new Problem('invalid-declaration', { message: `There is no view '${shape.view}'` })
      return lowerShape(view.shape, onlyRow(scope, 'row', rowInScope(scope, shape.row)))
    }
    case 'one': {
      const { scan, inside } = lowerSource(shape.from, scope)
      return {
        kind: 'one',
        from: single(scan, scope),
        item: lowerShape(shape.item, inside),
        nullable: shape.nullable === true,
      }
    }
    case 'list': {
      const { scan, inside } = lowerSource(shape.from, scope)
      const item = lowerShape(shape.item, inside)
      if (!shape.distinct || item.kind !== 'value') return { kind: 'list', from: inOrder(scan, scope), item }
      return { kind: 'list', from: { ...scan, order: [{ by: item.expr, direction: 'asc' }] }, item, distinct: true }
    }
    case 'groups': {
      const { scan, inside } = lowerSource(shape.from, scope)
      const { by, measures } = shape.groups
      return {
        kind: 'groups',
        from: scan,
        by: mapValues(by, ({ expr, type }) => ({ expr: lowerExpr(expr, inside), type })),
        measures: mapValues(measures, ({ fn, of }) => ({ fn, ...(of ? { of: lowerExpr(of, inside) } : {}) })),
      }
    }
    case 'page': {
      const { scan, inside } = lowerSource(shape.from, scope)
      const sort = Object.entries(shape.page.sort).map(([name, expr]) => [
        name,
        lowerExpr(expr, withRow(inside, 'row', { as: scan.as, model: scan.model })),
      ])
      return {
        kind: 'page',
        from: scan,
        item: lowerShape(shape.item, inside),
        sort: Object.fromEntries(sort),
        defaultSort: shape.page.defaultSort,
        ...(shape.page.searched && { searched: shape.page.searched }),
      }
    }
  }
}

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))

/** A list always has one order: its own, then the id. Ids grow with time, so that alone is the order of creation. */
function inOrder(scan: Scan, scope: Scope): Scan {
  const { id } = modelOf(scope.manifest, scan.model)
  const order = scan.order ?? []
  const total = order.some(({ by }) => by.kind === 'field' && by.row === scan.as && by.field === id)
  if (total) return scan
  return { ...scan, order: [...order, { by: field(scan.as, id), direction: order.at(-1)?.direction ?? 'asc' }] }
}
