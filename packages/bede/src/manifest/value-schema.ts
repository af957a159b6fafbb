import { LARGEST_REAL } from '../expr/memory.ts'
import type { JsonSchema, Kind, ValueType } from '../expr/value.ts'
import type { Constraints } from '../model/definition.ts'
import * as form from './text-form.ts'

/** JSON Schema's keywords, before it is known whether the value may also be null. */
export type Keywords = { readonly [keyword: string]: unknown }

/** What hashing takes in one piece; longer input costs time and adds no strength. */
const secretLength = 1024
/** More digits than any measured or counted thing has. */
const decimalLength = 1000

/** One value of a kind, as JSON writes it, within its constraints (JSON Schema 2020-12). */
export function valueSchema(type: ValueType, limits: Constraints = {}): Keywords {
  const keywords = byKind[type.kind](type, limits)
  if (limits.pattern === undefined) return keywords
  const whole = { pattern: `^(?:${limits.pattern})$` }
  return 'pattern' in keywords ? { ...keywords, allOf: [whole] } : { ...keywords, ...whole }
}

const byKind: Readonly<Record<Kind, (type: ValueType, limits: Constraints) => Keywords>> = {
  id: identifier,
  ref: identifier,
  text: (_, limits) => ({ type: 'string', pattern: form.storable, ...lengths(limits) }),
  email: (_, limits) => ({
    type: 'string',
    format: 'email',
    pattern: form.email,
    ...lengths(limits, form.emailLength),
  }),
  url: (_, limits) => ({ type: 'string', format: 'uri', pattern: form.httpUrl, ...lengths(limits, form.urlLength) }),
  slug: (_, limits) => ({ type: 'string', pattern: form.slug, ...lengths(limits) }),
  choice: (type) => ({ type: 'string', enum: type.choices ?? [] }),
  secret: (_, limits) => ({
    type: 'string',
    format: 'password',
    writeOnly: true,
    pattern: form.storable,
    ...lengths(limits, secretLength),
  }),
  integer: (_, limits) => wholeNumber(limits),
  bigint: (_, limits) => ({ type: 'string', format: 'int64', pattern: form.int64, ...bounds(limits) }),
  decimal: (type, limits) => ({
    type: 'string',
    format: 'decimal',
    pattern: form.decimal(type.precision, type.scale),
    ...(type.precision === undefined ? { maxLength: decimalLength } : {}),
    ...bounds(limits),
  }),
  float: (_, limits) => ({ type: 'number', ...defined({ minimum: number(limits.min), maximum: number(limits.max) }) }),
  boolean: () => ({ type: 'boolean' }),
  timestamp: (_, limits) => ({ type: 'string', format: 'date-time', pattern: form.timestamp, ...bounds(limits) }),
  date: (_, limits) => ({ type: 'string', format: 'date', pattern: form.date, ...bounds(limits) }),
  // JSON Schema's formats `time` and `duration` ask for an offset and forbid fractions, which is not how these are written.
  time: (_, limits) => ({ type: 'string', pattern: form.time, ...bounds(limits) }),
  duration: (_, limits) => ({ type: 'string', pattern: form.duration, ...bounds(limits) }),
  encrypted: ({ of }, limits) => valueSchema(of ?? { kind: 'text' }, limits),
  // Nobody sends or sees it.
  search: () => ({ not: {} }),
  json: (type) => (typeof type.schema === 'object' ? type.schema : type.schema === false ? { not: {} } : {}),
  bytes: (_, limits) => ({
    type: 'string',
    contentEncoding: 'base64',
    pattern: form.base64,
    ...defined({ minLength: base64Length(number(limits.min)), maxLength: base64Length(number(limits.max)) }),
  }),
  vector: ({ dimensions }) => ({
    type: 'array',
    items: { type: 'number', minimum: -LARGEST_REAL, maximum: LARGEST_REAL },
    minItems: dimensions,
    maxItems: dimensions,
  }),
  point: () => ({
    type: 'object',
    properties: {
      lat: { type: 'number', minimum: -90, maximum: 90 },
      lon: { type: 'number', minimum: -180, maximum: 180 },
    },
    required: ['lat', 'lon'],
    additionalProperties: false,
  }),
  array: (type, limits) => ({
    type: 'array',
    ...(type.of ? { items: valueSchema(type.of) } : {}),
    ...defined({ minItems: number(limits.min), maxItems: number(limits.max) }),
  }),
  object: () => ({ type: 'object' }),
}

function identifier(type: ValueType, limits: Constraints): Keywords {
  if (type.text) return { type: 'string', pattern: form.key(type.parts), ...lengths({ min: 1, ...limits }) }
  return type.integer ? wholeNumber({ min: 1, ...limits }) : { type: 'string', format: 'uuid', pattern: form.uuid }
}

function wholeNumber(limits: Constraints): Keywords {
  return {
    type: 'integer',
    minimum: number(limits.min) ?? Number.MIN_SAFE_INTEGER,
    maximum: number(limits.max) ?? Number.MAX_SAFE_INTEGER,
  }
}

/** Lengths count code points (JSON Schema Validation §6.3), as PostgreSQL's `length` does. */
const lengths = (limits: Constraints, most?: number): Keywords =>
  defined({ minLength: number(limits.min), maxLength: number(limits.max) ?? most })

/**
 * Bounds of a value that JSON writes as text. JSON Schema has no keyword for them: these two are annotations, under the
 * names Ajv gave them, and whoever validates has to compare by the value's own order.
 */
const bounds = (limits: Constraints): Keywords => defined({ formatMinimum: limits.min, formatMaximum: limits.max })

const number = (bound: number | string | undefined): number | undefined =>
  bound === undefined ? undefined : Number(bound)

/** How many letters so many bytes take. */
const base64Length = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : Math.ceil(bytes / 3) * 4

const defined = (keywords: Keywords): Keywords =>
  Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined))

/** The same value, or null. */
export function orNull(schema: Keywords): JsonSchema {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] }
  const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}
  return { ...schema, ...values, type: [schema.type, 'null'] }
}
