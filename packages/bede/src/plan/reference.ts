import type { Expr, Source } from '../expr/expr.ts'
import type { FunctionName } from '../expr/names.ts'
import type { Scope } from './scope.ts'

/** Conditions that are unknown when an argument is null, whichever it is or the first. */
const strict: Partial<Record<FunctionName, 'every' | 'first'>> = {
  eq: 'every',
  ne: 'every',
  lt: 'every',
  lte: 'every',
  gt: 'every',
  gte: 'every',
  contains: 'every',
  startsWith: 'every',
  endsWith: 'every',
  similar: 'every',
  matches: 'every',
  within: 'every',
  has: 'every',
  in: 'first',
  notIn: 'first',
  exactly: 'first',
}

/**
 * Where only matters whether a condition holds, one about the row that a reference names says that there is such a row:
 * `author.name = x` is `some author: name = x`. A database joins the second and may begin with the author; the first it
 * computes for every row. Undefined: the condition says nothing of the kind.
 */
export function throughReference(expr: Expr, scope: Scope): Expr | undefined {
  if (expr.kind === 'via' && isReference(expr.from, scope)) return { kind: 'some', from: expr.from, where: expr.value }
  if (expr.kind !== 'call') return undefined
  const reach = strict[expr.fn]
  const at = expr.args.findIndex(
    (arg, index) =>
      arg.kind === 'via' && isReference(arg.from, scope) && (reach === 'every' || (reach === 'first' && index === 0)),
  )
  const via = expr.args[at]
  if (via?.kind !== 'via') return undefined
  return { kind: 'some', from: via.from, where: { ...expr, args: expr.args.with(at, via.value) } }
}

/** At most one row, and a variable that hides no other. */
function isReference({ relation, as, order, limit, offset }: Source, scope: Scope): boolean {
  const parent = relation && scope.rows.get(relation.row)
  if (!parent || order || limit || offset || scope.rows.has(as)) return false
  return scope.manifest.models[parent.model]?.relations[relation.name]?.kind === 'one'
}
