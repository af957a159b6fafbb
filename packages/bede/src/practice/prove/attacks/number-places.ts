import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import type { Example } from '../inventory/request.ts'
import type { Marks } from '../world/marks.ts'
import { inputLeaves } from './input-leaves.ts'

/** Where a caller chooses a number: in a value, in the items of a list, in a member of an item. */
export interface NumberPlace {
  readonly slot: Slot
  /** As findings name it: `size.width`. */
  readonly name: string
  readonly field: InputField
  /** The smallest whole number above nothing that it takes, and the largest that is worth a try. */
  readonly least: number
  readonly most: number
  /** The slot's value with this number in its place. */
  filled(n: number): Json
}

/** What makes nothing remarkable for so much is not made by the number. */
const largest = 100_000_000

/** How each kind of number stands in JSON. */
const written: Readonly<Record<string, (n: number) => Json>> = {
  integer: (n) => n,
  float: (n) => n,
  bigint: String,
  decimal: String,
}

export const numberPlaces = (entry: Entry, marks: Marks, example?: Example): readonly NumberPlace[] =>
  inputLeaves(entry, marks, example).flatMap(({ slot, name, field, around }): NumberPlace[] => {
    const write = written[field.type.kind]
    const least = Math.max(1, Math.ceil(Number(field.min ?? 1)))
    const most = Math.floor(Math.min(largest, Number(field.max ?? largest), widest(field)))
    return write && least < most ? [{ slot, name, field, least, most, filled: (n) => around(write(n)) }] : []
  })

/** What a decimal has digits for. */
const widest = ({ type: { precision, scale = 0 } }: InputField): number =>
  precision === undefined ? Number.POSITIVE_INFINITY : 10 ** (precision - scale) - 1
