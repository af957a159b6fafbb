import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import type { Example } from '../inventory/request.ts'
import { fitting } from '../world/made-up.ts'
import type { Marks } from '../world/marks.ts'
import { inputLeaves } from './input-leaves.ts'

/** Where a caller chooses a text freely: in a value, in the items of a list, in a member of an item. */
export interface TextPlace {
  readonly slot: Slot
  /** As findings name it: `items.name`. */
  readonly name: string
  /** The longest text that it takes. */
  readonly most: number
  /** The slot's value with this text in its place. Undefined: the place's pattern or length refuses the text. */
  filled(text: string): Json | undefined
}

const textual: ReadonlySet<string> = new Set(['text', 'url', 'json'])

export const textPlaces = (entry: Entry, marks: Marks, example?: Example): readonly TextPlace[] =>
  inputLeaves(entry, marks, example)
    .filter(({ field }) => textual.has(field.type.kind))
    .map(({ slot, name, field, around }) => ({
      slot,
      name,
      most: Number(field.max ?? Number.POSITIVE_INFINITY),
      filled: (text) => {
        const value = written(field, text)
        return value === undefined ? undefined : around(value)
      },
    }))

/** Of JSON the text is a member. */
function written(field: InputField, text: string): Json | undefined {
  if (field.type.kind === 'json') return { note: text, name: text, path: text, url: text }
  return fitting([text], field) === text ? text : undefined
}
