import type { Json, Kind, ValueType } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'
import { type JsonLimits, parseJson } from '../http/request/json-text.ts'
import { decodeComponent } from '../http/request/query-string.ts'

/** What the text must be, and is not. */
export class Misread {
  readonly expected: string
  constructor(expected: string) {
    this.expected = expected
  }
}

export interface TextSource {
  readonly raw: string
  /** JSON Pointer of the value in the request. */
  readonly place: string
  readonly limits: JsonLimits
  /** How one value becomes text. */
  readonly decode: (raw: string, place: string) => string
}

type Reader = (source: TextSource, field: InputField) => Json | Misread

const whole = /^-?(?:0|[1-9][0-9]{0,15})$/
const decimal = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$/

const isNumber = (digits: string): boolean => decimal.test(digits) && Number.isFinite(Number(digits))

const text: Reader = ({ raw, place, decode }) => decode(raw, place)
const integer: Reader = (source) => {
  const digits = source.decode(source.raw, source.place)
  return whole.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : new Misread('a whole number')
}
const identifier: Reader = (source, field) => (field.type.integer ? integer(source, field) : text(source, field))
const json: Reader = (source) => parseJson(source.decode(source.raw, source.place), source.limits, source.place)

/** Split before decoding: a comma inside an item is written %2C. */
function list(source: TextSource, item: InputField): Json | Misread {
  if (source.raw === '') return []
  const items = source.raw.split(',', source.limits.values).map((raw) => readText({ ...source, raw }, item))
  return items.find((read) => read instanceof Misread) ?? (items as Json[])
}

function numbers(source: TextSource, field: InputField): Json | Misread {
  const paths = numbersIn(field) ?? []
  const parts = source.decode(source.raw, source.place).split(',', paths.length + 1)
  if (parts.length !== paths.length || !parts.every(isNumber))
    return new Misread(
      `${paths.length} numbers with commas between them: ${paths.map((path) => path.at(-1)).join(',')}`,
    )
  return taken(parts.map(Number), field)
}

/** The value whose numbers come first in `left`; they are taken out of it. */
function taken(left: number[], { type, fields = {} }: InputField): Json {
  if (type.kind === 'float') return left.shift() ?? null
  if (type.kind === 'point') return { lat: left.shift() ?? null, lon: left.shift() ?? null }
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, taken(left, field)]))
}

const readers: Readonly<Record<Kind, Reader>> = {
  id: identifier,
  ref: identifier,
  text,
  email: text,
  url: text,
  slug: text,
  choice: text,
  secret: text,
  search: text,
  encrypted: text,
  integer,
  bigint: text,
  decimal: text,
  float: (source) => {
    const digits = source.decode(source.raw, source.place)
    return isNumber(digits) ? Number(digits) : new Misread('a number')
  },
  boolean: (source) => {
    const word = source.decode(source.raw, source.place)
    return word === 'true' || (word === 'false' ? false : new Misread('true or false'))
  },
  timestamp: text,
  date: text,
  time: text,
  duration: text,
  json,
  bytes: text,
  vector: (source) => list(source, { type: { kind: 'float' } }),
  array: (source, field) => list(source, field.items ?? { type: field.type.of ?? plainText }),
  point: numbers,
  object: (source, field) => (numbersIn(field) ? numbers(source, field) : json(source, field)),
}

/**
 * The numbers of a value that is nothing else, in the order in which an address has them, one after the other with commas:
 * of a point its latitude and longitude; of an object those of its members. Undefined: it is written as JSON.
 */
export function numbersIn({ type, fields }: InputField): readonly (readonly string[])[] | undefined {
  if (type.kind === 'point') return [['lat'], ['lon']]
  if (type.kind === 'float') return [[]]
  if (type.kind !== 'object' || !fields) return undefined
  const members = Object.entries(fields).map(([name, field]) => numbersIn(field)?.map((path) => [name, ...path]))
  return members.length > 0 && members.every((paths) => paths !== undefined) ? members.flat() : undefined
}

const plainText: ValueType = { kind: 'text' }

/**
 * A value that stood in a path or a query, by its declared type. Only what JSON does not write as text is read here;
 * whether a text is a date or within its bounds, the operation's schema decides, as for every other surface.
 */
export const readText = (source: TextSource, field: InputField): Json | Misread =>
  readers[field.type.kind](source, field)

/** Path parameters come decoded. */
export const asItIs = (raw: string): string => raw
export const urlDecoded = decodeComponent
