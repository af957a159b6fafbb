import type { Expr } from '../expr/expr.ts'
import { mapChildren } from '../expr/walk.ts'
import { lowerExpr } from './lower.ts'
import type { Scan } from './plan.ts'
import { modelOf, type Scope, withRow } from './scope.ts'

type Value = Expr<Scan>

/**
 * The fields that the database computes, as they will be: rules about the row that is about to be written see them
 * before it is. `filling`: what the row will hold in another field.
 */
export function generatedValues(
  model: string,
  filling: (field: string) => Value,
  scope: Scope,
): Readonly<Record<string, Value>> {
  const fill = (expr: Value): Value =>
    expr.kind === 'field' ? filling(expr.field) : mapChildren<Scan, Scan>(expr, fill, (from) => from)
  return Object.fromEntries(
    Object.entries(modelOf(scope.manifest, model).fields).flatMap(([name, { generated }]) =>
      generated ? [[name, fill(lowerExpr(generated, withRow(scope, 'row', { as: 'g', model })))] as const] : [],
    ),
  )
}
