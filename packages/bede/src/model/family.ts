import type { Kind } from '../expr/value.ts'

/** Kinds that share their operations: an email and a title are both text. */
export interface Families {
  readonly id: 'id'
  readonly ref: 'id'
  readonly text: 'text'
  readonly email: 'text'
  readonly url: 'text'
  readonly slug: 'text'
  readonly choice: 'text'
  readonly secret: 'secret'
  readonly integer: 'integer'
  readonly bigint: 'bigint'
  readonly decimal: 'decimal'
  readonly float: 'float'
  readonly boolean: 'boolean'
  readonly timestamp: 'timestamp'
  readonly date: 'date'
  readonly time: 'time'
  readonly duration: 'duration'
  readonly json: 'json'
  readonly bytes: 'bytes'
  readonly vector: 'vector'
  readonly point: 'point'
  readonly array: 'array'
  readonly object: 'object'
  readonly search: 'search'
  readonly encrypted: 'encrypted'
}

export type Family = Families[Kind]
