import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { fitting, madeUp } from '../world/made-up.ts'
import type { Marks } from '../world/marks.ts'

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

export const textPlaces = ({ slots }: Entry, marks: Marks): readonly TextPlace[] =>
  slots.flatMap((slot) => placesIn(slot, slot.path.join('.'), slot.field, marks, (value) => value))

function placesIn(
  slot: Slot,
  name: string,
  field: InputField,
  marks: Marks,
  around: (value: Json) => Json,
): readonly TextPlace[] {
  const { type, fields = {}, items } = field
  switch (type.kind) {
    case 'text':
    case 'url':
    case 'json':
      return [
        {
          slot,
          name,
          most: Number(field.max ?? Number.POSITIVE_INFINITY),
          filled: (text) => {
            const value = written(field, text)
            return value === undefined ? undefined : around(value)
          },
        },
      ]
    case 'array': {
      const least = Math.max(1, Number(field.min ?? 0))
      const inList = (value: Json): Json => around(Array.from({ length: least }, () => value))
      return placesIn(slot, name, items ?? { type: type.of ?? { kind: 'text' } }, marks, inList)
    }
    case 'object': {
      const whole = madeUp(field, marks)?.value
      return Object.entries(fields).flatMap(([member, inner]) =>
        placesIn(slot, `${name}.${member}`, inner, marks, (value) =>
          around({ ...(typeof whole === 'object' && !Array.isArray(whole) ? whole : {}), [member]: value }),
        ),
      )
    }
    default:
      return []
  }
}

/** Of JSON the text is a member. */
function written(field: InputField, text: string): Json | undefined {
  if (field.type.kind === 'json') return { note: text, name: text, path: text, url: text }
  return fitting([text], field) === text ? text : undefined
}
