import { compare } from '../compare.ts'
import { describeType, kinds, widest } from '../kinds.ts'
import type { Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { type Argument, boolean, expected, type FunctionRule, MANY, type Mistake, mistake, strict } from './rule.ts'

/** Comparable with each other, or why not. */
export function together(args: readonly Argument[], ordered: boolean): Mistake | undefined {
  for (const { type } of args) {
    const facts = kinds[type.kind]
    if (ordered ? !facts.ordered : !facts.comparable) {
      return expected(ordered ? 'a value that has an order' : 'a value that can be compared', type)
    }
  }
  return widest(args.map(({ type }) => type)) ? undefined : unlike(args.map(({ type }) => type))
}

export function unlike(types: readonly ValueType[]): Mistake {
  const names = [...new Set(types.map(describeType))]
  const numbers =
    types.some(({ kind }) => kind === 'float') && types.some(({ kind }) => kind === 'decimal' || kind === 'bigint')
  return mistake(
    `puts ${names.join(' and ')} together`,
    numbers
      ? 'Make both the same: .toFloat() or .toDecimal().'
      : 'Compare values of the same kind; ids only with ids of the same model.',
  )
}

const comparison = (ordered: boolean, holds: (order: number) => boolean): FunctionRule =>
  strict<[Value, Value]>(
    [2, 2],
    (args) => together(args, ordered) ?? boolean,
    ([a, b]) => holds(compare(a, b)),
  )

/** Whether a value is among others: SQL's `in`, which is unknown where only a null could have made it true. */
export function among(value: Value, items: readonly Value[]): boolean | null {
  if (items.length === 0) return false
  if (value === null) return null
  if (items.some((item) => item !== null && compare(value, item) === 0)) return true
  return items.includes(null) ? null : false
}

const listed = (args: readonly Argument[]): ValueType | Mistake => {
  const [value, list] = args
  if (value && list?.type.kind === 'array' && args.length === 2) {
    return together([value, { type: list.type.of ?? list.type }], false) ?? boolean
  }
  return together(args, false) ?? boolean
}

const membership = (negated: boolean): FunctionRule => ({
  arity: [1, MANY],
  type: listed,
  strict: false,
  nullable: (args) => args.some(Boolean),
  evaluate: ([value = null, ...rest], types) => {
    const list = types[1]?.kind === 'array' ? rest[0] : rest
    if (list === null) return null
    const found = among(value, list as readonly Value[])
    return negated && found !== null ? !found : found
  },
})

const nullness = (holds: (isNull: boolean) => boolean): FunctionRule => ({
  arity: [1, 1],
  type: () => boolean,
  strict: false,
  nullable: () => false,
  evaluate: ([value]) => holds(value === null),
})

export const comparisons = {
  eq: comparison(false, (order) => order === 0),
  ne: comparison(false, (order) => order !== 0),
  lt: comparison(true, (order) => order < 0),
  lte: comparison(true, (order) => order <= 0),
  gt: comparison(true, (order) => order > 0),
  gte: comparison(true, (order) => order >= 0),
  in: membership(false),
  notIn: membership(true),
  isNull: nullness((isNull) => isNull),
  isNotNull: nullness((isNull) => !isNull),
} satisfies Partial<Record<FunctionName, FunctionRule>>
