import type { ValueType } from '../../expr/value.ts'
import { castType } from '../postgres/names.ts'

/** How the values of one column become those of another type, and back. Both ways are total: what does not fit is null. */
export interface Conversion {
  /** `same`: the values stay as they are. `lossless`: each has one that reads back to it. `lossy`: some lose digits, time or all. */
  readonly effect: 'same' | 'lossless' | 'lossy'
  forward(sql: string): string
  back(sql: string): string
  /** The column's type can be changed where it stands: no value is rewritten. */
  readonly inPlace: boolean
  /** A version that knows the earlier type can go on reading and writing the column of the later one, by its casts. */
  readonly bothServe: boolean
}

/** How values of `from` become values of `to`, as stored types; undefined where the database has no honest cast. */
export function conversion(from: ValueType, to: ValueType): Conversion | undefined {
  const cast = (sql: string): string => sql
  if (sameStorage(from, to)) return { effect: 'same', forward: cast, back: cast, inPlace: true, bothServe: true }
  if (isNumber(from) && isNumber(to)) return numbers(from, to)
  const found = others[`${from.kind} ${to.kind}`] ?? (to.kind === 'text' ? toText(from) : undefined)
  return found && { ...found, inPlace: false, bothServe: false }
}

const sameStorage = (a: ValueType, b: ValueType): boolean =>
  a.kind === b.kind &&
  castType(a) === castType(b) &&
  a.precision === b.precision &&
  a.scale === b.scale &&
  a.dimensions === b.dimensions

interface Range {
  /** Digits before the point; undefined: as many as there are. */
  readonly whole?: number
  /** Digits after it. */
  readonly after?: number
  readonly type: string
}

const int4 = 10
const int8 = 19

function rangeOf({ kind, precision, scale = 0 }: ValueType): Range {
  if (kind === 'integer') return { whole: int4, after: 0, type: 'int4' }
  if (kind === 'bigint') return { whole: int8, after: 0, type: 'int8' }
  if (kind === 'float') return { type: 'float8' }
  if (precision === undefined) return { type: 'numeric' }
  return { whole: precision - scale, after: scale, type: `numeric(${precision}, ${scale})` }
}

const isNumber = ({ kind }: ValueType): boolean => ['integer', 'bigint', 'decimal', 'float'].includes(kind)

function numbers(from: ValueType, to: ValueType): Conversion {
  const [a, b] = [rangeOf(from), rangeOf(to)]
  const exactFloat = from.kind === 'float' ? b.type === 'numeric' : to.kind !== 'float' || from.kind === 'integer'
  // Ten digits are more than an int4 holds: what fits by digits must have fewer.
  const whole =
    b.whole === undefined || (a.whole !== undefined && (integral(to) ? a.whole < b.whole : a.whole <= b.whole))
  const after = b.after === undefined || (a.after !== undefined && a.after <= b.after)
  const bigger = from.kind === 'integer' && to.kind === 'bigint'
  const lossless = (whole || bigger) && after && exactFloat
  return {
    effect: lossless ? 'lossless' : 'lossy',
    forward: (sql) => number(sql, from, b),
    back: (sql) => number(sql, to, a),
    inPlace:
      from.kind === 'decimal' && to.kind === 'decimal' && lossless && (b.after === undefined || a.after === b.after),
    bothServe: true,
  }
}

const integral = ({ kind }: ValueType): boolean => kind === 'integer' || kind === 'bigint'

/** A number as another kind of number: rounded to its digits, null beyond its range. */
function number(sql: string, from: ValueType, to: Range): string {
  const exact = from.kind === 'float' ? `${sql}::text::numeric` : sql
  if (to.whole === undefined) return `${exact}::${to.type}`
  const rounded = `round(${exact}::numeric, ${to.after ?? 0})`
  const most = to.type === 'int4' ? '2147483647' : to.type === 'int8' ? '9223372036854775807' : largest(to)
  const least = to.type === 'int4' ? '-2147483648' : to.type === 'int8' ? '-9223372036854775808' : `-${most}`
  return `(case when ${rounded} between ${least} and ${most} then ${rounded}::${to.type} end)`
}

const largest = ({ whole = 0, after = 0 }: Range): string =>
  `${'9'.repeat(whole) || '0'}${after > 0 ? `.${'9'.repeat(after)}` : ''}`

type Ways = Pick<Conversion, 'effect' | 'forward' | 'back'>

const matching = (pattern: string, type: string) => (sql: string) =>
  `(case when ${sql} ~ '${pattern}' then ${sql}::${type} end)`

/** What each kind's text looks like, for the way back from any text. */
const readBack: Readonly<Record<string, (sql: string) => string>> = {
  integer: matching('^-?[0-9]{1,9}$', 'int4'),
  bigint: matching('^-?[0-9]{1,18}$', 'int8'),
  decimal: matching('^-?[0-9]{1,200}([.][0-9]{1,200})?$', 'numeric'),
  boolean: matching('^(true|false)$', 'boolean'),
}

function toText(from: ValueType): Ways | undefined {
  const read = readBack[from.kind]
  if (!read || from.precision !== undefined) return undefined
  return { effect: 'lossless', forward: (sql) => `${sql}::text`, back: read }
}

const utc = "'UTC'"
const others: Readonly<Record<string, Ways>> = {
  'date timestamp': {
    effect: 'lossless',
    forward: (sql) => `(${sql}::timestamp at time zone ${utc})`,
    back: (sql) => `(${sql} at time zone ${utc})::date`,
  },
  'timestamp date': {
    effect: 'lossy',
    forward: (sql) => `(${sql} at time zone ${utc})::date`,
    back: (sql) => `(${sql}::timestamp at time zone ${utc})`,
  },
  'timestamp time': {
    effect: 'lossy',
    forward: (sql) => `(${sql} at time zone ${utc})::time(3)`,
    back: () => 'null',
  },
  'text json': {
    effect: 'lossless',
    forward: (sql) => `to_jsonb(${sql})`,
    back: (sql) => `(case when jsonb_typeof(${sql}) = 'string' then ${sql} #>> '{}' end)`,
  },
}
