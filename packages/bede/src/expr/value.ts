/** The kinds of value a field, an input or an expression can have. */
export type Kind =
  | 'id'
  | 'ref'
  | 'text'
  | 'email'
  | 'url'
  | 'slug'
  | 'choice'
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

/** JSON Schema 2020-12, kept as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown } | boolean

/**
 * The type of a value, as plain JSON.
 *
 * How each kind looks in JSON: `bigint` and `decimal` are strings; `timestamp` is RFC 3339 UTC; `date` is
 * `YYYY-MM-DD`; `time` is `HH:MM:SS[.sss]`; `duration` is ISO 8601 without years and months; `bytes` is base64
 * (RFC 4648 §4); `vector` is an array of numbers; `point` is `{ "lat": …, "lon": … }` in degrees. `id` and `ref` are
 * UUIDs, or integers where `integer` is set.
 */
export interface ValueType {
  readonly kind: Kind
  /** `id`, `ref`: the model whose rows it names. `encrypted`: whose field it is. */
  readonly model?: string
  /** `encrypted`: the field of the model, whose key alone opens it. */
  readonly field?: string
  /** `encrypted`: what its values can be found by. */
  readonly search?: 'exact'
  /** `id`, `ref`: a 53-bit integer instead of a UUIDv7. */
  readonly integer?: true
  /** `id`, `ref`: text instead of a UUIDv7, as a table that was there before may have it. */
  readonly text?: true
  /**
   * `id`: made of the values of these fields, in their order, as one text (`7~12`); the model has no column for it.
   * None: its rows can be listed, and none of them named.
   */
  readonly parts?: readonly IdPart[]
  /** `choice`: the values allowed, in order. */
  readonly choices?: readonly string[]
  /** `array`: the type of one item (a scalar kind; `object` in inputs only). `encrypted`: of what is encrypted. */
  readonly of?: ValueType
  /** `json`: what the value must look like. */
  readonly schema?: JsonSchema
  /** `search`: the language whose words it holds. */
  readonly language?: string
  /** `vector`: how many numbers it has. */
  readonly dimensions?: number
  /** `decimal`: digits in all, digits after the point. */
  readonly precision?: number
  readonly scale?: number
}

/** A field that is part of its model's id. */
export interface IdPart {
  readonly field: string
  readonly type: ValueType
}

/** A value as JSON writes it (see {@link ValueType}). */
export type Scalar = string | number | boolean | null
export type Json = Scalar | readonly Json[] | { readonly [key: string]: Json }
