import type { Operand, Sql } from '../dialect.ts'
import { byCodePoint, isText } from './operand.ts'

/** Compiles an aggregate over the rows of the statement it is selected in; all but `count` leave nulls out. */
export function compileAggregate(fn: 'count' | 'sum' | 'min' | 'max' | 'avg', operand?: Operand): Sql {
  if (fn === 'count' || operand === undefined) return 'count(*)'
  if (fn === 'sum') return operand.type.kind === 'float' ? floatSum(operand) : `sum(${operand.sql})`
  return fn === 'avg' ? average(operand) : extreme(fn, operand)
}

/** Floats are added as decimals of 15 digits: the sum does not depend on the order of the rows. */
const floatSum = ({ sql }: Operand): Sql => {
  const sum = `sum(${sql}::numeric)` // written three times, run once
  return `(case when abs(${sum}) > 1e300 then null when abs(${sum}) < 1e-300 then 0::float8 else ${sum}::float8 end)`
}

/** Of exact numbers a decimal; of integers and floats a float. */
function average(operand: Operand): Sql {
  const { sql, type } = operand
  if (type.kind === 'decimal' || type.kind === 'bigint') return `avg(${sql}::numeric)`
  const sum = type.kind === 'float' ? floatSum(operand) : `sum(${sql})::float8`
  return `(${sum} / nullif(count(${sql}), 0)::float8)`
}

function extreme(fn: 'min' | 'max', operand: Operand): Sql {
  const { sql, type } = operand
  if (type.kind === 'boolean') return `${fn === 'min' ? 'bool_and' : 'bool_or'}(${sql})`
  if ((type.kind === 'id' || type.kind === 'ref') && !type.integer) return `${fn}(${sql}::text collate "C")::uuid`
  return `${fn}(${isText(type) ? byCodePoint(operand) : sql})`
}
