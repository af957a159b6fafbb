import type { Json, ValueType } from '../expr/value.ts'
import { encode } from './encode.ts'
import type { CallValues, Origin } from './planner.ts'
import type { Text } from './statement.ts'
import { uuidv7 } from './uuid.ts'

/** Where the value of one `$n` comes from, call by call. */
export type Slot =
  | { readonly kind: 'input'; readonly path: readonly string[]; readonly type: ValueType }
  /** An input array as JSON text, for `each`. */
  | { readonly kind: 'items'; readonly path: readonly string[] }
  /** A new UUIDv7; `row` tells one from another. */
  | { readonly kind: 'id'; readonly row: string }
  /** As many new UUIDv7s as the input array at `path` has items. */
  | { readonly kind: 'ids'; readonly row: string; readonly path: readonly string[] }
  | { readonly kind: 'actor'; readonly field: string; readonly type: ValueType }
  | { readonly kind: 'now' }
  | { readonly kind: 'literal'; readonly value: Json; readonly type: ValueType }
  /** A key of the page's cursor, in the database's own text form. */
  | { readonly kind: 'cursor'; readonly index: number }
  /** A text array of the entity tags that `If-Match` names. */
  | { readonly kind: 'etags' }
  /** Where a change comes from, for the history; text. */
  | { readonly kind: 'origin'; readonly part: keyof Origin }
  | { readonly kind: 'idempotency'; readonly part: 'scope' | 'key' | 'fingerprint' | 'status' }

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

/** The parameters of one call, in the database's text form. */
export const bindSlots = (slots: readonly Slot[], call: CallValues): readonly Text[] =>
  slots.map((slot) => bindSlot(slot, call))

function bindSlot(slot: Slot, call: CallValues): Text {
  switch (slot.kind) {
    case 'input':
      return encode(inputAt(call.input, slot.path) ?? null, slot.type)
    case 'items':
      return JSON.stringify(inputAt(call.input, slot.path) ?? [])
    case 'id':
      return uuidv7()
    case 'ids': {
      const items = inputAt(call.input, slot.path)
      return `{${(Array.isArray(items) ? items : []).map(() => uuidv7()).join(',')}}`
    }
    case 'actor': {
      const value = call.actor && Object.hasOwn(call.actor, slot.field) ? call.actor[slot.field] : undefined
      return encode(value ?? null, slot.type)
    }
    case 'now':
      return call.now
    case 'literal':
      return encode(slot.value, slot.type)
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
  }
}
