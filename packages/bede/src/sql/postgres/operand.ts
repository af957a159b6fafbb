import type { ValueType } from '../../expr/value.ts'
import type { Operand, Sql } from '../dialect.ts'

/** A column, which an index may hold. */
export const COLUMN = /^(?:"(?:[^"]|"")+"\.)?"(?:[^"]|"")+"$/

const SIMPLE =
  /^(?:(?:"?\w+"?\.)?"(?:[^"]|"")+"(?:::\w+)?|"?\w+"?\."?\w+"?(?:::\w+)?|\$\d+(?:::\w+)?|'[^']*'::\w+|true|false)$/

/** Names each operand, so that the text of one that is not a mere column or parameter is written, and run, once. */
export function once(operands: readonly Sql[], body: (...names: readonly Sql[]) => Sql): Sql {
  if (operands.every((sql) => SIMPLE.test(sql))) return `(${body(...operands)})`
  const columns = operands.map((sql, at) => `${sql} as v${at}`)
  return `(select ${body(...operands.map((_, at) => `v.v${at}`))} from (select ${columns.join(', ')}) as v)`
}

const TEXTS = new Set(['text', 'email', 'url', 'slug', 'choice', 'secret'])

export const isText = (type: ValueType): boolean => TEXTS.has(type.kind)

/** Text under the collation "C". Said of a column, which has it already, this does not keep an index from serving. */
export const byCodePoint = ({ sql, type }: Operand): Sql => (isText(type) ? `(${sql} collate "C")` : sql)

/** The operands of one comparison: one collation is enough for all of them. */
export const ordered = (operands: readonly Operand[]): readonly Sql[] =>
  operands.map((operand, at) => (at === 0 ? byCodePoint(operand) : operand.sql))

const LARGEST_INT4 = 2_147_483_647

/** A whole number as an argument of a function that takes int4: beyond it, a length is as good as endless. */
export const int4 = (operand: Operand): Sql => within(operand, LARGEST_INT4)

/** The number, or the nearest that is no further from zero than `limit`. (`least` and `greatest` would swallow a null.) */
export const within = ({ sql, literal }: Operand, limit: number): Sql =>
  typeof literal === 'number'
    ? String(Math.min(Math.max(literal, -limit), limit))
    : once(
        [sql],
        (n) => `case when ${n} > ${limit} then ${limit} when ${n} < -${limit} then -${limit} else ${n} end::int4`,
      )

/** The type `point` has no equality: its text has all its digits. */
export const differ = (a: Sql, b: Sql, { kind }: ValueType): Sql =>
  kind === 'point' ? `(${a})::text is distinct from (${b})::text` : `${a} is distinct from ${b}`
