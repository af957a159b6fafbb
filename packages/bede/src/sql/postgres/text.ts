import type { Operand, Sql } from '../dialect.ts'
import { byCodePoint, int4, isText, once } from './operand.ts'
import { timestampText } from './time.ts'

/** None of these takes a pattern: what a caller sends is searched for as it is, `%`, `_` and `\` included. */

const letters = (fn: 'lower' | 'upper', [a]: readonly [Operand]): Sql => `${fn}(${byCodePoint(a)})`

/** The letters A to Z only: under the collation "C" no other changes its case. */
export const lower = (operands: readonly [Operand]): Sql => letters('lower', operands)
export const upper = (operands: readonly [Operand]): Sql => letters('upper', operands)

/** Without the white space of ASCII at either end. */
export const trim = ([a]: readonly [Operand]): Sql =>
  `btrim(${a.sql}, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13))`

export const concat = (operands: readonly Operand[]): Sql => `(${operands.map(({ sql }) => sql).join(' || ')})`
export const length = ([a]: readonly [Operand]): Sql => `length(${a.sql})`
export const left = ([a, n]: readonly [Operand, Operand]): Sql => `left(${a.sql}, ${int4(n)})`
export const right = ([a, n]: readonly [Operand, Operand]): Sql => `right(${a.sql}, ${int4(n)})`
export const replace = ([a, from, to]: readonly [Operand, Operand, Operand]): Sql =>
  `replace(${byCodePoint(a)}, ${from.sql}, ${to.sql})`

export const before = ([a, part]: readonly [Operand, Operand]): Sql => `split_part(${byCodePoint(a)}, ${part.sql}, 1)`
/** What comes first is dropped from the list of parts, and the others are put together again. */
export const after = ([a, part]: readonly [Operand, Operand]): Sql => {
  const rest = (text: Sql, by: Sql): Sql => `array_to_string((string_to_array(${text}, ${by}))[2:], ${by})`
  return part.literal === undefined ? once([byCodePoint(a), part.sql], rest) : rest(byCodePoint(a), part.sql)
}

/** Lower-case ASCII letters and digits; anything between them is one hyphen. */
export const slugify = ([a]: readonly [Operand]): Sql =>
  `btrim(regexp_replace(lower(${byCodePoint(a)}), '[^a-z0-9]+', '-', 'g'), '-')`

/** Text as a part of a pattern that stands for itself. */
const inPattern = ({ sql }: Operand): Sql => `replace(replace(replace(${sql}, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`

/** Trigrams serve patterns and no function. */
const like = (a: Operand, ...pattern: readonly Sql[]): Sql => `(${byCodePoint(a)} like ${pattern.join(' || ')})`

export const contains = ([a, b]: readonly [Operand, Operand]): Sql =>
  a.trigrams ? like(a, "'%'", inPattern(b), "'%'") : `(strpos(${byCodePoint(a)}, ${b.sql}) > 0)`

/** A b-tree of a column under "C" serves it (PostgreSQL 15 and later). */
export const startsWith = ([a, b]: readonly [Operand, Operand]): Sql =>
  a.trigrams ? like(a, inPattern(b), "'%'") : `starts_with(${byCodePoint(a)}, ${b.sql})`
/** A written ending may be named twice; what is computed is computed once. A check or an index takes no subquery. */
export const endsWith = ([a, b]: readonly [Operand, Operand]): Sql => {
  if (a.trigrams) return like(a, "'%'", inPattern(b))
  return b.literal === undefined
    ? once([a.sql, b.sql], (x, y) => `right(${x}, length(${y})) = ${y}`)
    : `(right(${a.sql}, length(${b.sql})) = ${b.sql})`
}

export function toText([a]: readonly [Operand]): Sql {
  if (isText(a.type)) return a.sql
  if (a.type.kind === 'timestamp') return timestampText(a.sql)
  if (a.type.kind === 'float') return `${a.sql}::numeric::text`
  return `${a.sql}::text`
}
