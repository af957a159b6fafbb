import { unify } from '../kinds.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { unlike } from './comparison.ts'
import { type Argument, expected, type FunctionRule, float, type Mistake, strict } from './rule.ts'

type Vector = readonly number[]

/** Two vectors of the same dimensions. */
const alike = (args: readonly Argument[]): ValueType | Mistake => {
  const stranger = args.find(({ type }) => type.kind !== 'vector')
  if (stranger) return expected('a vector', stranger.type)
  const types = args.map(({ type }) => type)
  return unify(types) ? float : unlike(types)
}

/** Added up in single precision, as the database does. */
const sum = (a: Vector, b: Vector, term: (x: number, y: number) => number): number =>
  a.reduce((total, x, at) => Math.fround(total + Math.fround(term(x, b[at] ?? 0))), 0)

const product = (a: Vector, b: Vector): number => sum(a, b, (x, y) => x * y)

/** Null where there is no such number: beyond single precision, or the angle of a vector that has no length. */
const measured = (measure: (a: Vector, b: Vector) => number): FunctionRule =>
  strict<[Vector, Vector]>(
    [2, 2],
    alike,
    ([a, b]) => {
      const number = measure(a, b)
      return Number.isFinite(number) ? number : null
    },
    'partial',
  )

/** How far vectors are from each other (pgvector's `<=>`, `<->`, and `<#>` with its sign turned). */
export const vectorFunctions = {
  cosineDistance: measured((a, b) => {
    const cosine = product(a, b) / Math.sqrt(product(a, a) * product(b, b))
    return 1 - Math.min(Math.max(cosine, -1), 1)
  }),
  l2Distance: measured((a, b) => Math.sqrt(sum(a, b, (x, y) => Math.fround(x - y) ** 2))),
  innerProduct: measured(product),
} satisfies Partial<Record<FunctionName, FunctionRule>>
