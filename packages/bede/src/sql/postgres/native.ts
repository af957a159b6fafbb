import type { ValueType } from '../../expr/value.ts'
import type { Sql } from '../dialect.ts'
import { isText } from './operand.ts'

/** Text types that behave as text does, in an index too. */
const textual: ReadonlySet<string> = new Set(['text', 'character varying', 'varchar'])
/** Types that must not stand without their length, under a name that may. */
const lengthless: Readonly<Record<string, string>> = { character: 'bpchar', char: 'bpchar', bit: 'bit varying' }

/**
 * The type a value is cast to before it is written to a column of this type: without collation, and without a length,
 * because a cast would cut a value that is too long, where an assignment refuses it.
 */
export function nativeCast(native: string): string {
  const [, name = '', zone = '', array = ''] =
    /^((?:[^"(]|"(?:[^"]|"")*")*?)(?:\([^)]*\))?((?: with(?:out)? time zone)?)((?:\[\])*)$/iu.exec(
      withoutCollation(native),
    ) ?? []
  return (Object.hasOwn(lengthless, name.toLowerCase()) ? lengthless[name.toLowerCase()] : name) + zone + array
}

const withoutCollation = (native: string): string => native.replace(/ collate (?:[\w$]|"(?:[^"]|"")*"|\.)+$/iu, '')

/** Whether a column of this type is read as it is. */
function isPlain(native: string, type: ValueType): boolean {
  const cast = nativeCast(native)
  if (type.kind === 'array') return isPlain(cast.replace(/\[\]$/, ''), type.of ?? { kind: 'text' })
  if (type.kind === 'id' || type.kind === 'ref') return type.text ? textual.has(cast) : true
  if (type.kind === 'decimal') return cast !== 'money'
  return isText(type) ? textual.has(cast) : true
}

/** A column of this type as a value of its kind. */
export function readNative(sql: Sql, native: string, type: ValueType): Sql {
  if (isPlain(native, type)) return sql
  if (type.kind === 'decimal') return `(${sql})::numeric`
  return type.kind === 'array' ? `(${sql})::text[]` : `(${sql})::text`
}

/**
 * A value as a column of this type is compared with it, so that its index serves; undefined where that could fail, or
 * is not needed. A choice is one of the type's own values; blanks at the end of `character(n)` do not count.
 */
export function comparable(native: string, type: ValueType, other: ValueType): string | undefined {
  const cast = nativeCast(native)
  if (isPlain(native, type) || type.kind === 'array') return undefined
  if (cast === 'bpchar' || /(?:^|\.)citext$/.test(cast)) return cast
  const known = type.kind === 'choice' && other.kind === 'choice' ? other.choices : undefined
  return known?.every((choice) => type.choices?.includes(choice)) ? cast : undefined
}
