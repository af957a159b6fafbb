import type { Expr } from '../expr/expr.ts'
import type { Scalar, ValueType } from '../expr/value.ts'

const boolean: ValueType = { kind: 'boolean' }

export const literal = (value: Scalar, type: ValueType): Expr<never> => ({ kind: 'literal', value, type })
export const always: Expr<never> = literal(true, boolean)
export const never: Expr<never> = literal(false, boolean)

export const field = (row: string, name: string): Expr<never> => ({ kind: 'field', row, field: name })

export const equal = <S>(left: Expr<S>, right: Expr<S>): Expr<S> => ({ kind: 'call', fn: 'eq', args: [left, right] })
export const isNull = <S>(arg: Expr<S>): Expr<S> => ({ kind: 'call', fn: 'isNull', args: [arg] })
export const isNotNull = <S>(arg: Expr<S>): Expr<S> => ({ kind: 'call', fn: 'isNotNull', args: [arg] })

export const isAlways = <S>(expr: Expr<S>): boolean => expr.kind === 'literal' && expr.value === true

/** Their conjunction without what is absent or always true; undefined when nothing is left. */
export function all<S>(conditions: readonly (Expr<S> | undefined)[]): Expr<S> | undefined {
  const left = conditions.filter((condition): condition is Expr<S> => condition !== undefined && !isAlways(condition))
  if (left.length === 0) return undefined
  return left.length === 1 ? left[0] : { kind: 'call', fn: 'and', args: left }
}

export const either = <S>(conditions: readonly Expr<S>[]): Expr<S> =>
  conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'call', fn: 'or', args: conditions }

/** The members of a conjunction; none of what always holds. */
export const conjuncts = <S>(expr: Expr<S>): readonly Expr<S>[] => {
  if (isAlways(expr)) return []
  return expr.kind === 'call' && expr.fn === 'and' ? expr.args.flatMap(conjuncts) : [expr]
}
