import { Problem, type ProblemCode } from '../../telemetry/problem.ts'
import { describeType } from '../kinds.ts'
import type { Value } from '../memory.ts'
import type { Json, ValueType } from '../value.ts'

/** What an argument is known by when a call is typed: its type and, where the declaration writes it, its value. */
export interface Argument {
  readonly type: ValueType
  readonly literal?: Json
  /** It is known before the database is asked: a literal, an input, something of the actor. */
  readonly known?: true
}

/** Why an expression has no type. */
export interface Mistake {
  readonly mistake: string
  /** Absent: values of different types are put together. */
  readonly code?: ProblemCode
  readonly hint?: string
}

export const isMistake = (answer: object): answer is Mistake => 'mistake' in answer
export const mistake = (text: string, hint?: string): Mistake => ({
  mistake: text,
  ...(hint === undefined ? {} : { hint }),
})
export const expected = (what: string, found: ValueType, hint?: string): Mistake =>
  mistake(`expects ${what}, not ${describeType(found)}`, hint)

/** The rules of one function: what it takes, what it gives, and the same meaning in memory as in every dialect. */
export interface FunctionRule {
  /** How many arguments: at least, at most. */
  readonly arity: readonly [min: number, max: number]
  type(args: readonly Argument[]): ValueType | Mistake
  /** Whether the result may be null, when these arguments may be. */
  nullable(args: readonly boolean[]): boolean
  /** Any null argument makes it null, without being evaluated. */
  readonly strict: boolean
  evaluate(args: readonly Value[], types: readonly ValueType[]): Value
  /** The database alone knows what it gives: there is no evaluating it in memory. */
  readonly storeOnly?: true
}

export const MANY = 1000

export const boolean: ValueType = { kind: 'boolean' }
export const text: ValueType = { kind: 'text' }
export const integer: ValueType = { kind: 'integer' }
export const float: ValueType = { kind: 'float' }

type Compute<A extends readonly Value[]> = (args: A, types: readonly ValueType[]) => Value

/** A function that is null where an argument is. `partial`: it may be null even so. */
export function strict<A extends readonly Value[]>(
  arity: readonly [number, number],
  type: (args: readonly Argument[]) => ValueType | Mistake,
  compute: Compute<A>,
  partial: 'total' | 'partial' = 'total',
): FunctionRule {
  return {
    arity,
    type,
    strict: true,
    nullable: (args) => partial === 'partial' || args.some(Boolean),
    // The types of the arguments were checked by `type`; this is where that knowledge becomes TypeScript's.
    evaluate: (args, types) => (args.includes(null) ? null : compute(args as readonly Value[] as A, types)),
  }
}

/** A strict function that the database alone computes. */
export const inStore = (
  arity: readonly [number, number],
  type: (args: readonly Argument[]) => ValueType | Mistake,
): FunctionRule => ({
  arity,
  type,
  strict: true,
  nullable: (args) => args.some(Boolean),
  storeOnly: true,
  evaluate() {
    throw new Problem('invalid-declaration', { message: 'What the database alone computes was asked of memory' })
  },
})
