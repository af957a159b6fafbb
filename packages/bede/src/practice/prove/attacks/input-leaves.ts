import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { madeUp } from '../world/made-up.ts'
import type { Marks } from '../world/marks.ts'

/** One value that a caller chooses: of a slot, of the items of a list in it, of a member of an item. */
export interface InputLeaf {
  readonly slot: Slot
  /** As findings name it: `items.name`. */
  readonly name: string
  readonly field: InputField
  /** The slot's value with this one in its place. */
  around(value: Json): Json
}

export const inputLeaves = ({ slots }: Entry, marks: Marks): readonly InputLeaf[] =>
  slots.flatMap((slot) => leavesIn({ slot, name: slot.path.join('.'), field: slot.field, around: asItIs }, marks))

const asItIs = (value: Json): Json => value

function leavesIn(leaf: InputLeaf, marks: Marks): readonly InputLeaf[] {
  const { slot, name, field, around } = leaf
  const { type, fields = {}, items } = field
  switch (type.kind) {
    case 'array': {
      const least = Math.max(1, Number(field.min ?? 0))
      const inList = (value: Json): Json => around(Array.from({ length: least }, () => value))
      return leavesIn({ slot, name, field: items ?? { type: type.of ?? { kind: 'text' } }, around: inList }, marks)
    }
    case 'object': {
      const whole = madeUp(field, marks)?.value
      return Object.entries(fields).flatMap(([member, inner]) =>
        leavesIn(
          {
            slot,
            name: `${name}.${member}`,
            field: inner,
            around: (value) =>
              around({ ...(typeof whole === 'object' && !Array.isArray(whole) ? whole : {}), [member]: value }),
          },
          marks,
        ),
      )
    }
    default:
      return [leaf]
  }
}
