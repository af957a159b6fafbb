import type { Json, ValueType } from '../../expr/value.ts'
import { encode } from '../encode.ts'
import { castType } from './names.ts'

const LARGEST_INT4 = 2_147_483_647

/**
 * A value of the declaration as SQL. Strings are quoted as the standard has it (every quote doubled); a backslash is
 * an ordinary character, because sessions run with `standard_conforming_strings` on.
 */
export function literal(value: Json, type: ValueType): string {
  if (typeof value === 'boolean' && type.kind === 'boolean') return String(value)
  const text = encode(value, type)
  const cast = type.kind === 'integer' && Math.abs(Number(value)) > LARGEST_INT4 ? 'int8' : castType(type)
  return text === null ? `null::${cast}` : `${quote(text)}::${cast}`
}

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
