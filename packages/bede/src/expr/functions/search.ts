import { isText } from '../kinds.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { type Argument, boolean, expected, type FunctionRule, float, inStore, type Mistake, text } from './rule.ts'

const texts =
  (gives: ValueType) =>
  (args: readonly Argument[]): ValueType | Mistake => {
    const other = args.find(({ type }) => !isText(type))
    return other ? expected('text', other.type, 'Make it text first: .toText().') : gives
  }

/** The words a model keeps, and texts. */
const searched =
  (gives: ValueType) =>
  ([words, ...others]: readonly Argument[]): ValueType | Mistake =>
    words && words.type.kind !== 'search'
      ? expected("what the model's search keeps", words.type, 'Write row.search.')
      : texts(gives)(others)

/**
 * What finds text by more than its characters. Which letters belong together, and which words are one, the database
 * knows from its own dictionaries and locale: memory does not evaluate these.
 */
export const searchFunctions = {
  similar: inStore([2, 2], texts(boolean)),
  similarity: inStore([2, 2], texts(float)),
  matches: inStore([2, 2], searched(boolean)),
  rank: inStore([2, 2], searched(float)),
  highlight: inStore([3, 3], searched({ kind: 'array', of: text })),
} satisfies Partial<Record<FunctionName, FunctionRule>>
