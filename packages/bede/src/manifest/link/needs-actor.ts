import type { Expr } from '../../expr/expr.ts'

// Of a null argument these give null, which never holds.
const strict = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'contains', 'startsWith', 'endsWith'])

/**
 * Whether a rule can never hold when nobody is signed in, as far as its form shows it. An operation under such a rule
 * answers 401 before anything else. (An absent actor's fields are null.)
 */
export const needsActor = (rule: Expr | undefined): boolean => {
  if (rule === undefined) return true
  switch (rule.kind) {
    case 'literal':
      return rule.value !== true
    case 'call':
      if (rule.fn === 'and') return rule.args.some(needsActor)
      if (rule.fn === 'or') return rule.args.every(needsActor)
      if (rule.fn === 'not') return rule.args.some(isNullWithout)
      if (rule.fn === 'isNotNull') return rule.args.some(isNullWithout)
      return isNullWithout(rule)
    case 'some':
      return needsActor(rule.where)
    case 'via':
      return needsActor(rule.value)
    default:
      return isNullWithout(rule)
  }
}

/** Null whenever nobody is signed in. */
const isNullWithout = (expr: Expr): boolean =>
  expr.kind === 'actor' || (expr.kind === 'call' && strict.has(expr.fn) && expr.args.slice(0, 2).some(isNullWithout))
