import { type Exact, exact, exactOf, writeExact } from '../../toolkit/exact.ts'
import type { Duration } from '../duration.ts'
import { writeDuration } from '../duration.ts'
import { writeDate, writeTime, writeTimestamp } from '../instant.ts'
import { isText } from '../kinds.ts'
import type { Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import {
  type Argument,
  boolean,
  expected,
  type FunctionRule,
  integer,
  MANY,
  type Mistake,
  strict,
  text,
} from './rule.ts'

const TO_TEXT = 'Make it text first: .toText().'

/** All arguments are text. */
const texts =
  (gives: ValueType) =>
  (args: readonly Argument[]): ValueType | Mistake => {
    const other = args.find(({ type }) => !isText(type))
    return other ? expected('text', other.type, TO_TEXT) : gives
  }

/** Text and a number of characters. */
const counted = ([value, count]: readonly Argument[]): ValueType | Mistake => {
  if (value && !isText(value.type)) return expected('text', value.type, TO_TEXT)
  return count && count.type.kind !== 'integer' ? expected('a number of characters', count.type) : text
}

const readable = new Set(['json', 'object', 'array', 'bytes', 'point', 'vector', 'secret', 'encrypted', 'search'])
const readableAsText = ([value]: readonly Argument[]): ValueType | Mistake =>
  value && readable.has(value.type.kind) ? expected('a value that can be written as text', value.type) : text

const same = (f: (a: string) => string): FunctionRule => strict<[string]>([1, 1], texts(text), ([a]) => f(a))
const test = (f: (a: string, b: string) => boolean): FunctionRule =>
  strict<[string, string]>([2, 2], texts(boolean), ([a, b]) => f(a, b))

/** Characters are code points. A negative count is counted from the other end. */
const cut = (f: (characters: readonly string[], count: number) => readonly string[]): FunctionRule =>
  strict<[string, Exact]>([2, 2], counted, ([a, n]) => f([...a], Number(n.digits)).join(''))

/** ASCII only: what other letters become depends on the machine. */
const lower = (a: string): string => a.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
const upper = (a: string): string => a.replace(/[a-z]+/g, (letters) => letters.toUpperCase())

export const textFunctions = {
  concat: strict<string[]>([1, MANY], texts(text), (parts) => parts.join('')),
  lower: same(lower),
  upper: same(upper),
  trim: same((a) => a.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '')),
  length: strict<[string]>([1, 1], texts(integer), ([a]) => exact(BigInt([...a].length))),
  left: cut((a, n) => a.slice(0, n)),
  right: cut((a, n) => (n === 0 ? [] : a.slice(n > 0 ? -n : Math.min(-n, a.length)))),
  replace: strict<[string, string, string]>([3, 3], texts(text), ([a, from, to]) =>
    from === '' ? a : a.split(from).join(to),
  ),
  before: strict<[string, string]>([2, 2], texts(text), ([a, part]) => (part === '' ? a : (a.split(part)[0] ?? ''))),
  after: strict<[string, string]>([2, 2], texts(text), ([a, part]) =>
    part !== '' && a.includes(part) ? a.slice(a.indexOf(part) + part.length) : '',
  ),
  slugify: same((a) =>
    lower(a)
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, ''),
  ),
  contains: test((a, b) => a.includes(b)),
  startsWith: test((a, b) => a.startsWith(b)),
  endsWith: test((a, b) => a.endsWith(b)),
  toText: strict<[NonNullable<Value>]>([1, 1], readableAsText, ([a], [type]) => written(a, type ?? text)),
} satisfies Partial<Record<FunctionName, FunctionRule>>

/** As JSON writes it, numbers with all their digits and without an exponent. */
function written(value: NonNullable<Value>, type: ValueType): string {
  switch (type.kind) {
    case 'timestamp':
      return writeTimestamp(value as number)
    case 'date':
      return writeDate(value as number)
    case 'time':
      return writeTime(value as number)
    case 'duration':
      return writeDuration(value as Duration)
    case 'float':
      return writeExact(exactOf(value as number))
    default:
      return typeof value === 'object' ? writeExact(value as Exact) : String(value)
  }
}
