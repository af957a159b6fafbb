import type { Json, ValueType } from '../expr/value.ts'
import { Problem } from '../telemetry/problem.ts'
import { encode } from './encode.ts'
import type { CallValues, Origin } from './planner.ts'
import type { EncryptedField, Sealer } from './sealer.ts'
import type { Text } from './statement.ts'
import { uuidv7 } from './uuid.ts'

/** A value that is known before the statement runs. */
export type ValueSlot =
  | { readonly kind: 'input'; readonly path: readonly string[]; readonly type: ValueType }
  | { readonly kind: 'actor'; readonly field: string; readonly type: ValueType }
  | { readonly kind: 'literal'; readonly value: Json; readonly type: ValueType }

/** The id of the row that a value is sealed for. */
export type RowSlot = ValueSlot | { readonly kind: 'id'; readonly row: string }

/** A value of each item of a bulk, and the row it is for: a new one, or one that the item names. */
export interface SealedItems extends EncryptedField {
  readonly kind: 'sealed-items'
  /** The input array. */
  readonly path: readonly string[]
  readonly value: { readonly kind: 'member'; readonly path: readonly string[] } | ValueSlot
  readonly row:
    | { readonly kind: 'new'; readonly row: string }
    | { readonly kind: 'member'; readonly path: readonly string[]; readonly type: ValueType }
}

/** Where the value of one `$n` comes from, call by call. */
export type Slot =
  | ValueSlot
  /** An input array as JSON text, for `each`. `closed`: members of its items that go to the database encrypted only. */
  | { readonly kind: 'items'; readonly path: readonly string[]; readonly closed?: readonly (readonly string[])[] }
  /** A new UUIDv7; `row` tells one from another. */
  | { readonly kind: 'id'; readonly row: string }
  /** As many new UUIDv7s as the input array at `path` has items. */
  | { readonly kind: 'ids'; readonly row: string; readonly path: readonly string[] }
  | { readonly kind: 'now' }
  /** A key of the page's cursor, in the database's own text form. */
  | { readonly kind: 'cursor'; readonly index: number }
  /** A text array of the entity tags that `If-Match` names. */
  | { readonly kind: 'etags' }
  /** Where a change comes from, for the history; text. */
  | { readonly kind: 'origin'; readonly part: keyof Origin }
  | { readonly kind: 'idempotency'; readonly part: 'scope' | 'key' | 'fingerprint' | 'status' }
  /** A value as the column of an encrypted field holds it. */
  | ({ readonly kind: 'sealed'; readonly value: ValueSlot; readonly row: RowSlot } & EncryptedField)
  | SealedItems
  /** As an object of JSON by the id of each row that is written: the value as the column of that row holds it. */
  | ({
      readonly kind: 'sealed-rows'
      readonly value: SealedItems['value']
      /** In a bulk: the input array. */
      readonly path?: readonly string[]
    } & EncryptedField)
  /** A text array of the ids of the rows that values were sealed for. */
  | { readonly kind: 'rows' }
  /** As an object of JSON by the id of each row that a value was sealed for: what it was hashed to under earlier keys. */
  | ({ readonly kind: 'earlier' } & EncryptedField)
  /** A text array of what the column begins with, for a value or for each of a list. */
  | ({ readonly kind: 'digests'; readonly value: ValueSlot } & EncryptedField)

/** Reads a value of the input; absent is undefined, and own properties only. */
export function inputAt(input: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = input
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined
    value = (value as Readonly<Record<string, Json>>)[name]
  }
  return value
}

/** What binding one statement needs beside the call. */
interface Binding {
  readonly call: CallValues
  readonly sealer: Sealer | undefined
  /** The new ids, by the row they are for: a value that is sealed for a row is sealed for the id it gets. */
  readonly ids: Map<string, readonly string[]>
  /** What was sealed so far. */
  readonly sealed: (EncryptedField & { readonly row: string; readonly value: Json })[]
}

/** The parameters of one call, in the database's text form. */
export function bindSlots(slots: readonly Slot[], call: CallValues, sealer?: Sealer): readonly Text[] {
  const binding = { call, sealer, ids: new Map(), sealed: [] }
  return slots.map((slot) => bindSlot(slot, binding))
}

function bindSlot(slot: Slot, binding: Binding): Text {
  const { call } = binding
  switch (slot.kind) {
    case 'input':
    case 'actor':
    case 'literal':
      return encode(knownValue(slot, call), slot.type)
    case 'items': {
      const items = inputAt(call.input, slot.path) ?? []
      return JSON.stringify(slot.closed ? itemsOf(items).map((item) => closed(item, slot.closed ?? [])) : items)
    }
    case 'id':
      return newIds(slot.row, 1, binding)[0] ?? null
    case 'ids':
      return textArray(newIds(slot.row, itemsOf(inputAt(call.input, slot.path)).length, binding))
    case 'now':
      return call.now
    case 'cursor':
      return call.cursor?.[slot.index] ?? null
    case 'etags':
      return `{${(call.etags ?? []).filter((tag) => /^[0-9a-f]{32}$/.test(tag)).join(',')}}`
    case 'origin':
      return call.origin?.[slot.part] ?? null
    case 'idempotency': {
      const value = call.idempotency?.[slot.part]
      return value === undefined ? null : String(value)
    }
    case 'sealed': {
      const row =
        slot.row.kind === 'id' ? newIds(slot.row.row, 1, binding)[0] : encode(knownValue(slot.row, call), slot.row.type)
      return sealed(slot, knownValue(slot.value, call), row ?? null, binding)
    }
    case 'sealed-items':
      return textArray(sealedItems(slot, binding))
    case 'sealed-rows': {
      const items = slot.path === undefined ? [] : itemsOf(inputAt(call.input, slot.path))
      const values = new Map<string, Text>()
      for (const { item = 0, id } of call.rows ?? []) {
        const { value } = slot
        const sent =
          value.kind === 'member' ? (inputAt(items[item] ?? null, value.path) ?? null) : knownValue(value, call)
        // Of two items that name one row the first counts.
        if (!values.has(id)) values.set(id, sealed(slot, sent, id, binding))
      }
      return JSON.stringify(Object.fromEntries(values))
    }
    case 'rows':
      return encode(
        (call.rows ?? []).map(({ id }) => id),
        { kind: 'array', of: { kind: 'text' } },
      )
    case 'earlier': {
      const own = binding.sealed.filter(({ model, field }) => model === slot.model && field === slot.field)
      const digests = own.map(({ row, value }) => [row, sealerOf(binding).digests(slot, value).slice(1)])
      return JSON.stringify(Object.fromEntries(digests))
    }
    case 'digests': {
      const value = knownValue(slot.value, call)
      if (value === null) return null
      const values: readonly Json[] = Array.isArray(value) ? value : [value]
      return textArray(values.flatMap((one) => (one === null ? [] : sealerOf(binding).digests(slot, one))))
    }
  }
}

function knownValue(slot: ValueSlot, call: CallValues): Json {
  if (slot.kind === 'literal') return slot.value
  if (slot.kind === 'input') return inputAt(call.input, slot.path) ?? null
  const value = call.actor && Object.hasOwn(call.actor, slot.field) ? call.actor[slot.field] : undefined
  return value ?? null
}

const itemsOf = (items: Json | undefined): readonly Json[] => (Array.isArray(items) ? items : [])

function newIds(row: string, count: number, { ids }: Binding): readonly string[] {
  const known = ids.get(row) ?? (count === 1 ? [uuidv7()] : Array.from({ length: count }, uuidv7))
  ids.set(row, known)
  return known
}

function sealedItems({ path, value, row, ...of }: SealedItems, binding: Binding): readonly Text[] {
  const { call } = binding
  const items = itemsOf(inputAt(call.input, path))
  const made = row.kind === 'new' ? newIds(row.row, items.length, binding) : []
  return items.map((item, at) => {
    const id = row.kind === 'new' ? made[at] : encode(inputAt(item, row.path) ?? null, row.type)
    const sent = value.kind === 'member' ? (inputAt(item, value.path) ?? null) : knownValue(value, call)
    return sealed(of, sent, id ?? null, binding)
  })
}

/** Without a row there is nothing that it could be written to. */
function sealed({ model, field }: EncryptedField, value: Json, row: Text, binding: Binding): Text {
  if (value === null || row === null) return null
  binding.sealed.push({ model, field, row, value })
  return sealerOf(binding).seal({ model, field }, storable(value), row)
}

function sealerOf({ sealer }: Binding): Sealer {
  if (sealer) return sealer
  throw new Problem('internal', { message: 'A value is to be encrypted, and nothing has a key' })
}

/** Text that the database could not hold in clear is refused encrypted too: the field is one of text. */
const storable = (value: Json): Json =>
  encode(value, { kind: typeof value === 'string' ? 'text' : 'json' }) === null ? null : value

/** An item without the values that leave encrypted: only that they were sent. */
function closed(item: Json, paths: readonly (readonly string[])[]): Json {
  return paths.reduce((left, path) => without(left, path), item)
}

function without(item: Json, [name, ...below]: readonly string[]): Json {
  if (name === undefined) return item === null ? null : ''
  if (typeof item !== 'object' || item === null || Array.isArray(item) || !Object.hasOwn(item, name)) return item
  const members = item as Readonly<Record<string, Json>>
  return { ...members, [name]: without(members[name] ?? null, below) }
}

/** An array in the database's text form; what it holds has no quotes and no backslashes. */
const textArray = (items: readonly Text[]): string => `{${items.map((item) => item ?? 'NULL').join(',')}}`
