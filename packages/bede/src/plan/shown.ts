import type { Expr } from '../expr/expr.ts'
import { walk } from '../expr/walk.ts'
import type { BoundScan, PlanShape } from './plan.ts'

/** Calls `visit` on every expression that an answer is computed with. */
export function eachExpr(shape: PlanShape<BoundScan>, visit: (expr: Expr<BoundScan>) => void): void {
  switch (shape.kind) {
    case 'value':
      walk<BoundScan>(shape.expr, visit)
      return
    case 'object':
      for (const member of Object.values(shape.members)) eachExpr(member, visit)
      return
    case 'groups':
      for (const { expr } of Object.values(shape.by)) walk<BoundScan>(expr, visit)
      return
    default:
      eachExpr(shape.item, visit)
  }
}

/** The fields that an answer is computed with, as `article.title`. */
export function fieldsShown(answer: PlanShape<BoundScan>): ReadonlySet<string> {
  const models = new Map<string, string>()
  const named: { readonly row: string; readonly field: string }[] = []
  const scans = (shape: PlanShape<BoundScan>): void => {
    if (shape.kind === 'object') Object.values(shape.members).forEach(scans)
    else if (shape.kind !== 'value') {
      models.set(shape.from.as, shape.from.model)
      if (shape.kind !== 'groups') scans(shape.item)
    }
  }
  scans(answer)
  eachExpr(answer, (expr) => {
    if (expr.kind === 'field') named.push(expr)
    if ('from' in expr) models.set(expr.from.as, expr.from.model)
  })
  return new Set(named.map(({ row, field }) => `${models.get(row)}.${field}`))
}
