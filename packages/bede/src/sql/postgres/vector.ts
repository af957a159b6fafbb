import type { FunctionName } from '../../expr/names.ts'
import type { Operand, Sql } from '../dialect.ts'

type Pair = readonly [Operand, Operand]

const without = (sql: Sql, ...values: readonly string[]): Sql =>
  values.reduce((inner, value) => `nullif(${inner}, '${value}'::float8)`, sql)

export const cosineDistance = ([a, b]: Pair): Sql => without(`${a.sql} <=> ${b.sql}`, 'NaN')
export const l2Distance = ([a, b]: Pair): Sql => without(`${a.sql} <-> ${b.sql}`, 'Infinity')
export const innerProduct = ([a, b]: Pair): Sql =>
  without(`inner_product(${a.sql}, ${b.sql})`, 'NaN', 'Infinity', '-Infinity')

/** Operators of pgvector, the nearest first: they alone are served by an index, and in this direction. */
const nearest: Partial<Record<FunctionName, { readonly operator: string; readonly from: 'asc' | 'desc' }>> = {
  cosineDistance: { operator: '<=>', from: 'asc' },
  l2Distance: { operator: '<->', from: 'asc' },
  innerProduct: { operator: '<#>', from: 'desc' },
}

/** What has no distance is the last, whether it is null or no number. */
export const nearestOperator = (fn: FunctionName, direction: 'asc' | 'desc'): Sql | undefined =>
  nearest[fn]?.from === direction ? nearest[fn].operator : undefined
