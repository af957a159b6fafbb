import type * as FastCheck from 'fast-check'
import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { madeUp } from '../world/made-up.ts'
import { everybodysPassword } from '../world/planting.ts'
import type { World } from '../world/world.ts'

type Check = typeof FastCheck
type Values = FastCheck.Arbitrary<Json>

/** What is sent in each place of a request; absent: nothing is. */
export type Filled = Readonly<Record<string, { readonly value: Json } | undefined>>

/** Longer texts find no more, and take longer to shrink. */
const longest = 60

export const placeOf = ({ path }: Slot): string => JSON.stringify(path)

/**
 * Any input of an operation: mostly values that its declaration lets through, of rows that are there where they find
 * rows; now and then anything that JSON can say.
 */
export function anyInput(fc: Check, entry: Entry, world: World): FastCheck.Arbitrary<Filled> {
  const places = entry.slots.map((slot): [string, FastCheck.Arbitrary<{ value: Json } | undefined>] => {
    // Without it the address is that of something else.
    const told = slotValues(fc, slot, world)
      .filter((value) => slot.place !== 'path' || value !== '')
      .map((value) => ({ value }))
    const odd = fc.jsonValue({ maxDepth: 2 }).map((value) => ({ value: value as Json }))
    const usual = slot.required || slot.place === 'path' ? told : fc.option(told, { nil: undefined })
    return [
      placeOf(slot),
      slot.place === 'body' ? fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd }) : usual,
    ]
  })
  return fc.record(Object.fromEntries(places))
}

function slotValues(fc: Check, slot: Slot, world: World): Values {
  const any = valuesOf(fc, slot.field, world)
  if (slot.path.at(-1) === 'password') return fc.oneof(fc.constant(everybodysPassword), any)
  const { column } = slot
  if (!column) return any
  const known = (world.stored.get(column.model) ?? []).flatMap((row) => row[column.field] ?? [])
  return known.length === 0
    ? any
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: any })
}

const number = (bound: number | string | undefined, otherwise: number): number => {
  const value = Number(bound ?? otherwise)
  return Number.isFinite(value) ? value : otherwise
}

/** Values of a field, within its constraints. */
function valuesOf(fc: Check, field: InputField, world: World): Values {
  const { type, min, max } = field
  const least = number(min, 0)
  const most = Math.max(least, Math.min(number(max, longest), least + longest))
  const text = (): Values => fc.string({ minLength: least, maxLength: most, unit: 'grapheme' })
  switch (type.kind) {
    case 'text':
    case 'secret':
      return field.pattern === undefined ? text() : matching(fc, field, world)
    case 'email':
      return fc.nat(99_999).map((n) => `somebody.${n}@example.com`)
    case 'url':
      return fc.webUrl()
    case 'slug':
      return fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}$/)
    case 'choice':
      return fc.constantFrom(...(type.choices ?? ['']))
    case 'integer':
      return fc.integer({ min: number(min, -1_000_000), max: number(max, 1_000_000) })
    case 'bigint':
      return fc.bigInt({ min: BigInt(number(min, -(10 ** 9))), max: BigInt(number(max, 10 ** 9)) }).map(String)
    case 'decimal':
      return fc
        .integer({ min: Math.ceil(number(min, 0)), max: Math.floor(Math.min(number(max, 99), 10 ** 6)) })
        .map(String)
    case 'float':
      return fc
        .double({ min: number(min, -1e6), max: number(max, 1e6), noNaN: true })
        .map((value) => (Object.is(value, -0) ? 0 : value))
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
    case 'date': {
      const range = {
        min: new Date('1990-01-01T00:00:00Z'),
        max: new Date('2090-01-01T00:00:00Z'),
        noInvalidDate: true,
      }
      return fc.date(range).map((time) => time.toISOString().slice(0, type.kind === 'date' ? 10 : undefined))
    }
    case 'json':
      return fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json)
    case 'array': {
      const item = valuesOf(fc, field.items ?? { type: type.of ?? { kind: 'text' } }, world)
      return fc.array(item, { minLength: least, maxLength: Math.max(least, Math.min(number(max, 4), 4)) })
    }
    case 'object': {
      const members = Object.entries(field.fields ?? {})
      const needed = members.filter(([, inner]) => !inner.optional && inner.default === undefined).map(([name]) => name)
      const made = Object.fromEntries(members.map(([name, inner]) => [name, valuesOf(fc, inner, world)]))
      return fc.record(made, { requiredKeys: needed })
    }
    default:
      return oneMadeUp(fc, field, world)
  }
}

const oneMadeUp = (fc: Check, field: InputField, world: World): Values =>
  fc.constant(madeUp(field, world.marks)?.value ?? null)

/** Texts that a pattern lets through, where they can be made of it. */
function matching(fc: Check, field: InputField, world: World): Values {
  try {
    return fc
      .stringMatching(new RegExp(`^(?:${field.pattern})$`, 'u'))
      .map((text) => text.slice(0, number(field.max, longest)))
  } catch {
    return oneMadeUp(fc, field, world)
  }
}
