import type { Point } from '../expr/point.ts'
import type { Json, JsonSchema, ValueType } from '../expr/value.ts'
import type { Default } from './definition.ts'
import {
  type AnyField,
  type ArrayField,
  type Changes,
  type EncryptedOptions,
  type Field,
  type FieldDeclaration,
  type FromActor,
  type IdField,
  type Inputs,
  isFromActor,
  type ObjectField,
  type Options,
  type OrEncrypted,
  type RefField,
} from './field.ts'
import type { FromSchema, SchemaObject } from './from-schema.ts'
import type { Id } from './identifier.ts'

/** A length in UTF-16 code units as JSON Schema counts them (2020-12 validation §6.3), and a pattern for the whole value. */
interface TextOptions extends Options<string> {
  readonly min?: number
  readonly max?: number
  readonly pattern?: RegExp
}
interface EncryptableText extends TextOptions, EncryptedOptions {}
interface NumberOptions<T> extends Options<T> {
  readonly min?: T
  readonly max?: T
}
interface DecimalOptions extends NumberOptions<string> {
  /** Digits in all. */
  readonly precision?: number
  /** Digits after the point. */
  readonly scale?: number
}
interface TimeOptions extends Options<string> {
  readonly min?: string
  readonly max?: string
}
interface TimestampOptions extends TimeOptions {
  /** `'now'`: the time of the call. */
  readonly default?: string | FromActor
  readonly onUpdate?: 'now'
}
interface RefOptions<M extends string> extends Options<Id<M>> {
  /** The model's ids are integers. */
  readonly integer?: true
  /** The model's ids are text. */
  readonly text?: true
  /** What happens to this row when the row it names is deleted. Absent: that deletion is refused. */
  readonly onDelete?: 'cascade' | 'set-null'
  /** The constraint of the model's `kept` that holds it, in place of one of Bede's making. */
  readonly constraint?: string
}
/** Kept encrypted: see {@link EncryptedOptions}. Nothing finds a document by its value. */
interface EncryptedDocument {
  readonly encrypted: true
}
interface JsonOptions<T> extends Options<T> {
  /** What the value must look like, as JSON Schema 2020-12. */
  readonly schema?: JsonSchema
}
interface VectorOptions extends Options<readonly number[]> {
  /** How many numbers each has: 1 to 2000. */
  readonly dimensions: number
}
interface SizeOptions<T> extends Options<T> {
  readonly min?: number
  readonly max?: number
}
interface ChoiceOptions<C extends string> extends Options<C> {
  /** Choices under another name since the last migration, each with its earlier one: `{ live: 'published' }`. Rows are rewritten. */
  readonly wasValues?: { readonly [V in C]?: string }
}
interface AnyOptions {
  readonly optional?: true
  readonly nullable?: true
  readonly default?: unknown
  readonly unique?: true | 'global'
  readonly private?: true
  readonly generated?: true
  readonly immutable?: true
  readonly onUpdate?: 'now'
  readonly onDelete?: 'cascade' | 'set-null'
  readonly was?: string
  readonly wasValues?: { readonly [choice: string]: string | undefined }
  readonly min?: number | string
  readonly max?: number | string
  readonly pattern?: RegExp
  readonly column?: string
  readonly native?: string
  readonly databaseDefault?: string
  readonly databaseComputed?: string
  readonly identity?: 'always' | 'by default'
  readonly constraint?: string
  readonly given?: true
  readonly encrypted?: true | { readonly search?: 'exact' }
}

const asDefault = (type: ValueType, value: unknown): Default => {
  if (isFromActor(value)) return { kind: 'actor', field: value.actor }
  const timed = type.kind === 'timestamp' || type.kind === 'date' || type.kind === 'time'
  return timed && value === 'now' ? { kind: 'now' } : { kind: 'value', value: value as Json }
}

/** `encrypted: {}` says as much as `encrypted: true`. */
const encryptedType = (of: ValueType, encrypted: true | { readonly search?: 'exact' }): ValueType => ({
  kind: 'encrypted',
  of,
  ...(encrypted !== true && encrypted.search !== undefined && { search: encrypted.search }),
})

type Parts = Pick<FieldDeclaration, 'members' | 'item'>

/** The one place where a field's types are put on its data. */
const field = <F extends AnyField>(plain: ValueType, options: AnyOptions = {}, parts: Parts = {}): F => {
  const { default: value, pattern, encrypted, ...rest } = options
  const type = encrypted ? encryptedType(plain, encrypted) : plain
  const { optional, nullable, unique, private: hidden, immutable, onUpdate, onDelete, was, min, max } = rest
  const {
    column,
    native,
    databaseDefault: sql,
    databaseComputed: computed,
    identity,
    constraint,
    given,
    generated,
    wasValues,
  } = rest
  const declaration: FieldDeclaration = {
    face: 'field',
    type,
    ...(optional && { optional }),
    ...(nullable && { nullable }),
    ...(value !== undefined && { default: asDefault(type, value) }),
    ...(value === undefined && sql !== undefined && { default: { kind: 'database', sql } }),
    ...(unique && { unique }),
    ...(hidden && { private: hidden }),
    ...(immutable && { immutable }),
    ...(onUpdate && { onUpdate }),
    ...(onDelete && { onDelete }),
    ...(was !== undefined && { was }),
    ...(wasValues && { wasValues: wasValues as Readonly<Record<string, string>> }),
    ...(column !== undefined && { column }),
    ...(native !== undefined && { native }),
    ...(given && { given }),
    ...(generated && { generated }),
    ...(identity !== undefined && { identity }),
    ...(computed !== undefined && { computed }),
    ...(constraint !== undefined && { constraint }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern && { pattern: pattern.source }),
    ...parts,
  }
  return Object.freeze(declaration) as F
}

/** The column of an id, where a table that was there before decides it. */
interface IdColumn {
  readonly column?: string
  readonly native?: string
  readonly databaseDefault?: string
  readonly identity?: 'always' | 'by default'
}
interface IdOptions extends IdColumn {
  readonly integer?: true
  readonly text?: true
  readonly given?: true
  readonly of?: readonly string[]
}
type Given = { readonly given: true }

/**
 * The primary key: a UUIDv7 made by the server, or with `integer` a number counted by the database. `given`: whoever
 * creates the row says it. `text`: it is text, which nobody can count, so it is given too, unless the database has a
 * default for it. `of`: it is made of other fields, for a table whose key has several columns; `of: []` has none.
 */
export function id<M extends string>(): IdField<M, Id<M>>
export function id<M extends string>(
  options: IdColumn & { readonly integer: true; readonly given: true },
): IdField<M, Id<M, number>, Given>
export function id<M extends string>(options: IdColumn & { readonly integer: true }): IdField<M, Id<M, number>>
export function id<M extends string>(
  options: IdColumn & { readonly text: true; readonly databaseDefault: string },
): IdField<M, Id<M>>
export function id<M extends string>(
  options: IdColumn & ({ readonly text: true; readonly given?: true } | { readonly given: true }),
): IdField<M, Id<M>, Given>
export function id<M extends string>(options: { readonly of: readonly string[] }): IdField<M, Id<M>>
export function id<M extends string>(options: IdColumn): IdField<M, Id<M>>
export function id(options: IdOptions = {}): AnyField {
  const { integer, text: written, given, of, ...column } = options
  const textual = written || of !== undefined
  const type: ValueType = { kind: 'id', ...(integer && { integer }), ...(textual && { text: true as const }) }
  const asked = given || (written && column.databaseDefault === undefined)
  const declared: AnyField = field(type, { ...column, ...(asked && { given: true as const }) })
  return Object.freeze({
    ...declared,
    ...(!asked && declared.default === undefined && { default: { kind: 'generated' } as const }),
    ...(of !== undefined && { of: Object.freeze([...of]) }),
  })
}

/** Names a row of model `target`; the database holds that the row is there. */
export function ref<const M extends string, const O extends RefOptions<M> & { readonly integer: true }>(
  target: M,
  options: O,
): RefField<M, Id<M, number>, O>
export function ref<const M extends string, const O extends RefOptions<M> = object>(
  target: M,
  options?: O,
): RefField<M, Id<M>, O>
export function ref(target: string, options?: RefOptions<string>): AnyField {
  const { integer, text: written } = options ?? {}
  return field(
    { kind: 'ref', model: target, ...(integer && { integer }), ...(written && { text: true as const }) },
    options,
  )
}

/** Text, stored as it came. `min` and `max` are lengths. */
export const text = <const O extends EncryptableText = object>(options?: O): Field<OrEncrypted<'text', O>, string, O> =>
  field({ kind: 'text' }, options)
/** An email address (the `email` format of JSON Schema). */
export const email = <const O extends EncryptableText = object>(
  options?: O,
): Field<OrEncrypted<'email', O>, string, O> => field({ kind: 'email' }, options)
/** An absolute `http:` or `https:` address. */
export const url = <const O extends EncryptableText = object>(options?: O): Field<OrEncrypted<'url', O>, string, O> =>
  field({ kind: 'url' }, options)
/** Lowercase letters, digits and single hyphens. */
export const slug = <const O extends TextOptions = object>(options?: O): Field<'slug', string, O> =>
  field({ kind: 'slug' }, options)
/** A whole number of 53 bits. */
export const integer = <const O extends NumberOptions<number> = object>(options?: O): Field<'integer', number, O> =>
  field({ kind: 'integer' }, options)
/** A whole number of 64 bits; a string in JSON. */
export const bigint = <const O extends NumberOptions<string> = object>(options?: O): Field<'bigint', string, O> =>
  field({ kind: 'bigint' }, options)
/** An exact decimal number, as money wants it; a string in JSON. */
export const decimal = <const O extends DecimalOptions = object>(options?: O): Field<'decimal', string, O> =>
  field(
    {
      kind: 'decimal',
      ...(options?.precision !== undefined && { precision: options.precision }),
      ...(options?.scale !== undefined && { scale: options.scale }),
    },
    options,
  )
/** A floating-point number of 64 bits (IEEE 754), never NaN or infinite. */
export const float = <const O extends NumberOptions<number> = object>(options?: O): Field<'float', number, O> =>
  field({ kind: 'float' }, options)
/** True or false. */
export const bool = <const O extends Options<boolean> = object>(options?: O): Field<'boolean', boolean, O> =>
  field({ kind: 'boolean' }, options)
/** A moment, RFC 3339 in UTC, to the millisecond. `default: 'now'`, `onUpdate: 'now'`: the time of the call. */
export const timestamp = <const O extends TimestampOptions = object>(options?: O): Field<'timestamp', string, O> =>
  field({ kind: 'timestamp' }, options)
/** A day, `YYYY-MM-DD`. */
export const date = <const O extends TimeOptions = object>(options?: O): Field<'date', string, O> =>
  field({ kind: 'date' }, options)
/** A time of day, `HH:MM:SS[.sss]`. */
export const time = <const O extends TimeOptions = object>(options?: O): Field<'time', string, O> =>
  field({ kind: 'time' }, options)
/** A length of time, ISO 8601 without years and months: `PT15M`, `P7D`. */
export const duration = <const O extends TimeOptions = object>(options?: O): Field<'duration', string, O> =>
  field({ kind: 'duration' }, options)
/**
 * Any JSON value; `schema` says what it must look like, and gives its type and the paths into it. `T`: what TypeScript
 * may expect instead.
 */
export function json<const S extends SchemaObject, const O extends Options<FromSchema<S>> & EncryptedDocument>(
  options: O & { readonly schema: S },
): Field<'encrypted', FromSchema<S>, Omit<O, 'schema'>>
export function json<T = Json>(
  options: JsonOptions<T> & EncryptedDocument & { readonly optional: true },
): Field<'encrypted', T, { readonly optional: true }>
export function json<T = Json>(options: JsonOptions<T> & EncryptedDocument): Field<'encrypted', T, object>
export function json<const S extends SchemaObject, const O extends Options<FromSchema<S>>>(
  options: O & { readonly schema: S },
): Field<'json', FromSchema<S>, Omit<O, 'schema'>>
export function json<T = Json>(
  options: JsonOptions<T> & { readonly optional: true },
): Field<'json', T, { readonly optional: true }>
export function json<T = Json>(
  options: JsonOptions<T> & { readonly default: T },
): Field<'json', T, { readonly default: Json }>
export function json<T = Json>(options?: JsonOptions<T>): Field<'json', T, object>
export function json<T>(options?: JsonOptions<T>): AnyField {
  return field({ kind: 'json', ...(options?.schema !== undefined && { schema: options.schema }) }, options)
}
/** One of the values given. */
export const choice = <const C extends readonly string[], const O extends ChoiceOptions<C[number]> = object>(
  choices: C,
  options?: O,
): Field<'choice', C[number], O> => field({ kind: 'choice', choices }, options)
/** Bytes; base64 (RFC 4648 §4) in JSON. `min` and `max` count bytes. */
export const bytes = <const O extends SizeOptions<string> = object>(options?: O): Field<'bytes', string, O> =>
  field({ kind: 'bytes' }, options)
/**
 * So many numbers of single precision, as a model of language or images gives them for what is alike: an array in JSON.
 * The database needs the extension `vector` (pgvector).
 */
export const vector = <const O extends VectorOptions>(options: O): Field<'vector', readonly number[], O> =>
  field({ kind: 'vector', dimensions: options.dimensions }, options)
/**
 * A place on the earth: `{ lat, lon }`, degrees north and east (WGS 84), from -90 to 90 and from -180 to 180. An index of
 * it alone finds what is near a place.
 */
export const point = <const O extends Options<Point> = object>(options?: O): Field<'point', Point, O> =>
  field({ kind: 'point' }, options)
/** A password or a key: hashed one way as it comes in, and never given out. */
export const secret = <const O extends TextOptions = object>(options?: O): Field<'secret', string, O> =>
  field({ kind: 'secret' }, options)
/** A list of scalars; in inputs also of objects. `min` and `max` count items. */
export const array = <F extends AnyField, const O extends SizeOptions<readonly unknown[]> = object>(
  item: F,
  options?: O,
): ArrayField<F, O> => field({ kind: 'array', of: item.type }, options, { item })
/** Inputs only: named members. */
export const object = <const F extends Inputs, const O extends Omit<Options<never>, 'default'> = object>(
  members: F,
  options?: O,
): ObjectField<F, O> => field({ kind: 'object' }, options, { members })

/**
 * The same fields as a change takes them: each may be left out, none has a default, and one that may be missing from a
 * row may be null. `partial({ title, body })`
 */
export const partial = <const F extends Inputs>(fields: F): Changes<F> => {
  const changes = Object.entries(fields).map(([name, { default: _, optional, ...rest }]) => [
    name,
    { ...rest, ...(optional && { nullable: true }), optional: true },
  ])
  return Object.fromEntries(changes) as Changes<F>
}
