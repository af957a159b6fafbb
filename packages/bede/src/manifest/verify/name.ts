import type { Mistake } from '../../expr/functions/rule.ts'
import { LONGEST_NAME_BYTES } from '../database-name.ts'
import { wrong } from './report.ts'

/** Names with which JavaScript's own objects answer. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype)).add('prototype')

/** Columns that every table of PostgreSQL has already. */
const systemColumns = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What a declared name may be: a model's, a field's, an input's. */
export function nameMistake(name: string): Mistake | undefined {
  if (inherited.has(name))
    return wrong('invalid-name', `'${name}' is a name JavaScript's own objects have`, 'Choose another name.')
  if (!NAME.test(name))
    return wrong(
      'invalid-name',
      `${JSON.stringify(name)} is not a name`,
      'Letters, digits and _, not starting with a digit.',
    )
  return lengthMistake(name)
}

/** A member of an answer: any text that fits, because the database writes it. */
export function memberMistake(name: string): Mistake | undefined {
  if (inherited.has(name))
    return wrong('invalid-name', `'${name}' is a name JavaScript's own objects have`, 'Choose another name.')
  if (name === '' || name.includes('\0') || !name.isWellFormed()) {
    return wrong('invalid-name', `${JSON.stringify(name)} is not a name the database can hold`)
  }
  return lengthMistake(name)
}

export function columnMistake(name: string): Mistake | undefined {
  if (systemColumns.has(name))
    return wrong('reserved-name', `'${name}' is a column that every table has already`, 'Choose another name.')
  return storedNameMistake(name)
}

/** What the database can hold as a name, of a table, a column or an index: it is quoted, and no object's key. */
export function storedNameMistake(name: string): Mistake | undefined {
  if (name === '' || name.includes('\0') || !name.isWellFormed()) {
    return wrong('invalid-name', `${JSON.stringify(name)} is not a name the database can hold`)
  }
  return lengthMistake(name)
}

function lengthMistake(name: string): Mistake | undefined {
  const bytes = Buffer.byteLength(name)
  return bytes > LONGEST_NAME_BYTES
    ? wrong('invalid-name', `'${name}' is ${bytes} bytes long`, `A name has at most ${LONGEST_NAME_BYTES}.`)
    : undefined
}
