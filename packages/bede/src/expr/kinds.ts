import type { Kind, ValueType } from './value.ts'

/** Kinds whose values stand for one another: an email and a title are both text. */
export type Family =
  | 'id'
  | 'text'
  | 'secret'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'timestamp'
  | 'date'
  | 'time'
  | 'duration'
  | 'json'
  | 'bytes'
  | 'vector'
  | 'point'
  | 'array'
  | 'object'
  | 'search'
  | 'encrypted'

export interface KindFacts {
  readonly family: Family
  /** `eq` and its kin are defined. */
  readonly comparable: boolean
  /** `lt` and its kin are defined; lists can be sorted by it. */
  readonly ordered: boolean
}

const facts = (family: Family, comparable: boolean, ordered: boolean): KindFacts => ({ family, comparable, ordered })
const text = facts('text', true, true)
const id = facts('id', true, true)

/** What holds for every value of a kind. A secret can be set and asked whether it is there, nothing else. */
export const kinds: Readonly<Record<Kind, KindFacts>> = {
  id,
  ref: id,
  text,
  email: text,
  url: text,
  slug: text,
  choice: text,
  secret: facts('secret', false, false),
  integer: facts('integer', true, true),
  bigint: facts('bigint', true, true),
  decimal: facts('decimal', true, true),
  float: facts('float', true, true),
  boolean: facts('boolean', true, true),
  timestamp: facts('timestamp', true, true),
  date: facts('date', true, true),
  time: facts('time', true, true),
  duration: facts('duration', true, true),
  json: facts('json', false, false),
  bytes: facts('bytes', true, false),
  vector: facts('vector', false, false),
  point: facts('point', false, false),
  array: facts('array', false, false),
  object: facts('object', false, false),
  search: facts('search', false, false),
  encrypted: facts('encrypted', false, false),
}

/** The type of a value as callers send and see it. */
export const plainType = (type: ValueType): ValueType =>
  type.kind === 'encrypted' ? (type.of ?? { kind: 'text' }) : type

/** Exact numbers, from the narrowest. */
const exactNumbers: readonly Kind[] = ['integer', 'bigint', 'decimal']

export const familyOf = (type: ValueType): Family => kinds[type.kind].family
export const isText = (type: ValueType): boolean => familyOf(type) === 'text'
export const isWhole = (type: ValueType): boolean => type.kind === 'integer' || type.kind === 'bigint'
export const isExact = (type: ValueType): boolean => exactNumbers.includes(type.kind)
export const isNumber = (type: ValueType): boolean => isExact(type) || type.kind === 'float'
export const isTime = (type: ValueType): boolean => type.kind === 'timestamp' || type.kind === 'date'

/**
 * The type of a value that is one of these, or undefined when they do not belong together. Numbers of different kinds do
 * not: whether JSON writes a number or a string must not depend on which of them it was.
 */
export const unify = (types: readonly ValueType[]): ValueType | undefined => merge(types, pair)

/** The type that numbers of these types are computed in, and values of these types are compared in. */
export const widest = (types: readonly ValueType[]): ValueType | undefined =>
  merge(types, (a, b) => (isNumber(a) && isNumber(b) ? widerNumber(a, b) : pair(a, b)))

function merge(
  types: readonly ValueType[],
  join: (a: ValueType, b: ValueType) => ValueType | undefined,
): ValueType | undefined {
  const [first, ...rest] = types
  return rest.reduce<ValueType | undefined>((wide, type) => wide && join(wide, type), first)
}

function pair(a: ValueType, b: ValueType): ValueType | undefined {
  const family = familyOf(a)
  if (family !== familyOf(b)) return undefined
  switch (family) {
    case 'text':
      return same(a, b) ? a : { kind: 'text' }
    case 'id': // without a model: any, as for the actor before the app is known
      if (a.integer !== b.integer || a.text !== b.text) return undefined
      return a.model === undefined ? b : b.model === undefined || a.model === b.model ? a : undefined
    case 'decimal':
      return a.precision === b.precision && a.scale === b.scale ? a : { kind: 'decimal' }
    case 'vector':
      return a.dimensions === b.dimensions ? a : undefined
    case 'encrypted': // two fields are two secrets, although both hold text
      return a.model === b.model && a.field === b.field ? a : undefined
    case 'array': {
      const of = a.of && b.of && pair(a.of, b.of)
      return of && { kind: 'array', of }
    }
    default:
      return a
  }
}

const same = (a: ValueType, b: ValueType): boolean => a.kind === b.kind && String(a.choices) === String(b.choices)

/** A float meets integers only: a decimal is exact, and a float is not. */
function widerNumber(a: ValueType, b: ValueType): ValueType | undefined {
  if (a.kind === 'float' || b.kind === 'float') {
    const other = a.kind === 'float' ? b : a
    return other.kind === 'float' || other.kind === 'integer' ? { kind: 'float' } : undefined
  }
  return { kind: exactNumbers.indexOf(a.kind) >= exactNumbers.indexOf(b.kind) ? a.kind : b.kind }
}

/** How a type is called in a message: `ref('article')`, `text`, `vector(3)`, `array of text`. */
export function describeType(type: ValueType): string {
  if (type.kind === 'id' || type.kind === 'ref') return `${type.kind}('${type.model ?? '?'}')`
  if (type.kind === 'vector') return `vector(${type.dimensions})`
  if (type.kind === 'encrypted') return `encrypted ${describeType(plainType(type))}`
  return type.kind === 'array' && type.of ? `array of ${describeType(type.of)}` : type.kind
}
