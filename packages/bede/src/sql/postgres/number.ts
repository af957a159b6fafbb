import type { Operand, Sql } from '../dialect.ts'
import { once, within } from './operand.ts'

/*
 * Arithmetic that cannot fail, because one row whose number is too large must not take a whole list down: whole
 * numbers and decimals are added and multiplied exactly, without bounds; a float beyond 1e308 is null and one nearer
 * to zero than 1e-307 is zero. The in-memory evaluator (expr/functions) follows the same lines.
 */
export const isFloat = ({ type }: Operand): boolean => type.kind === 'float'

const isWhole = ({ type }: Operand): boolean => type.kind === 'integer' || type.kind === 'bigint'

const exact = ({ sql }: Operand): Sql => `${sql}::numeric`

/** Any number as a float8; a decimal beyond a float's range is null, or zero. */
export function float({ sql, type }: Operand): Sql {
  if (type.kind === 'float') return sql
  return type.kind === 'integer' ? `${sql}::float8` : inFloatRange(`${sql}::numeric`)
}

const inFloatRange = (sql: Sql): Sql =>
  once(
    [sql],
    (x) => `case when abs(${x}) > 1e300 then null when abs(${x}) < 1e-300 then 0::float8 else ${x}::float8 end`,
  )

const pairwise = (operands: readonly Operand[], operator: string, pair: (a: Sql, b: Sql) => Sql): Sql =>
  operands.some(isFloat)
    ? operands.map(float).reduce((a, b) => once([a, b], pair))
    : `(${operands.map(exact).join(` ${operator} `)})`

const sum =
  (operator: '+' | '-') =>
  (a: Sql, b: Sql): Sql =>
    `case when abs(${a}) <= 8e307 and abs(${b}) <= 8e307 then ${a} ${operator} ${b} end`

const product = (a: Sql, b: Sql): Sql =>
  `case when abs(${a}) > 1 and abs(${b}) > 1e308::float8 / abs(${a}) then null` +
  ` when abs(${a}) < 1 and ${a} <> 0 and abs(${b}) < 1e-307::float8 / abs(${a}) then 0::float8 else ${a} * ${b} end`

const quotient = (a: Sql, b: Sql): Sql =>
  `case when ${b} = 0 or (abs(${b}) < 1 and abs(${a}) > 1e308::float8 * abs(${b})) then null` +
  ` when abs(${b}) > 1 and abs(${a}) < 1e-307::float8 * abs(${b}) then 0::float8 else ${a} / ${b} end`

export const add = (operands: readonly Operand[]): Sql => pairwise(operands, '+', sum('+'))
export const subtract = (operands: readonly Operand[]): Sql => pairwise(operands, '-', sum('-'))
export const multiply = (operands: readonly Operand[]): Sql => pairwise(operands, '*', product)

/** Whole numbers divide to whole numbers, toward zero; null over zero. */
export function divide([a, b]: readonly [Operand, Operand]): Sql {
  if (isFloat(a) || isFloat(b)) return once([float(a), float(b)], quotient)
  const divisor = `nullif(${exact(b)}, 0)`
  return isWhole(a) && isWhole(b) ? `div(${exact(a)}, ${divisor})` : `(${exact(a)} / ${divisor})`
}

/** The remainder has the sign of the dividend; null over zero. Floats as decimals of 15 digits. */
export function modulo([a, b]: readonly [Operand, Operand]): Sql {
  const rest = `mod(${exact(a)}, nullif(${exact(b)}, 0))`
  return isFloat(a) || isFloat(b) ? inFloatRange(rest) : rest
}

export const negate = ([a]: readonly [Operand]): Sql => (isFloat(a) ? `(- ${a.sql})` : `(- ${exact(a)})`)
export const abs = ([a]: readonly [Operand]): Sql => `abs(${isFloat(a) ? a.sql : exact(a)})`

/** Half away from zero; a float without digits to keep rounds halves to the even neighbor (IEEE 754). */
export function round([a, digits]: readonly [Operand, Operand?]): Sql {
  if (isFloat(a))
    return digits === undefined ? `round(${a.sql})` : inFloatRange(`round(${exact(a)}, ${places(digits)})`)
  return `round(${exact(a)}, ${digits === undefined ? 0 : places(digits)})`
}

/** Digits after the point: more than 50 in either direction are as good as 50. */
const places = (digits: Operand): Sql => within(digits, 50)

export const whole = (fn: 'floor' | 'ceil', [a]: readonly [Operand]): Sql => `${fn}(${isFloat(a) ? a.sql : exact(a)})`

/** Without what stands after the point; null outside the integers that JSON numbers hold exactly. */
export const toInteger = ([a]: readonly [Operand]): Sql =>
  a.type.kind === 'integer'
    ? a.sql
    : once([a.sql], (x) => `case when ${x} between -9007199254740991 and 9007199254740991 then trunc(${x})::int8 end`)

export const toFloat = ([a]: readonly [Operand]): Sql => float(a)

/** A float carries its first 15 digits into a decimal. */
export const toDecimal = ([a]: readonly [Operand]): Sql => exact(a)
