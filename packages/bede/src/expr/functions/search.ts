import { isText } from '../kinds.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { type Argument, boolean, expected, type FunctionRule, float, inStore, type Mistake } from './rule.ts'

const texts =
  (gives: ValueType) =>
  (args: readonly Argument[]): ValueType | Mistake => {
    const other = args.find(({ type }) => !isText(type))
    return other ? expected('text', other.type, 'Make it text first: .toText().') : gives
  }

/**
 * What finds text by more than its characters. Which letters belong together, and which words are one, the database
 * knows from its own dictionaries and locale: memory does not evaluate these.
 */
export const searchFunctions = {
  similar: inStore([2, 2], texts(boolean)),
  similarity: inStore([2, 2], texts(float)),
} satisfies Partial<Record<FunctionName, FunctionRule>>
