import type { Point } from '../expr/point.ts'
import type { Family } from './family.ts'

declare const family: unique symbol
declare const value: unique symbol
declare const answer: unique symbol
declare const ordering: unique symbol

export type Nothing = null | undefined

/** Anything an answer may hold: in JSON it is a `T`. */
export interface Answerable<T> {
  readonly [answer]: T
}
export type AnswerOf<A extends Answerable<unknown>> = A[typeof answer]

/** A value of a family. `T` holds `null` when it may be null, `undefined` when it may not be sent. */
export interface Typed<F extends Family, T> {
  readonly [family]: F
  readonly [value]: T
}
/** A value that is computed where the data is, and that an answer may show. */
export interface Expression<F extends Family, T> extends Typed<F, T>, Answerable<T> {}
export type AnyExpression = Expression<Family, unknown>
export type FamilyOf<E extends AnyExpression> = E[typeof family]
export type ValueOf<E extends AnyExpression> = E[typeof value]

/** True, false or unknown. A rule holds only when it is true; shown in an answer, unknown is false. */
export interface Condition extends Expression<'boolean', boolean> {}

/** A sentence instead of a type. */
export interface TypeError<Sentence extends string> {
  readonly mistake: Sentence
}

/** Where a condition is expected. (Looked up by key, so that the compiler prints the sentence.) */
export interface Expected {
  readonly condition:
    | Expression<'boolean', unknown>
    | TypeError<'A condition is built with .eq(…), and(…), or(…), not(…); ===, &&, || and ! compare in JavaScript and are lost.'>
}

/** The other side of an operation: an expression of the same family, or a value. */
export type Operand<F extends Family, T> = Expression<F, NonNullable<T> | Nothing> | NonNullable<T> | Numeral<F>
/** Exact numbers are text in JSON; a plain number may stand for one. */
type Numeral<F extends Family> = F extends 'decimal' | 'bigint' ? number : never
/** What may be written to a field: an expression of its family, or a value. */
export type Assigned<F extends Family, T> = Typed<Given<F>, T> | Exclude<T, undefined> | Numeral<F>
/** What is encrypted is given in clear. */
type Given<F extends Family> = F extends 'encrypted' ? 'text' | 'json' : F
/** As an operand, but never null: what a missing value is replaced by. */
type Present<F extends Family, T> = Expression<F, NonNullable<T>> | NonNullable<T> | Numeral<F>

/** `R`, or null where `T` may be. */
type Keep<T, R> = R | Extract<T, Nothing>

export interface Ordering {
  readonly [ordering]: true
}

/** What every expression can be asked. */
export interface Value<F extends Family, T> extends Expression<F, T> {
  eq(other: Operand<F, T>): Condition
  ne(other: Operand<F, T>): Condition
  in(others: readonly Operand<F, T>[]): Condition
  notIn(others: readonly Operand<F, T>[]): Condition
  isNull(): Condition
  isNotNull(): Condition
  /** This value, or the other one where this is null. */
  orElse(other: Present<F, T>): Of<F, NonNullable<T>>
  /** Null where this equals the other. */
  nullIf(other: Operand<F, T>): Of<F, T | null>
  toText(): Text<Keep<T, string>>
}

export interface Ordered<F extends Family, T> extends Value<F, T> {
  lt(other: Operand<F, T>): Condition
  lte(other: Operand<F, T>): Condition
  gt(other: Operand<F, T>): Condition
  gte(other: Operand<F, T>): Condition
  asc(): Ordering
  desc(): Ordering
}

export interface Identifier<T> extends Ordered<'id', T> {}

export interface Text<T> extends Ordered<'text', T> {
  lower(): Text<Keep<T, string>>
  upper(): Text<Keep<T, string>>
  trim(): Text<Keep<T, string>>
  length(): Numeric<'integer', Keep<T, number>>
  /** The first (or last) `count` characters. */
  left(count: Operand<'integer', number>): Text<Keep<T, string>>
  right(count: Operand<'integer', number>): Text<Keep<T, string>>
  replace(part: Operand<'text', string>, by: Operand<'text', string>): Text<Keep<T, string>>
  /** What comes before the first occurrence of `part`: all of it where there is none. */
  before(part: Operand<'text', string>): Text<Keep<T, string>>
  /** What comes after the first occurrence of `part`: nothing where there is none. */
  after(part: Operand<'text', string>): Text<Keep<T, string>>
  /** Lowercase letters, digits and single hyphens. */
  slugify(): Text<Keep<T, string>>
  contains(part: Operand<'text', string>): Condition
  startsWith(part: Operand<'text', string>): Condition
  endsWith(part: Operand<'text', string>): Condition
  /** Much the same letters, by their trigrams (`pg_trgm`): `row.name.similar('jonson')`. The database computes it. */
  similar(other: Operand<'text', string>): Condition
  /** How much, from 0 to 1. */
  similarity(other: Operand<'text', string>): Numeric<'float', Keep<T, number>>
}

export interface Numeric<F extends 'integer' | 'float' | 'decimal' | 'bigint', T> extends Ordered<F, T> {
  plus(other: Operand<F, T>): Numeric<F, T>
  minus(other: Operand<F, T>): Numeric<F, T>
  times(other: Operand<F, T>): Numeric<F, T>
  /** Whole numbers divide to whole numbers; null when the other is zero. */
  dividedBy(other: Operand<F, T>): Numeric<F, T | null>
  modulo(other: Operand<F, T>): Numeric<F, T | null>
  negated(): Numeric<F, T>
  abs(): Numeric<F, T>
  round(): Numeric<F, T>
  floor(): Numeric<F, T>
  ceil(): Numeric<F, T>
  toInteger(): Numeric<'integer', Keep<T, number>>
  toFloat(): Numeric<'float', Keep<T, number>>
  toDecimal(): Numeric<'decimal', Keep<T, string>>
}

export interface Flag<T> extends Value<'boolean', T> {
  asc(): Ordering
  desc(): Ordering
}

export type DateUnit = 'year' | 'month' | 'week' | 'day'
export type TimeUnit = DateUnit | 'hour' | 'minute' | 'second'

export interface Timestamp<T> extends Ordered<'timestamp', T> {
  plus(length: Operand<'duration', string>): Timestamp<T>
  minus(length: Operand<'duration', string>): Timestamp<T>
  /** How long it is since `earlier`. */
  since(earlier: Operand<'timestamp', string>): Duration<Keep<T, string>>
  /** The start of its year, month, … in UTC. */
  startOf(unit: TimeUnit): Timestamp<T>
  /** Its year, month (1–12), … in UTC. */
  part(unit: TimeUnit): Numeric<'integer', Keep<T, number>>
  toDate(): Day<Keep<T, string>>
}
export interface Day<T> extends Ordered<'date', T> {
  startOf(unit: DateUnit): Day<T>
  part(unit: DateUnit): Numeric<'integer', Keep<T, number>>
}
export interface TimeOfDay<T> extends Ordered<'time', T> {}
export interface Duration<T> extends Ordered<'duration', T> {}

export interface List<T> extends Value<'array', T> {
  has(item: Expression<Family, ItemOf<T> | Nothing> | ItemOf<T>): Condition
  /** Whether every one of these is an item of it. */
  hasAll(items: Operand<'array', T>): Condition
  /** Whether one of these is. */
  hasAny(items: Operand<'array', T>): Condition
  isEmpty(): Condition
  size(): Numeric<'integer', Keep<T, number>>
  /** The array with one item more at its end; null adds none. */
  append(item: Expression<Family, ItemOf<T> | Nothing> | ItemOf<T>): List<NonNullable<T>>
  /** The array without the items that equal this one. */
  remove(item: Expression<Family, ItemOf<T> | Nothing> | ItemOf<T>): List<T>
}
type ItemOf<T> = NonNullable<T> extends readonly (infer I)[] ? I : never

export interface Bytes<T> extends Value<'bytes', T> {}
/** Another vector must have as many numbers. A distance that is no finite number is null: a cosine with a vector of zeros. */
export interface Vector<T> extends Expression<'vector', T> {
  isNull(): Condition
  isNotNull(): Condition
  /** This vector, or the other one where this is null. */
  orElse(other: Present<'vector', T>): Vector<NonNullable<T>>
  /** One less the cosine of the angle between them: 0 for the same direction, 2 for the opposite one. */
  cosineDistance(other: Operand<'vector', T>): Numeric<'float', number | null>
  /** How long the straight line between them is. */
  l2Distance(other: Operand<'vector', T>): Numeric<'float', number | null>
  /** The sum of the products of their numbers: of vectors of length one, the more alike the greater. */
  innerProduct(other: Operand<'vector', T>): Numeric<'float', number | null>
}

/** A place on the earth. */
export interface Place<T> extends Expression<'point', T> {
  isNull(): Condition
  isNotNull(): Condition
  /** This value, or the other one where this is null. */
  orElse(other: Present<'point', T>): Place<NonNullable<T>>
  /** Metres along the great circle of a sphere as large as the earth is in the mean: `row.at.distance({ lat, lon })`. */
  distance(other: Operand<'point', Point>): Numeric<'float', Keep<T, number>>
  /** Whether it is no further away than so many metres. A field that has an index of its own is found by it. */
  within(
    center: Operand<'point', Point>,
    metres: Operand<'float', number> | Expression<'integer', number | Nothing>,
  ): Condition
}

export interface Document<T> extends Expression<'json', T> {
  isNull(): Condition
  isNotNull(): Condition
  /** A member, by the field's `schema`; null where it is missing or of another type. A number is a float. */
  at<K extends MemberName<T>>(name: K): MemberAt<MemberOf<T, K>>
  /** The document with one member set, and the rest as it is. What is no object becomes one. */
  with<K extends MemberName<T>>(name: K, value: MemberValue<MemberOf<T, K>>): Document<NonNullable<T>>
  /** The document without a member. */
  without<K extends MemberName<T>>(name: K): Document<T>
}
/** The names of an object's members; of a union those that some object of it has. */
export type MemberName<T> = T extends Nothing | readonly unknown[] ? never : T extends object ? keyof T & string : never
export type MemberOf<T, K> = T extends Nothing | readonly unknown[]
  ? never
  : T extends object
    ? K extends keyof T
      ? T[K]
      : never
    : never
export type FamilyOfJson<V> = [V] extends [string]
  ? 'text'
  : [V] extends [number]
    ? 'float'
    : [V] extends [boolean]
      ? 'boolean'
      : 'json'
type MemberAt<V> = Of<FamilyOfJson<NonNullable<V>>, NonNullable<V> | null>
type MemberValue<V> =
  | Expression<FamilyOfJson<NonNullable<V>>, NonNullable<V> | Nothing>
  | Exclude<V, undefined>
  | ([NonNullable<V>] extends [number] ? Expression<'integer', number | Nothing> : never)
/** A secret can be set, and asked whether it is there; nothing else. */
export interface Secret<T> extends Typed<'secret', T> {
  isNull(): Condition
  isNotNull(): Condition
}

/**
 * The words of a row's texts, which the option `search` keeps. It can be searched and is never shown. A query is what a
 * person types (`"a phrase"`, `or`, `-without`), and no query is a mistake; one that only leaves out finds nothing.
 */
export interface SearchedText<T> extends Typed<'search', T> {
  matches(query: Operand<'text', string>): Condition
  /** How well it matches: more words, nearer together, in weightier fields. Comparable within one query. */
  rank(query: Operand<'text', string>): Numeric<'float', Keep<T, number>>
  /**
   * The parts of a text that match, in pieces: what stands at an odd place (from 0) matches, the rest is around it. The
   * text is as it was stored but for tags, which become spaces: escape it where it is shown.
   */
  highlight(text: Expression<'text', unknown>, query: Operand<'text', string>): List<Keep<T, readonly string[]>>
}

/**
 * An encrypted value is shown and set as it is, and nothing is computed from it. With `encrypted: { search: 'exact' }` it
 * can be compared with values, and not with other fields.
 */
export interface Encrypted<T> extends Expression<'encrypted', T> {
  eq(value: Operand<'text', T>): Condition
  in(values: readonly Operand<'text', T>[]): Condition
  isNull(): Condition
  isNotNull(): Condition
}

/** The expression of a family: a lookup, never a search. */
export interface Expressions<T> {
  readonly id: Identifier<T>
  readonly text: Text<T>
  readonly secret: Secret<T>
  readonly integer: Numeric<'integer', T>
  readonly bigint: Numeric<'bigint', T>
  readonly decimal: Numeric<'decimal', T>
  readonly float: Numeric<'float', T>
  readonly boolean: Flag<T>
  readonly timestamp: Timestamp<T>
  readonly date: Day<T>
  readonly time: TimeOfDay<T>
  readonly duration: Duration<T>
  readonly json: Document<T>
  readonly bytes: Bytes<T>
  readonly vector: Vector<T>
  readonly point: Place<T>
  readonly array: List<T>
  readonly object: Expression<'object', T>
  readonly search: SearchedText<T>
  readonly encrypted: Encrypted<T>
}
export type Of<F extends Family, T> = Expressions<T>[F]
