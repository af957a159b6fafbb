import { exact } from '../../toolkit/exact.ts'
import { compare } from '../compare.ts'
import { unify } from '../kinds.ts'
import type { Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { among, together, unlike } from './comparison.ts'
import { type Argument, boolean, expected, type FunctionRule, integer, type Mistake, strict } from './rule.ts'

const holding = ([list, item]: readonly Argument[]): ValueType | Mistake => {
  if (list?.type.kind !== 'array') return expected('an array', list?.type ?? boolean)
  return together([{ type: list.type.of ?? boolean }, ...(item ? [item] : [])], false) ?? boolean
}

const sized = ([list]: readonly Argument[]): ValueType | Mistake =>
  list && list.type.kind !== 'array' ? expected('an array', list.type) : integer

/** Two arrays of the same kind. */
const alike = ([list, other]: readonly Argument[]): ValueType | Mistake => {
  const stranger = [list, other].find((one) => one && one.type.kind !== 'array')
  if (stranger) return expected('an array', stranger.type)
  const types = [list, other].flatMap((one) => one?.type.of ?? [])
  return unify(types) ? boolean : unlike(types)
}

/** An array and an item of it; the array comes back. */
const changed = ([list, item]: readonly Argument[]): ValueType | Mistake => {
  if (list && list.type.kind !== 'array') return expected('an array', list.type)
  const types = [list?.type.of ?? boolean, item?.type ?? boolean]
  return unify(types) ? (list?.type ?? boolean) : unlike(types)
}

type List = readonly Value[]

/** Nulls are no items. */
const holds = (list: List, item: Value): boolean =>
  item !== null && list.some((one) => one !== null && compare(one, item) === 0)

export const arrayFunctions = {
  hasAll: strict<[List, List]>([2, 2], alike, ([list, others]) => others.every((item) => holds(list, item))),
  hasAny: strict<[List, List]>([2, 2], alike, ([list, others]) => others.some((item) => holds(list, item))),
  append: {
    arity: [2, 2],
    type: changed,
    strict: false,
    nullable: () => false,
    evaluate: ([list = null, item = null]) => [...((list ?? []) as List), ...(item === null ? [] : [item])],
  },
  remove: {
    arity: [2, 2],
    type: changed,
    strict: false,
    nullable: ([list = false]) => list,
    evaluate: ([list = null, item = null]) =>
      list === null ? null : (list as List).filter((one) => (item === null ? one !== null : !holds([one], item))),
  },
  has: {
    arity: [2, 2],
    type: holding,
    strict: false,
    nullable: (args) => args.some(Boolean),
    evaluate: ([list = null, item = null]) => (list === null ? null : among(item, list as readonly Value[])),
  },
  size: strict<[readonly Value[]]>([1, 1], sized, ([list]) => exact(BigInt(list.length))),
} satisfies Partial<Record<FunctionName, FunctionRule>>
