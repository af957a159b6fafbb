import type { Expr } from '../expr/expr.ts'
import { type Known, simplify, simplifyCondition, simplifySource } from '../expr/simplify.ts'
import { always } from './condition.ts'
import { mapGroups } from './groups.ts'
import type { BoundScan, Check, OperationPlan, PlanShape, WritePlan } from './plan.ts'

/**
 * What a statement may rely on: which optional inputs were sent, and whether anybody is signed in. A plan that is
 * specialized says the same in fewer words: no `given` at the top is left, and what cannot be true is gone.
 */
export function specialize(plan: OperationPlan<BoundScan>, known: Known): OperationPlan<BoundScan> {
  return {
    ...plan,
    ...(plan.write ? { write: specializeWrite(plan.write, known) } : {}),
    ...(plan.answer ? { answer: specializeShape(plan.answer, known) } : {}),
  }
}

const specializeExpr = (expr: Expr<BoundScan>, known: Known): Expr<BoundScan> => simplify(expr, known)

function specializeScan(scan: BoundScan, known: Known): BoundScan {
  const { limit, offset, ...rest } = simplifySource(scan, known)
  return { ...rest, ...bound('limit', limit), ...bound('offset', offset) }
}

/** A limit that depends on an input that was not sent is no limit. */
const bound = (name: 'limit' | 'offset', expr: Expr<BoundScan> | undefined): Partial<BoundScan> =>
  !expr || (expr.kind === 'literal' && typeof expr.value !== 'number') ? {} : { [name]: expr }

function specializeShape(shape: PlanShape<BoundScan>, known: Known): PlanShape<BoundScan> {
  switch (shape.kind) {
    case 'value':
      return { ...shape, expr: specializeExpr(shape.expr, known) }
    case 'object': {
      const members = Object.entries(shape.members).map(([name, member]) => [name, specializeShape(member, known)])
      return { kind: 'object', members: Object.fromEntries(members) }
    }
    case 'one':
    case 'list':
      return { ...shape, from: specializeScan(shape.from, known), item: specializeShape(shape.item, known) }
    case 'groups':
      return mapGroups(shape, specializeScan(shape.from, known), (expr) => specializeExpr(expr, known))
    case 'page': {
      const sort = Object.entries(shape.sort).map(([name, expr]) => [name, specializeExpr(expr, known)])
      const item = specializeShape(shape.item, known)
      return { ...shape, from: specializeScan(shape.from, known), item, sort: Object.fromEntries(sort) }
    }
  }
}

const specializeChecks = (checks: readonly Check<BoundScan>[], known: Known): readonly Check<BoundScan>[] =>
  checks.map((check) => ({ ...check, rule: simplifyCondition(check.rule, known) }))

function specializeValues(
  values: Readonly<Record<string, Expr<BoundScan>>>,
  known: Known,
): Readonly<Record<string, Expr<BoundScan>>> {
  const sent = Object.entries(values).flatMap(([name, expr]) => {
    if (expr.kind !== 'given' || expr.as !== undefined || expr.otherwise !== undefined)
      return [[name, specializeExpr(expr, known)] as const]
    // Not sent, and nothing said about that: the field is left as it is.
    return known.sent?.(expr.path) === false
      ? []
      : [[name, specializeExpr({ ...expr, otherwise: always }, known)] as const]
  })
  return Object.fromEntries(sent)
}

function specializeWrite(write: WritePlan<BoundScan>, known: Known): WritePlan<BoundScan> {
  const emits = write.emits.map((emit) => ({ ...emit, payload: specializeValues(emit.payload, known) }))
  const checks = specializeChecks(write.checks, known)
  if (write.kind === 'create') {
    const { exists } = write
    const children = write.children.map((child) => ({
      ...child,
      values: specializeValues(child.values, known),
      checks: specializeChecks(child.checks, known),
    }))
    const there = exists
      ? {
          exists: {
            ...exists,
            set: specializeValues(exists.set, known),
            checks: specializeChecks(exists.checks, known),
            ...(exists.represents ? { represents: specializeShape(exists.represents, known) } : {}),
          },
        }
      : {}
    return { ...write, emits, checks, children, values: specializeValues(write.values, known), ...there }
  }
  const target = specializeScan(write.target, known)
  const represents = write.represents ? { represents: specializeShape(write.represents, known) } : {}
  if (write.kind === 'delete') return { ...write, ...represents, emits, checks, target }
  const set = specializeValues(write.set, known)
  return { ...write, ...represents, emits, checks, target, set, newChecks: specializeChecks(write.newChecks, known) }
}
