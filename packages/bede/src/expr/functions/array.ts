import { exact } from '../exact.ts'
import type { Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { among, together } from './comparison.ts'
import { type Argument, boolean, expected, type FunctionRule, integer, type Mistake, strict } from './rule.ts'

const holding = ([list, item]: readonly Argument[]): ValueType | Mistake => {
  if (list?.type.kind !== 'array') return expected('an array', list?.type ?? boolean)
  return together([{ type: list.type.of ?? boolean }, ...(item ? [item] : [])], false) ?? boolean
}

const sized = ([list]: readonly Argument[]): ValueType | Mistake =>
  list && list.type.kind !== 'array' ? expected('an array', list.type) : integer

export const arrayFunctions = {
  has: {
    arity: [2, 2],
    type: holding,
    strict: false,
    nullable: (args) => args.some(Boolean),
    evaluate: ([list = null, item = null]) => (list === null ? null : among(item, list as readonly Value[])),
  },
  size: strict<[readonly Value[]]>([1, 1], sized, ([list]) => exact(BigInt(list.length))),
} satisfies Partial<Record<FunctionName, FunctionRule>>
