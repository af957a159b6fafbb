import type { Operand, Sql } from '../dialect.ts'
import { castType } from './names.ts'
import { COLUMN } from './operand.ts'

type Pair = readonly [Operand, Operand]

/** Cast, because `any` would take a subquery in its parentheses for a list of its rows. */
export const array = ({ sql, type }: Operand): Sql => `${sql}::${castType(type)}`

const GIVEN = /^(?:\$\d+::\w+|'(?:[^']|'')*'::\w+)$/

/**
 * Whether an array holds an item. Of a column and a value that is given, so that an index over what arrays hold (GIN)
 * serves it: an item that is null is unknown, and not among nothing.
 */
export function has([list, item]: Pair): Sql {
  const fits = list.type.of !== undefined && castType(list.type.of) === castType(item.type)
  if (!fits || !COLUMN.test(list.sql) || !GIVEN.test(item.sql)) return `(${item.sql} = any (${array(list)}))`
  const one = `array[${item.sql}]::${castType(list.type)}`
  if (item.literal !== undefined && item.literal !== null) return `(${list.sql} @> ${one})`
  return `(${list.sql} @> (case when ${item.sql} is not null then ${one} end) and cardinality(${list.sql}) > 0)`
}

const of = (list: Operand): Sql => (COLUMN.test(list.sql) ? list.sql : `(${array(list)})`)

export const hasAll = ([list, others]: Pair): Sql => `(${of(list)} @> ${of(others)})`
export const hasAny = ([list, others]: Pair): Sql => `(${of(list)} && ${of(others)})`

/** An item that is null is left out; no array is an empty one. */
export const append = ([list, item]: Pair): Sql =>
  `array_cat(${array(list)}, array_remove(array[${item.sql}]::${castType(list.type)}, null))`
export const remove = ([list, item]: Pair): Sql => `array_remove(${array(list)}, ${item.sql})`
