import * as e from '../../toolkit/exact.ts'
import { isExact } from '../compare.ts'
import { isNumber, isWhole, widest } from '../kinds.ts'
import type { Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { unlike } from './comparison.ts'
import { type Argument, expected, type FunctionRule, integer, MANY, type Mistake, strict } from './rule.ts'

/*
 * Arithmetic that cannot fail, because one row whose number is too large must not take a whole list down: whole
 * numbers and decimals are computed exactly, without bounds; a float beyond 1e308 is null and one nearer to zero than
 * 1e-307 is zero. sql/postgres/number.ts follows the same lines.
 */

const numbers = (args: readonly Argument[]): ValueType | Mistake => {
  const other = args.find(({ type }) => !isNumber(type))
  if (other) return expected('a number', other.type)
  const types = args.map(({ type }) => type)
  const wide = widest(types)
  return wide ? { kind: wide.kind } : unlike(types)
}

const float: ValueType = { kind: 'float' }
const decimal: ValueType = { kind: 'decimal' }

type Number2<T> = (a: T, b: T) => T | null

const isFloat = (types: readonly ValueType[]): boolean => types.some(({ kind }) => kind === 'float')
const floating = (value: Value): number | null => (isExact(value) ? e.floatOf(value) : (value as number))

const pair = (
  a: Value,
  b: Value,
  types: readonly ValueType[],
  exact: Number2<e.Exact>,
  float: Number2<number>,
): Value => {
  if (a === null || b === null) return null
  if (!isFloat(types)) return exact(a as e.Exact, b as e.Exact)
  const [x, y] = [floating(a), floating(b)]
  return x === null || y === null ? null : float(x, y)
}

/** Over two or more, from the left. */
const folded = (exact: Number2<e.Exact>, float: Number2<number>): FunctionRule => ({
  arity: [2, MANY],
  type: numbers,
  strict: true,
  nullable: (args) => args.some(Boolean),
  evaluate: (args, types) =>
    args.slice(1).reduce<Value>((sum, value) => pair(sum, value, types, exact, float), args[0] ?? null),
})

const sum =
  (float: (a: number, b: number) => number) =>
  (a: number, b: number): number | null =>
    Math.abs(a) <= 8e307 && Math.abs(b) <= 8e307 ? float(a, b) : null

function product(a: number, b: number): number | null {
  const [x, y] = [Math.abs(a), Math.abs(b)]
  if (x > 1 && y > 1e308 / x) return null
  return x < 1 && x !== 0 && y < 1e-307 / x ? 0 : a * b
}

function quotient(a: number, b: number): number | null {
  const [x, y] = [Math.abs(a), Math.abs(b)]
  if (b === 0 || (y < 1 && x > 1e308 * y)) return null
  return y > 1 && x < 1e-307 * y ? 0 : a / b
}

const zero = (value: e.Exact): boolean => value.digits === 0n

const over = (
  exact: (a: e.Exact, b: e.Exact, types: readonly ValueType[]) => e.Exact,
  float: Number2<number>,
): FunctionRule =>
  strict<[Value, Value]>(
    [2, 2],
    numbers,
    ([a, b], types) => pair(a, b, types, (x, y) => (zero(y) ? null : exact(x, y, types)), float),
    'partial',
  )

const remainder = (a: number, b: number): number | null => {
  const divisor = e.exactOf(b)
  return zero(divisor) ? null : e.floatOf(e.moduloExact(e.exactOf(a), divisor))
}

const single = (exact: (a: e.Exact) => e.Exact, float: (a: number) => number): FunctionRule =>
  strict<[e.Exact | number]>([1, 1], numbers, ([a]) => (typeof a === 'number' ? float(a) : exact(a)))

/** Halves go to the even neighbor (IEEE 754). */
function roundFloat(a: number): number {
  const floor = Math.floor(a)
  const rest = a - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

const places = (digits: e.Exact): number => Math.min(Math.max(Number(digits.digits), -50), 50)

const rounding = ([value, digits]: readonly Argument[]): ValueType | Mistake => {
  if (digits && digits.type.kind !== 'integer') return expected('a number of digits', digits.type)
  return numbers(value ? [value] : [])
}

function round(a: e.Exact | number, digits: e.Exact | undefined): Value {
  if (typeof a !== 'number') return e.roundExact(a, digits ? places(digits) : 0)
  return digits ? e.floatOf(e.roundExact(e.exactOf(a), places(digits))) : roundFloat(a)
}

const becoming =
  (type: ValueType) =>
  (args: readonly Argument[]): ValueType | Mistake => {
    const wrong = numbers(args)
    return 'mistake' in wrong ? wrong : type
  }

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER)

/** Without what stands after the point; null outside the integers that JSON numbers hold exactly. */
function toInteger(a: e.Exact | number): Value {
  if (typeof a === 'number') return Math.abs(a) <= Number.MAX_SAFE_INTEGER ? e.exact(BigInt(Math.trunc(a))) : null
  const limit = e.compareExact(e.absExact(a), e.exact(LARGEST))
  return limit > 0 ? null : e.truncateExact(a)
}

export const numberFunctions = {
  add: folded(
    e.addExact,
    sum((a, b) => a + b),
  ),
  subtract: folded(
    e.subtractExact,
    sum((a, b) => a - b),
  ),
  multiply: folded(e.multiplyExact, product),
  divide: over((a, b, types) => (types.every(isWhole) ? e.quotientExact(a, b) : e.divideExact(a, b)), quotient),
  modulo: over(e.moduloExact, remainder),
  negate: single(e.negateExact, (a) => -a),
  abs: single(e.absExact, Math.abs),
  round: strict<readonly [e.Exact | number, ...e.Exact[]]>([1, 2], rounding, ([a, digits]) => round(a, digits)),
  floor: single(e.floorExact, Math.floor),
  ceil: single(e.ceilExact, Math.ceil),
  toInteger: strict<[e.Exact | number]>([1, 1], becoming(integer), ([a]) => toInteger(a), 'partial'),
  toFloat: strict<[e.Exact | number]>([1, 1], becoming(float), ([a]) => floating(a), 'partial'),
  toDecimal: strict<[e.Exact | number]>([1, 1], becoming(decimal), ([a]) => (typeof a === 'number' ? e.exactOf(a) : a)),
} satisfies Partial<Record<FunctionName, FunctionRule>>
