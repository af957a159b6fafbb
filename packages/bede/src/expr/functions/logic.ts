import { compare } from '../compare.ts'
import { unify } from '../kinds.ts'
import type { Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { together, unlike } from './comparison.ts'
import { type Argument, boolean, expected, type FunctionRule, MANY, type Mistake, strict } from './rule.ts'

const conditions = (args: readonly Argument[]): ValueType | Mistake => {
  const other = args.find(({ type }) => type.kind !== 'boolean')
  return other ? expected('conditions', other.type) : boolean
}

/** SQL's three-valued `and` and `or`: `decisive` wins over unknown, unknown over the other. */
const connective = (decisive: boolean): FunctionRule => ({
  arity: [0, MANY],
  type: conditions,
  strict: false,
  nullable: (args) => args.some(Boolean),
  evaluate: (args) => (args.includes(decisive) ? decisive : args.includes(null) ? null : !decisive),
})

const alike = (args: readonly Argument[]): ValueType | Mistake => {
  const types = args.map(({ type }) => type)
  const secret = types.find(({ kind }) => kind === 'secret')
  return secret ? expected('a value that can be read', secret) : (unify(types) ?? unlike(types))
}

/** Nulls are left out; null only when there is nothing else. */
const extreme = (wins: (order: number) => boolean): FunctionRule => ({
  arity: [1, MANY],
  type: (args) => together(args, true) ?? alike(args),
  strict: false,
  nullable: (args) => args.every(Boolean),
  evaluate: (args) => {
    const [first = null, ...rest] = args.filter((value) => value !== null)
    return rest.reduce<Value>((best, value) => (wins(compare(value, best)) ? value : best), first)
  },
})

export const logic = {
  and: connective(false),
  or: connective(true),
  not: strict<[boolean]>([1, 1], conditions, ([a]) => !a),
  coalesce: {
    arity: [1, MANY],
    type: alike,
    strict: false,
    nullable: (args) => args.every(Boolean),
    evaluate: (args) => args.find((value) => value !== null) ?? null,
  },
  nullIf: {
    arity: [2, 2],
    type: (args) => together(args, false) ?? alike(args),
    strict: false,
    nullable: () => true,
    evaluate: ([a = null, b = null]) => (a !== null && b !== null && compare(a, b) === 0 ? null : a),
  },
  least: extreme((order) => order < 0),
  greatest: extreme((order) => order > 0),
} satisfies Partial<Record<FunctionName, FunctionRule>>
