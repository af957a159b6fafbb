import { Problem } from '../telemetry/problem.ts'
import { arrayFunctions } from './functions/array.ts'
import { comparisons } from './functions/comparison.ts'
import { encryptedFunctions } from './functions/encrypted.ts'
import { jsonFunctions } from './functions/json.ts'
import { logic } from './functions/logic.ts'
import { numberFunctions } from './functions/number.ts'
import { pointFunctions } from './functions/point.ts'
import { type Argument, type FunctionRule, isMistake, type Mistake, mistake } from './functions/rule.ts'
import { searchFunctions } from './functions/search.ts'
import { textFunctions } from './functions/text.ts'
import { timeFunctions } from './functions/time.ts'
import { vectorFunctions } from './functions/vector.ts'
import type { FunctionName } from './names.ts'
import type { ValueType } from './value.ts'

/** Every function of the language, with its rules. A new one is a name in names.ts, a rule here, and SQL in each dialect. */
export const functions: Readonly<Record<FunctionName, FunctionRule>> = {
  ...comparisons,
  ...logic,
  ...textFunctions,
  ...searchFunctions,
  ...numberFunctions,
  ...timeFunctions,
  ...arrayFunctions,
  ...jsonFunctions,
  ...vectorFunctions,
  ...pointFunctions,
  ...encryptedFunctions,
}

export type AggregateName = 'count' | 'sum' | 'min' | 'max' | 'avg'

/** The type of a call, or why it has none. */
export function callType(fn: FunctionName, args: readonly Argument[]): ValueType | Mistake {
  const rule = functions[fn]
  const [min, max] = rule.arity
  if (args.length < min || args.length > max) {
    const count = min === max ? String(min) : `at least ${min}`
    return mistake(`${fn} takes ${count} arguments, not ${args.length}`)
  }
  const type = rule.type(args)
  return isMistake(type) ? { ...type, mistake: `${fn} ${type.mistake}` } : type
}

/** The type of an aggregate, or why it has none. */
export function typeOfAggregate(fn: AggregateName, of: ValueType | undefined): ValueType | Mistake {
  if (fn === 'count') return { kind: 'integer' }
  if (of === undefined) return mistake(`${fn} needs the value to take it of`)
  if (fn === 'min' || fn === 'max') {
    const type = callType('least', [{ type: of }])
    return isMistake(type) ? { ...type, mistake: type.mistake.replace('least', fn) } : type
  }
  const type = callType('abs', [{ type: of }])
  if (isMistake(type)) return { ...type, mistake: type.mistake.replace('abs', fn) }
  if (fn === 'sum') return type
  return { kind: type.kind === 'decimal' || type.kind === 'bigint' ? 'decimal' : 'float' }
}

/** The type of a call in a verified manifest. Units of time were seen there; any that fits gives the same type. */
export const resultType = (fn: FunctionName, types: readonly ValueType[]): ValueType => {
  const literal = types[1]?.kind === 'time' ? 'hour' : 'day'
  return settled(
    callType(
      fn,
      types.map((type) => ({ type, literal, known: true })),
    ),
  )
}

export const aggregateType = (fn: AggregateName, of: ValueType | undefined): ValueType =>
  settled(typeOfAggregate(fn, of))

function settled(type: ValueType | Mistake): ValueType {
  if (isMistake(type))
    throw new Problem('internal', { message: `An expression that was not verified: ${type.mistake}` })
  return type
}
