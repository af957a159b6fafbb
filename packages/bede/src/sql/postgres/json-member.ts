import type { Operand, Sql } from '../dialect.ts'
import { quote } from './literal.ts'
import { once } from './operand.ts'

/*
 * Members of a document by name: of an object alone, because `->` with text does not count through arrays, and null
 * where a member is missing or of another type, so that no row can make a statement fail. All of it is immutable: an
 * index can hold it.
 */

type Read = (operands: readonly Operand[]) => Sql

const names = (keys: readonly Operand[]): readonly Sql[] => keys.map(({ literal }) => `${quote(String(literal))}::text`)

const member = (doc: Sql, keys: readonly Operand[]): Sql => `(${[doc, ...names(keys)].join(' -> ')})`

/** The member as text. */
const plain = (doc: Sql, keys: readonly Operand[]): Sql => {
  const path = names(keys)
  return `(${[doc, ...path.slice(0, -1)].join(' -> ')} ->> ${path.at(-1)})`
}

/** `read` where the member is of a type, else null. */
const when = (type: string, read: (doc: Sql, keys: readonly Operand[]) => Sql): Read => {
  return ([doc, ...keys]) =>
    once([doc?.sql ?? 'null'], (x) => `case jsonb_typeof(${member(x, keys)}) when '${type}' then ${read(x, keys)} end`)
}

const number = (x: Sql): Sql =>
  `(case when abs(${x}::numeric) > 1e300 then null when abs(${x}::numeric) < 1e-300 then 0::float8 else ${x}::numeric::float8 end)`

export const textAt: Read = (operands) => `(${when('string', plain)(operands)} collate "C")`
export const numberAt: Read = when('number', (doc, keys) => number(member(doc, keys)))
export const flagAt: Read = when('boolean', (doc, keys) => `${member(doc, keys)}::boolean`)
export const documentAt: Read = ([doc, ...keys]) => `nullif(${member(doc?.sql ?? 'null', keys)}, 'null'::jsonb)`

const isObject = (doc: Sql): Sql => `jsonb_typeof(${doc}) = 'object'`

export const put = ([doc, name, value]: readonly [Operand, Operand, Operand]): Sql =>
  once(
    [doc.sql],
    (x) =>
      `case when ${isObject(x)} then ${x} else '{}'::jsonb end || jsonb_build_object(${quote(String(name.literal))}::text, ${value.sql})`,
  )

export const omit = ([doc, name]: readonly [Operand, Operand]): Sql =>
  once([doc.sql], (x) => `case when ${isObject(x)} then ${x} - ${quote(String(name.literal))}::text else ${x} end`)
