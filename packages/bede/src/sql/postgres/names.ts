import type { ValueType } from '../../expr/value.ts'
import { LONGEST_NAME_BYTES } from '../../manifest/database-name.ts'
import { Problem } from '../../telemetry/problem.ts'

/** A quoted identifier (PostgreSQL §4.1.1): the only way a name of the manifest reaches a statement. */
export function identifier(name: string): string {
  if (name === '' || name.includes('\0') || !name.isWellFormed() || Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new Problem('invalid-name', { message: `The database cannot hold the name ${JSON.stringify(name)}.` })
  }
  return `"${name.replaceAll('"', '""')}"`
}

/** The type a value is cast to. No precision: a parameter must arrive as it was sent, not rounded to a column. */
export function castType(type: ValueType): string {
  switch (type.kind) {
    case 'id':
    case 'ref':
      return type.integer ? 'int8' : type.text ? 'text' : 'uuid'
    case 'integer':
      return 'int4'
    case 'bigint':
      return 'int8'
    case 'decimal':
      return 'numeric'
    case 'float':
      return 'float8'
    case 'boolean':
      return 'boolean'
    case 'timestamp':
      return 'timestamptz'
    case 'date':
      return 'date'
    case 'time':
      return 'time'
    case 'duration':
      return 'interval'
    case 'bytes':
      return 'bytea'
    case 'vector':
      return 'vector'
    case 'point':
      return 'point'
    case 'json':
    case 'object':
      return 'jsonb'
    case 'search':
      return 'tsvector'
    case 'array':
      return isStructured(type.of) ? 'jsonb' : `${castType(type.of)}[]`
    default:
      return 'text'
  }
}

/** The type of a column. Text is compared by code point (`"C"`), so that order is the same on every machine. */
export function columnType(type: ValueType): string {
  switch (type.kind) {
    case 'decimal':
      return type.precision === undefined ? 'numeric' : `numeric(${type.precision}, ${type.scale ?? 0})`
    case 'timestamp':
      return 'timestamptz(3)'
    case 'time':
      return 'time(3)'
    case 'duration':
      return 'interval(3)'
    case 'vector':
      return `vector(${type.dimensions})`
    case 'array':
      return isStructured(type.of) ? 'jsonb' : arrayColumn(columnType(type.of))
    default:
      return castType(type) === 'text' ? 'text collate "C"' : castType(type)
  }
}

const arrayColumn = (item: string): string => {
  const [name, ...collation] = item.split(' collate ')
  return [`${name}[]`, ...collation].join(' collate ')
}

const isStructured = (type: ValueType | undefined): type is undefined =>
  type === undefined || type.kind === 'object' || type.kind === 'json' || type.kind === 'array'
