import type { LiveColumn } from '../../store/introspect/live-schema.ts'
import { brackets, literal } from './source.ts'

/** A field of a declaration, as source: `text({ max: 45, … })` without its options about the column. */
export interface FieldSource {
  /** The function of Bede that declares it. */
  readonly fn: string
  /** What stands before the options: a choice's values, an array's items. */
  readonly first: readonly string[]
  readonly options: readonly string[]
  /** Further functions that `first` uses. */
  readonly uses: readonly string[]
  /** Its values have an order, and an equality that an index serves. */
  readonly ordered: boolean
  /** The database's own text form stands for a type that Bede has no kind for. */
  readonly asText: boolean
}

const plain = (fn: string, options: readonly string[] = [], ordered = true): FieldSource => ({
  fn,
  first: [],
  options,
  uses: [],
  ordered,
  asText: false,
})
const asText = (): FieldSource => ({ ...plain('text', [], false), asText: true })

/** Kinds by the name of the type, as `format_type` writes it without its length. */
const kinds: Readonly<Record<string, (column: LiveColumn) => FieldSource>> = {
  smallint: () => plain('integer'),
  integer: () => plain('integer'),
  bigint: () => plain('bigint'),
  numeric: (column) => plain('decimal', digits(column)),
  money: () => plain('decimal', [], false),
  real: () => plain('float'),
  'double precision': () => plain('float'),
  boolean: () => plain('bool', [], false),
  text: () => plain('text'),
  'character varying': (column) => plain('text', length(column)),
  character: (column) => plain('text', length(column)),
  uuid: () => plain('text', [], false),
  date: () => plain('date'),
  'time without time zone': () => plain('time'),
  'timestamp without time zone': () => plain('timestamp'),
  'timestamp with time zone': () => plain('timestamp'),
  interval: () => plain('duration', [], false),
  json: () => plain('json', [], false),
  jsonb: () => plain('json', [], false),
  bytea: () => plain('bytes', [], false),
}

/** `character varying(45)`: the numbers behind a type that is the database's own, not those of a domain over it. */
function numbers({ base, type }: LiveColumn): readonly number[] {
  if (!type.startsWith(base)) return []
  const [, first, second] = /^\((\d+)(?:,\s*(-?\d+))?\)/.exec(type.slice(base.length)) ?? []
  return [first, second].flatMap((one) => (one === undefined ? [] : [Number(one)]))
}

function length(column: LiveColumn): readonly string[] {
  const [max] = numbers(column)
  return max === undefined ? [] : [`max: ${max}`]
}

function digits(column: LiveColumn): readonly string[] {
  const [precision, scale = 0] = numbers(column)
  return precision === undefined || scale < 0 || scale > precision ? [] : [`precision: ${precision}`, `scale: ${scale}`]
}

/** What a column is in a declaration. A type without a kind of its own is text, in the form that the database writes. */
export function fieldSource(column: LiveColumn): FieldSource {
  if (!column.array) return itemSource(column)
  const item = itemSource(column)
  if (item.fn === 'json') return asText()
  const { first, uses, options } = item
  const call = `${item.fn}(${[...first, ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])].join(', ')})`
  return { ...plain('array', [], false), first: [call], uses: [item.fn, ...uses], asText: item.asText }
}

function itemSource(column: LiveColumn): FieldSource {
  const { labels, base, builtin } = column
  if (labels !== null) {
    return labels.length === 0 ? asText() : { ...plain('choice'), first: [brackets(labels.map(literal), '  ')] }
  }
  const known = builtin && Object.hasOwn(kinds, base) ? kinds[base] : undefined
  return known?.(column) ?? asText()
}

/** How a column can be the whole primary key. */
export type KeyForm = 'uuid' | 'integer' | 'text'

const keyForms: Readonly<Record<string, KeyForm>> = {
  uuid: 'uuid',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  text: 'text',
  'character varying': 'text',
  character: 'text',
}

/** Undefined: as a key it is made of this field. */
export const keyForm = ({ array, base, builtin }: LiveColumn): KeyForm | undefined =>
  !array && builtin && Object.hasOwn(keyForms, base) ? keyForms[base] : undefined

/** What only a view of the declaration that names it lets out: names that promise a secret. */
export const looksSecret = (name: string): boolean =>
  /pass(?:word|wd|phrase|code)|secret|token|api_?key|private_?key|salt|(?:^|_)hash/i.test(name)
