import { isMembers } from '../../../engine/complete.ts'
import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { type Example, valueAt } from '../inventory/request.ts'
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

/** `example`: an input with which the operation goes well; around each value stands what stands around it there. */
export const inputLeaves = ({ slots }: Entry, marks: Marks, example?: Example): readonly InputLeaf[] =>
  slots.flatMap((slot) => {
    const leaf = { slot, name: slot.path.join('.'), field: slot.field, around: asItIs }
    return leavesIn(leaf, marks, valueAt(example, slot.path))
  })

const asItIs = (value: Json): Json => value

/** `like`: what an example has in this place. */
function leavesIn(leaf: InputLeaf, marks: Marks, like: Json | undefined): readonly InputLeaf[] {
  const { name, field, around } = leaf
  const { type, fields = {}, items } = field
  switch (type.kind) {
    case 'array': {
      const least = Math.max(1, Number(field.min ?? 0))
      const [first, ...others] = Array.isArray(like) ? like : []
      const inList = (value: Json): Json =>
        around(first === undefined ? Array.from({ length: least }, () => value) : [value, ...others])
      return leavesIn({ ...leaf, field: items ?? { type: type.of ?? { kind: 'text' } }, around: inList }, marks, first)
    }
    case 'object': {
      const made = like ?? madeUp(field, marks)?.value
      const whole = made !== undefined && isMembers(made) ? made : {}
      return Object.entries(fields).flatMap(([member, inner]) => {
        const inWhole = (value: Json): Json => around({ ...whole, [member]: value })
        return leavesIn({ ...leaf, name: `${name}.${member}`, field: inner, around: inWhole }, marks, whole[member])
      })
    }
    default:
      return [leaf]
  }
}
