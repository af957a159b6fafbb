import type { Expr } from '../expr/expr.ts'
import type { BoundScan } from './plan.ts'

/** Whether a condition holds; null: it is unknown, because a value that it asks about is not there. */
export type Truth = boolean | null

/** A rule as it is made of others: what a statement is asked about are its leaves. */
export type Clause =
  | { readonly kind: 'and' | 'or' | 'not'; readonly of: readonly Clause[] }
  | { readonly kind: 'leaf'; readonly rule: Expr<BoundScan> }

export function clauseOf(rule: Expr<BoundScan>): Clause {
  if (rule.kind !== 'call') return { kind: 'leaf', rule }
  const { fn, args } = rule
  return fn === 'and' || fn === 'or' || fn === 'not' ? { kind: fn, of: args.map(clauseOf) } : { kind: 'leaf', rule }
}

/** From left to right. */
export const leavesOf = (clause: Clause): readonly Expr<BoundScan>[] =>
  clause.kind === 'leaf' ? [clause.rule] : clause.of.flatMap(leavesOf)

/** A clause with what came of it. */
export type Judged =
  | { readonly kind: 'and' | 'or' | 'not'; readonly holds: Truth; readonly of: readonly Judged[] }
  | { readonly kind: 'leaf'; readonly holds: Truth; readonly rule: Expr<BoundScan> }

/** What a rule comes to where its leaves, from left to right, are these: SQL's logic of three values. */
export function judge(clause: Clause, truths: readonly Truth[]): Judged {
  const left = [...truths]
  const walk = (one: Clause): Judged => {
    if (one.kind === 'leaf') return { ...one, holds: left.shift() ?? null }
    const of = one.of.map(walk)
    return {
      kind: one.kind,
      holds: combined(
        one.kind,
        of.map(({ holds }) => holds),
      ),
      of,
    }
  }
  return walk(clause)
}

function combined(kind: 'and' | 'or' | 'not', truths: readonly Truth[]): Truth {
  if (kind === 'not') return truths[0] == null ? null : !truths[0]
  const decisive = kind === 'or'
  return truths.includes(decisive) ? decisive : truths.includes(null) ? null : !decisive
}

/** The clauses that keep a rule from holding; none where it holds. */
export function blamed(judged: Judged): readonly Judged[] {
  if (judged.holds === true) return []
  return judged.kind === 'and' || judged.kind === 'or' ? judged.of.flatMap(blamed) : [judged]
}
