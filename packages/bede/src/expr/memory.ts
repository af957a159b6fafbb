import { type Exact, exact, readExact, writeExact } from '../toolkit/exact.ts'
import { type Duration, readDuration, writeDuration } from './duration.ts'
import { readDate, readTime, readTimestamp, writeDate, writeTime, writeTimestamp } from './instant.ts'
import { plainType } from './kinds.ts'
import { type Point, readPoint } from './point.ts'
import type { Json, ValueType } from './value.ts'

/**
 * A value as the evaluator holds it: text, ids and bytes (base64) as strings; integers, big integers and decimals as
 * {@link Exact}; floats as numbers; vectors as arrays of single-precision floats; timestamps, dates and times as milliseconds; null is SQL's null.
 */
export type Value = null | boolean | string | number | Exact | Duration | Document | Point | readonly Value[]

/** A JSON document. */
export interface Document {
  readonly document: Json
}

/** Text forms that hold wherever a value comes in. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
export const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** Digits of a decimal without a declared precision, before and after the point. */
export const DECIMAL = /^-?\d{1,500}(?:\.\d{1,500})?$/

const INT8 = 2n ** 63n

/** The largest number of a vector, as the shortest text of the largest single-precision float (IEEE 754) has it. */
export const LARGEST_REAL = 3.4028235e38

/** Reads a value as JSON writes it (value.ts). Undefined when it does not have the form of its type; absent is null. */
export function fromJson(json: Json | undefined, type: ValueType): Value | undefined {
  if (json === null || json === undefined) return null
  switch (type.kind) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'float':
      return typeof json === 'number' && Number.isFinite(json) ? json + 0 : undefined
    case 'integer':
      return typeof json === 'number' && Number.isSafeInteger(json) ? exact(BigInt(json)) : undefined
    case 'array':
      return Array.isArray(json) ? fromArray(json, type.of) : undefined
    case 'encrypted':
      return fromJson(json, plainType(type))
    case 'vector':
      return isVector(json, type) ? json.map(Math.fround) : undefined
    case 'point':
      return readPoint(json)
    case 'json':
    case 'object':
      return { document: json }
    case 'id':
    case 'ref':
      if (type.integer) return typeof json === 'number' && Number.isSafeInteger(json) ? exact(BigInt(json)) : undefined
      if (type.text) return typeof json === 'string' ? fromText(json, { kind: 'text' }) : undefined
      return typeof json === 'string' && UUID.test(json) ? json.toLowerCase() : undefined
    default:
      return typeof json === 'string' ? fromText(json, type) : undefined
  }
}

/** Exactly so many numbers that a single-precision float can hold. */
export const isVector = (json: Json, { dimensions }: ValueType): json is readonly number[] =>
  Array.isArray(json) &&
  json.length === dimensions &&
  json.every((one) => typeof one === 'number' && Math.abs(one) <= LARGEST_REAL)

function fromText(text: string, type: ValueType): Value | undefined {
  switch (type.kind) {
    case 'bigint': {
      const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
      return value === undefined || value < -INT8 || value >= INT8 ? undefined : exact(value)
    }
    case 'decimal':
      return DECIMAL.test(text) ? readExact(text) : undefined
    case 'timestamp':
      return readTimestamp(text)
    case 'date':
      return readDate(text)
    case 'time':
      return readTime(text)
    case 'duration':
      return readDuration(text)
    case 'bytes':
      return BASE64.test(text) ? Buffer.from(text, 'base64').toString('base64') : undefined
    default:
      return text.includes('\0') || !text.isWellFormed() ? undefined : text
  }
}

function fromArray(items: readonly Json[], of: ValueType | undefined): Value | undefined {
  if (of === undefined) return undefined
  const values: Value[] = []
  for (const item of items) {
    const value = fromJson(item, of)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

/** Writes a value as JSON has it. */
export function toJson(value: Value, type: ValueType): Json {
  if (value === null) return null
  switch (type.kind) {
    case 'integer':
      return Number((value as Exact).digits)
    case 'bigint':
    case 'decimal':
      return writeExact(value as Exact)
    case 'timestamp':
      return writeTimestamp(value as number)
    case 'date':
      return writeDate(value as number)
    case 'time':
      return writeTime(value as number)
    case 'duration':
      return writeDuration(value as Duration)
    case 'vector':
      return value as readonly number[]
    case 'point': {
      const { lat, lon } = value as Point
      return { lat, lon }
    }
    case 'array':
      return (value as readonly Value[]).map((item) => toJson(item, type.of ?? { kind: 'text' }))
    case 'json':
    case 'object':
      return (value as Document).document
    case 'id':
    case 'ref':
      return type.integer ? Number((value as Exact).digits) : (value as string)
    default:
      return value as string | number | boolean
  }
}
