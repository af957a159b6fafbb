import type { MemoryRow } from '../../src/expr/evaluate.ts'
import type { Json, ValueType } from '../../src/expr/value.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { manifestVersion } from '../../src/manifest/manifest.ts'
import type { FieldDefinition, ModelDefinition } from '../../src/model/definition.ts'

/** Two related models with a field of every kind, and rows full of nulls, edges and hostile text. */

export const mood: ValueType = { kind: 'choice', choices: ['calm', 'Wild', 'über'] }
const optional = (column: string, type: ValueType): FieldDefinition => ({ type, column, optional: true })

const thing: ModelDefinition = {
  table: 'thing',
  id: 'id',
  fields: {
    id: { type: { kind: 'id', model: 'thing' }, column: 'id', default: { kind: 'generated' } },
    position: { type: { kind: 'integer' }, column: 'position' },
    twin: optional('twin', { kind: 'ref', model: 'thing' }),
    amount: optional('amount', { kind: 'integer' }),
    second: optional('second', { kind: 'integer' }),
    big: optional('big', { kind: 'bigint' }),
    price: optional('price', { kind: 'decimal' }),
    money: optional('money', { kind: 'decimal', precision: 12, scale: 2 }),
    ratio: optional('ratio', { kind: 'float' }),
    flag: optional('flag', { kind: 'boolean' }),
    name: optional('name', { kind: 'text' }),
    'say "hi"': optional('say "hi"', { kind: 'text' }),
    mood: optional('mood', mood),
    at: optional('at', { kind: 'timestamp' }),
    day: optional('day', { kind: 'date' }),
    hour: optional('hour', { kind: 'time' }),
    span: optional('span', { kind: 'duration' }),
    raw: optional('raw', { kind: 'bytes' }),
    words: optional('words', { kind: 'array', of: { kind: 'text' } }),
    numbers: optional('numbers', { kind: 'array', of: { kind: 'integer' } }),
    document: optional('document', { kind: 'json' }),
  },
  relations: {
    twinOf: { kind: 'one', model: 'thing', field: 'twin' },
    parts: { kind: 'many', model: 'part', field: 'thingId' },
  },
  indexes: [],
  checks: [],
}

const part: ModelDefinition = {
  table: 'part',
  id: 'id',
  fields: {
    id: { type: { kind: 'id', model: 'part', integer: true }, column: 'id' },
    thingId: optional('thing_id', { kind: 'ref', model: 'thing' }),
    rank: { type: { kind: 'integer' }, column: 'rank' },
    label: optional('label', { kind: 'text' }),
    cost: optional('cost', { kind: 'decimal', precision: 12, scale: 2 }),
    total: optional('total', { kind: 'bigint' }),
    weight: optional('weight', { kind: 'float' }),
    fresh: optional('fresh', { kind: 'boolean' }),
    at: optional('at', { kind: 'timestamp' }),
  },
  relations: { thing: { kind: 'one', model: 'thing', field: 'thingId' } },
  indexes: [],
  checks: [],
}

export const models: Readonly<Record<string, ModelDefinition>> = { thing, part }

export const manifestOf = (operations: Manifest['operations']): Manifest => ({
  version: manifestVersion,
  name: 'world',
  models,
  actor: {
    fields: {
      id: { type: { kind: 'ref', model: 'thing' } },
      level: { type: { kind: 'integer' } },
      role: { type: mood },
    },
  },
  policies: {},
  views: {},
  events: {},
  operations,
})

/** Values of every kind, as JSON writes them: edges, and text that tries to break out. */
export const samples = {
  json: [
    {},
    { a: [1, 'x', null] },
    [],
    [{ a: 1 }],
    'text',
    7,
    false,
    { a: 'x', b: 1.5, c: true },
    { a: null, b: -7, c: 'true', '0': 'zero' },
    { a: { a: "o'x", b: 1e308, c: false, '0': { a: 1e-305 } }, b: '1', c: 0 },
    { a: { b: { c: 'deep' } }, __proto__x: 1, "o'x": '\\' },
  ],
  text: [
    '',
    'a',
    'Zebra',
    'zebra',
    'é',
    'ß',
    '日本',
    '😀',
    '\uFFFD',
    '\u{10FFFF}',
    "o'x",
    "'; drop table thing; --",
    '\\',
    '%_',
    '"',
    ' \t x \n',
    'A-b  C!',
    '-x-',
    'NULL',
    '{a,b}',
    '$1',
    'calm',
    'ab',
    'abab',
  ],
  integer: [0, 1, -1, 2, 3, 7, 10, 100, -13, 2147483647, -2147483648],
  bigint: ['0', '1', '-1', '12', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
  decimal: [
    '0',
    '0.00',
    '1',
    '1.50',
    '-0.005',
    '2.5',
    '-2.5',
    '0.125',
    '10',
    '123456789012345678.123456789',
    '99999999999999999999',
    '0.0000000001',
    '12345.6789',
  ],
  money: ['0.00', '1.50', '-0.05', '9999999999.99', '12.34'],
  float: [
    0, 0.1, -2.5, 2.5, 0.5, -0.5, 3, 1e15, 1e300, -1e300, 1e-300, 5e-324, 1.7976931348623157e308, 123456789.98765433,
    100000000000000.5, 1e23, 0.000001234,
  ],
  boolean: [true, false],
  choice: ['calm', 'Wild', 'über'],
  timestamp: [
    '1970-01-01T00:00:00.000Z',
    '2026-11-21T04:06:18.123Z',
    '2024-02-29T23:59:59.999Z',
    '1999-12-31T22:00:00.500Z',
    '2100-03-01T12:00:00.000Z',
    '2020-12-31T00:00:00.010Z',
  ],
  date: ['1970-01-01', '2024-02-29', '2026-11-21', '1999-12-31', '2021-01-03'],
  time: ['00:00:00', '23:59:59.999', '12:30:00', '04:05:06.5'],
  duration: ['PT0S', 'P1D', 'PT24H', 'PT36H', 'P1DT-2H', 'PT-0.5S', 'P7D', 'PT1H1M1.001S', 'P-400D'],
  bytes: ['', 'AA==', '/+8=', 'aGVsbG8='],
  id: [
    '01900000-0000-7000-8000-000000000000',
    '01900000-0000-7000-8000-000000000001',
    '01900000-0000-7000-8000-00000000000a',
  ],
} as const

const idOf = (index: number): string => `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`

/** A fixed sequence of numbers: the rows are the same in every run, the expressions are not. */
function pseudoRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const random = pseudoRandom(7)
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!
const maybe = (values: readonly Json[]): Json => (random() < 0.25 ? null : pick(values))

export const THINGS = 14
const PARTS = 40

export const things: readonly MemoryRow[] = Array.from({ length: THINGS }, (_, index) => ({
  id: idOf(index),
  position: index,
  twin: maybe([idOf(0), idOf(index >> 1), idOf(index)]),
  amount: maybe(samples.integer),
  second: maybe(samples.integer),
  big: maybe(samples.bigint),
  price: maybe(samples.decimal),
  money: maybe(samples.money),
  ratio: maybe(samples.float),
  flag: maybe(samples.boolean),
  name: maybe(samples.text),
  'say "hi"': maybe(samples.text),
  mood: maybe(samples.choice),
  at: maybe(samples.timestamp),
  day: maybe(samples.date),
  hour: maybe(samples.time),
  span: maybe(samples.duration),
  raw: maybe(samples.bytes),
  words: maybe([[], ['a'], ['calm', "o'x", '\\', '"', 'NULL', '', '{a,b}'], ['Zebra', 'é']]),
  numbers: maybe([[], [0], [1, 2, 3], [2147483647, -1]]),
  document: maybe(samples.json),
}))

export const parts: readonly MemoryRow[] = Array.from({ length: PARTS }, (_, index) => ({
  id: index + 1,
  thingId: maybe(Array.from({ length: THINGS }, (_, at) => idOf(at))),
  rank: index,
  label: maybe(samples.text),
  cost: maybe(samples.money),
  total: maybe(samples.bigint),
  weight: maybe(samples.float),
  fresh: maybe(samples.boolean),
  at: maybe(samples.timestamp),
}))

export const rowsOf: Readonly<Record<string, readonly MemoryRow[]>> = { thing: things, part: parts }
