import { plainType } from '../../expr/kinds.ts'
import type { Json, Kind, ValueType } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'

const id = '01932f5e-8c00-7000-8000-000000000000'

const identified = (type: ValueType): Json => {
  if (type.parts) return type.parts.map((part) => exampleOf({ type: part.type })).join('~')
  return type.integer ? 1 : type.text ? 'key' : id
}

const byKind: Readonly<Record<Kind, (field: InputField) => Json>> = {
  id: ({ type }) => identified(type),
  ref: ({ type }) => identified(type),
  text: (field) => fitting('text', field),
  email: () => 'ada@example.com',
  url: () => 'https://example.com/ada',
  slug: () => 'two-words',
  choice: ({ type }) => type.choices?.[0] ?? '',
  secret: (field) => fitting('a long passphrase', field),
  integer: ({ min }) => (min === undefined ? 1 : Number(min)),
  bigint: () => '9007199254740993',
  decimal: ({ type }) => (type.scale === 0 ? '12' : '0.5'),
  float: ({ min }) => (min === undefined ? 0.5 : Number(min)),
  boolean: () => true,
  timestamp: () => '2026-01-31T12:00:00Z',
  date: () => '2026-01-31',
  time: () => '12:00:00',
  duration: () => 'PT1H30M',
  json: () => ({}),
  bytes: () => 'AQID',
  vector: ({ type }) => Array.from({ length: type.dimensions ?? 0 }, () => 0.5),
  point: () => ({ lat: 52.52, lon: 13.405 }),
  array: (field) => [exampleOf(field.items ?? { type: field.type.of ?? { kind: 'text' } })],
  search: () => null,
  encrypted: (field) => exampleOf({ ...field, type: plainType(field.type) }),
  object: (field) => exampleObject(field.fields ?? {}),
}

/** A value a caller could send, or undefined where none can be made up: where a pattern or a schema of the app's own decides. */
export function exampleOf(field: InputField): Json {
  return byKind[field.type.kind](field)
}

/** One of everything. */
export const exampleObject = (fields: Readonly<Record<string, InputField>>): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, exampleOf(field)]))

/** Whether an example of these would be more than a guess. */
export function hasExample(field: InputField): boolean {
  if (field.pattern !== undefined || field.type.schema !== undefined) return false
  if (field.type.kind === 'bytes' && (field.min !== undefined || field.max !== undefined)) return false
  const bounded = field.min !== undefined || field.max !== undefined
  if (bounded && unbounded.has(field.type.kind)) return false
  if (field.type.kind === 'array' && Number(field.min ?? 0) > 1) return false
  return Object.values(field.fields ?? {}).every(hasExample) && (field.items === undefined || hasExample(field.items))
}

/** Kinds whose example is one fixed value, which bounds may exclude. */
const unbounded: ReadonlySet<Kind> = new Set([
  'bigint',
  'decimal',
  'timestamp',
  'date',
  'time',
  'duration',
  'email',
  'url',
  'slug',
])

function fitting(text: string, { min, max }: InputField): string {
  const least = Number(min ?? 0)
  const long = text.length >= least ? text : text.padEnd(least, ' x')
  return max === undefined ? long : long.slice(0, Math.max(least, Number(max)))
}
