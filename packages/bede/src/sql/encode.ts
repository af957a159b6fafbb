import { readDuration, writeDuration } from '../expr/duration.ts'
import { readDate, readTime, readTimestamp, writeTimestamp } from '../expr/instant.ts'
import { isVector } from '../expr/memory.ts'
import { readPoint } from '../expr/point.ts'
import type { Json, ValueType } from '../expr/value.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Text } from './statement.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const WHOLE = /^-?\d{1,19}$/
const DECIMAL = /^-?\d{1,500}(\.\d{1,500})?$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const INT8 = 2n ** 63n

/**
 * A JSON value in PostgreSQL's text form (the text format of Bind, never a piece of SQL). Values are validated before
 * they come here; what does not have the form of its type is refused all the same, so that no object can pass for a
 * text and no text for a number. Throws Problem `invalid-input`, or `invalid-text` for NUL and lone surrogates.
 */
export function encode(value: Json | undefined, type: ValueType): Text {
  if (value === null || value === undefined) return null
  if (type.kind === 'json' || type.kind === 'object') return encodeJson(value)
  if (type.kind === 'array') return encodeArray(value, type)
  if (type.kind === 'vector') return isVector(value, type) ? `[${value.join(',')}]` : refuse(type)
  return encodeScalar(value, type)
}

function encodeScalar(value: Json, type: ValueType): string {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? (value ? 't' : 'f') : refuse(type)
    case 'integer':
      return Number.isInteger(value) && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER
        ? String(value)
        : refuse(type)
    case 'float':
      return typeof value === 'number' && Number.isFinite(value) ? String(value) : refuse(type)
    case 'id':
    case 'ref':
      if (type.integer) return Number.isSafeInteger(value) ? String(value) : refuse(type)
      if (type.text) return isText(value) ? storable(value) : refuse(type)
      return isText(value) && UUID.test(value) ? value.toLowerCase() : refuse(type)
    case 'bigint':
      return isText(value) && WHOLE.test(value) && inInt8(BigInt(value)) ? value : refuse(type)
    case 'decimal':
      return isText(value) && DECIMAL.test(value) ? value : refuse(type)
    case 'timestamp': {
      const at = isText(value) ? readTimestamp(value) : undefined
      return at === undefined ? refuse(type) : writeTimestamp(at)
    }
    case 'date':
      return isText(value) && readDate(value) !== undefined ? value : refuse(type)
    case 'time':
      return isText(value) && readTime(value) !== undefined ? value : refuse(type)
    case 'duration': {
      const duration = isText(value) ? readDuration(value) : undefined
      return duration === undefined ? refuse(type) : writeDuration(duration)
    }
    case 'point': {
      const point = readPoint(value)
      return point ? `(${point.lon},${point.lat})` : refuse(type)
    }
    case 'bytes':
      return isText(value) && BASE64.test(value) ? `\\x${Buffer.from(value, 'base64').toString('hex')}` : refuse(type)
    default:
      return isText(value) ? storable(value) : refuse(type)
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const isText = (value: Json): value is string => typeof value === 'string'
const inInt8 = (value: bigint): boolean => value >= -INT8 && value < INT8

/** Text that PostgreSQL can hold: no NUL, no half of a surrogate pair. */
function storable(text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) throw new Problem('invalid-text')
  return text
}

function encodeJson(value: Json): string {
  return JSON.stringify(value, (key, member: unknown) => {
    storable(key)
    return typeof member === 'string' ? storable(member) : member
  })
}

/** The literal form of an array: every item quoted, so that no item can end it (PostgreSQL §8.15.6). */
function encodeArray(value: Json, type: ValueType): string {
  const of = type.of
  if (!isList(value) || of === undefined) return refuse(type)
  if (of.kind === 'object' || of.kind === 'json') return encodeJson(value)
  if (of.kind === 'array') return refuse(type)
  const items = value.map((item) => (item === null ? 'NULL' : `"${encodeScalar(item, of).replace(/["\\]/g, '\\$&')}"`))
  return `{${items.join(',')}}`
}

function refuse(type: ValueType): never {
  throw new Problem('invalid-input', { message: `The value is not ${article(type.kind)}.` })
}

const article = (kind: string): string => (/^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`)
