import { type Exact, floatOf } from '../../toolkit/exact.ts'
import { isExact } from '../compare.ts'
import type { FunctionName } from '../names.ts'
import { distance, type Point } from '../point.ts'
import type { ValueType } from '../value.ts'
import { type Argument, boolean, expected, type FunctionRule, float, type Mistake, strict } from './rule.ts'

const points =
  (gives: ValueType) =>
  (args: readonly Argument[]): ValueType | Mistake => {
    const other = args.find(({ type }) => type.kind !== 'point')
    return other ? expected('a point', other.type) : gives
  }

const circle = ([place, center, metres]: readonly Argument[]): ValueType | Mistake => {
  if (metres && metres.type.kind !== 'float' && metres.type.kind !== 'integer')
    return expected('a number of metres', metres.type, 'Make it a float: .toFloat().')
  return points(boolean)([place, center].flatMap((one) => one ?? []))
}

const metresOf = (value: Exact | number): number =>
  isExact(value) ? (floatOf(value as Exact) ?? 0) : (value as number)

export const pointFunctions = {
  distance: strict<[Point, Point]>([2, 2], points(float), ([a, b]) => distance(a, b)),
  within: strict<[Point, Point, Exact | number]>(
    [3, 3],
    circle,
    ([place, center, metres]) => distance(place, center) <= metresOf(metres),
  ),
} satisfies Partial<Record<FunctionName, FunctionRule>>
