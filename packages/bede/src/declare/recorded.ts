import type { Expr, Order, Source } from '../expr/expr.ts'
import { jsonMember, memberSchema } from '../expr/json-member.ts'
import { isText, plainType } from '../expr/kinds.ts'
import type { FunctionName } from '../expr/names.ts'
import type { Scalar, ValueType } from '../expr/value.ts'
import type { AnyExpression } from '../model/expression.ts'
import { Problem } from '../telemetry/problem.ts'
import { describe } from './describe.ts'
import { isCondition } from './is-condition.ts'
import { jsonOf } from './json-of.ts'
import { type Knowledge, type OptionalInput, together } from './knowledge.ts'
import { built, mistaken } from './recording.ts'
import { unknownMember } from './unknown-member.ts'

const flag: ValueType = { kind: 'boolean' }
const whole: ValueType = { kind: 'integer' }
const plainText: ValueType = { kind: 'text' }

const asText = (type: ValueType): ValueType => (isText(type) ? plainText : type)

/** A direction for a list. */
export class RecordedOrder {
  readonly order: Order
  constructor(order: Order) {
    this.order = order
  }
}

/**
 * The value behind every expression interface of `model/expression.ts`: a node, its type, and what is known of it.
 * It has the methods of all families; the interfaces show each family its own, and the manifest's verifier holds it.
 */
export class Recorded {
  readonly node: Expr
  readonly type: ValueType
  readonly nullable: boolean
  readonly absent: readonly OptionalInput[]
  readonly requires: readonly (readonly Source[])[]
  /** It stands in for what could not be recorded, and goes with everything. */
  readonly standsIn: boolean = false

  constructor(node: Expr, type: ValueType, knowledge: Knowledge = {}) {
    this.node = node
    this.type = type
    this.nullable = knowledge.nullable ?? false
    this.absent = knowledge.absent ?? []
    this.requires = knowledge.requires ?? []
    if (
      type.kind === 'boolean' &&
      node.kind !== 'field' &&
      node.kind !== 'literal' &&
      node.kind !== 'input' &&
      node.kind !== 'item'
    ) {
      built(node)
    }
  }

  /** JavaScript makes text or a number of it, before there is a row: `${row.title}!`, row.price * 2. */
  [Symbol.toPrimitive](hint: string): never {
    throw new Problem('invalid-declaration', {
      message: `${describe(this.node)} is computed where the data is, and JavaScript made ${hint === 'number' ? 'a number' : 'text'} of it`,
      hint: "Join text with concat(row.a, ' ', row.b), compute with .plus(…) and .times(…), choose with when(…).otherwise(…).",
    })
  }

  eq(other: unknown) {
    return this.compare('eq', [other])
  }
  ne(other: unknown) {
    return this.compare('ne', [other])
  }
  lt(other: unknown) {
    return this.compare('lt', [other])
  }
  lte(other: unknown) {
    return this.compare('lte', [other])
  }
  gt(other: unknown) {
    return this.compare('gt', [other])
  }
  gte(other: unknown) {
    return this.compare('gte', [other])
  }
  in(others: readonly unknown[]) {
    return this.compare('in', others)
  }
  notIn(others: readonly unknown[]) {
    return this.compare('notIn', others)
  }
  isNull() {
    return call('isNull', [this], flag, { requires: this.requires })
  }
  isNotNull() {
    return call('isNotNull', [this], flag, { requires: this.requires })
  }
  orElse(other: unknown) {
    return choose('coalesce', [this, lift(other, this.type)])
  }
  nullIf(other: unknown) {
    const args = [this, lift(other, this.type)]
    return call('nullIf', args, this.type, { ...together(args), nullable: true })
  }
  asc() {
    return new RecordedOrder({ by: this.node, direction: 'asc' })
  }
  desc() {
    return new RecordedOrder({ by: this.node, direction: 'desc' })
  }

  toText() {
    return this.make('toText', [], plainText)
  }
  lower() {
    return this.make('lower', [], plainText)
  }
  upper() {
    return this.make('upper', [], plainText)
  }
  trim() {
    return this.make('trim', [], plainText)
  }
  length() {
    return this.make('length', [], whole)
  }
  left(count: unknown) {
    return this.make('left', [lift(count, whole)], plainText)
  }
  right(count: unknown) {
    return this.make('right', [lift(count, whole)], plainText)
  }
  replace(part: unknown, by: unknown) {
    return this.make('replace', [lift(part, plainText), lift(by, plainText)], plainText)
  }
  before(part: unknown) {
    return this.make('before', [lift(part, plainText)], plainText)
  }
  after(part: unknown) {
    return this.make('after', [lift(part, plainText)], plainText)
  }
  slugify() {
    return this.make('slugify', [], plainText)
  }
  contains(part: unknown) {
    return this.compare('contains', [part], plainText)
  }
  startsWith(part: unknown) {
    return this.compare('startsWith', [part], plainText)
  }
  endsWith(part: unknown) {
    return this.compare('endsWith', [part], plainText)
  }
  similar(other: unknown) {
    return this.compare('similar', [other], plainText)
  }
  matches(query: unknown) {
    return this.compare('matches', [query], plainText)
  }
  rank(query: unknown) {
    return this.make('rank', [lift(query, plainText)], { kind: 'float' })
  }
  highlight(text: unknown, query: unknown) {
    const others = [recordedOf(text), lift(query, plainText)]
    return this.make('highlight', others, { kind: 'array', of: plainText })
  }
  similarity(other: unknown) {
    return this.make('similarity', [lift(other, plainText)], { kind: 'float' })
  }

  plus(other: unknown) {
    return this.type.kind === 'timestamp'
      ? this.make('plus', [lift(other, { kind: 'duration' })])
      : this.make('add', [lift(other, this.type)])
  }
  minus(other: unknown) {
    return this.type.kind === 'timestamp'
      ? this.make('minus', [lift(other, { kind: 'duration' })])
      : this.make('subtract', [lift(other, this.type)])
  }
  times(other: unknown) {
    return this.make('multiply', [lift(other, this.type)])
  }
  dividedBy(other: unknown) {
    return this.make('divide', [lift(other, this.type)], this.type, true)
  }
  modulo(other: unknown) {
    return this.make('modulo', [lift(other, this.type)], this.type, true)
  }
  negated() {
    return this.make('negate', [])
  }
  abs() {
    return this.make('abs', [])
  }
  round() {
    return this.make('round', [])
  }
  floor() {
    return this.make('floor', [])
  }
  ceil() {
    return this.make('ceil', [])
  }
  toInteger() {
    return this.make('toInteger', [], whole)
  }
  toFloat() {
    return this.make('toFloat', [], { kind: 'float' })
  }
  toDecimal() {
    return this.make('toDecimal', [], { kind: 'decimal' })
  }

  since(earlier: unknown) {
    return this.make('between', [lift(earlier, this.type)], { kind: 'duration' })
  }
  startOf(unit: string) {
    return call('startOf', [lift(unit, plainText), this], this.type, this)
  }
  part(unit: string) {
    return call('part', [lift(unit, plainText), this], whole, this)
  }
  toDate() {
    return this.make('toDate', [], { kind: 'date' })
  }

  at(name: unknown): Recorded {
    const member = typeof name === 'string' ? jsonMember(this.type.schema, [name]) : undefined
    if (member === undefined || typeof name !== 'string') {
      mistaken(unknownMember(this.node, name))
      return standIn()
    }
    const { node } = this
    const before = node.kind === 'call' && node.fn === 'documentAt' ? node.args : [node]
    const args: Expr[] = [...before, { kind: 'literal', value: name, type: plainText }]
    return new Recorded({ kind: 'call', fn: member.fn, args }, member.type, { ...together([this]), nullable: true })
  }
  with(name: string, value: unknown) {
    const type = jsonMember(this.type.schema, [name])?.type
    if (type === undefined) mistaken(unknownMember(this.node, name))
    const args = [this, lift(name, plainText), type === undefined ? standIn() : lift(value, type)]
    return call('put', args, this.type, { ...together(args), nullable: false })
  }
  without(name: string) {
    if (memberSchema(this.type.schema, name) === undefined) mistaken(unknownMember(this.node, name))
    return this.make('omit', [lift(name, plainText)])
  }

  has(item: unknown) {
    return this.compare('has', [item], this.type.of ?? plainText)
  }
  hasAll(items: unknown) {
    return this.compare('hasAll', [items])
  }
  hasAny(items: unknown) {
    return this.compare('hasAny', [items])
  }
  isEmpty() {
    return this.size().eq(0)
  }
  append(item: unknown) {
    const args = [this, lift(item, this.type.of ?? plainText)]
    return call('append', args, this.type, { ...together(args), nullable: false })
  }
  remove(item: unknown) {
    const args = [this, lift(item, this.type.of ?? plainText)]
    return call('remove', args, this.type, { ...together(args), nullable: this.nullable })
  }
  size() {
    return this.make('size', [], whole)
  }

  cosineDistance(other: unknown) {
    return this.measure('cosineDistance', other)
  }
  l2Distance(other: unknown) {
    return this.measure('l2Distance', other)
  }
  innerProduct(other: unknown) {
    return this.measure('innerProduct', other)
  }

  distance(other: unknown) {
    return this.make('distance', [lift(other, this.type)], { kind: 'float' })
  }
  within(center: unknown, metres: unknown) {
    return condition('within', [this, lift(center, this.type), lift(metres, { kind: 'float' })])
  }

  private measure(fn: FunctionName, other: unknown): Recorded {
    return this.make(fn, [lift(other, this.type)], { kind: 'float' }, true)
  }
  private compare(fn: FunctionName, others: readonly unknown[], as = plainType(this.type)): Recorded {
    const whole = this.type.kind === 'encrypted' && (fn === 'eq' || fn === 'in') ? 'exactly' : fn
    return condition(whole, [this, ...others.map((other) => lift(other, as))])
  }
  private make(fn: FunctionName, others: readonly Recorded[], type = asText(this.type), nullable = false): Recorded {
    const args = [this, ...others]
    const known = together(args)
    return call(fn, args, type, nullable ? { ...known, nullable } : known)
  }
}

export const call = (fn: FunctionName, args: readonly Recorded[], type: ValueType, knowledge: Knowledge): Recorded =>
  new Recorded({ kind: 'call', fn, args: args.map((arg) => arg.node) }, type, knowledge)

/** A condition is never left out and, shown in an answer, never null; `nullable` says that it may be unknown. */
export const condition = (fn: FunctionName, args: readonly Recorded[]): Recorded =>
  call(fn, args, flag, { nullable: args.some((arg) => arg.nullable || arg.absent.length > 0) })

/** The first that is not null, the least, the greatest. */
export const choose = (fn: 'coalesce' | 'least' | 'greatest', args: readonly Recorded[]): Recorded => {
  const last = args.at(-1)!
  const known = together(args)
  const knowledge =
    fn === 'coalesce' ? { ...known, nullable: args.every((arg) => arg.nullable), absent: last.absent } : known
  return call(fn, args, args[0]!.type, knowledge)
}

/** A value becomes a literal of the type of what it meets; an expression stays as it is. */
export const lift = (value: unknown, type: ValueType): Recorded => {
  if (value instanceof Recorded) return value
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
    mistaken(
      new Problem('invalid-declaration', { message: `A value or an expression is expected, not ${typeof value}` }),
    )
    return standIn()
  }
  const json =
    (type.kind === 'decimal' || type.kind === 'bigint') && typeof value === 'number' ? String(value) : jsonOf(value)
  return new Recorded({ kind: 'literal', value: json, type }, type, { nullable: json === null })
}

const literalTypes: Readonly<Record<string, ValueType>> = { string: plainText, boolean: flag }

/** A value with nothing on the other side to take its type from. */
export const liftAlone = (value: unknown): Recorded => {
  if (value instanceof Recorded) return value
  if (typeof value === 'number') return lift(value, Number.isInteger(value) ? whole : { kind: 'float' })
  const type = literalTypes[typeof value]
  if (type === undefined) {
    mistaken(
      new Problem('invalid-declaration', {
        message: `Text, a number, a boolean or an expression is expected, not ${typeof value}`,
      }),
    )
    return standIn()
  }
  return lift(value as Scalar, type)
}

/**
 * A condition as a rule. JavaScript's own `true` and `false` are refused: they are what `===` and `!` leave behind.
 */
export const rule = (value: unknown): Expr => {
  if (value instanceof Recorded && (value.type.kind === 'boolean' || value.standsIn)) return value.node
  mistaken(
    new Problem('invalid-declaration', {
      message: `A condition is expected, not ${value instanceof Recorded ? value.type.kind : typeof value}`,
      hint: 'Build it with .eq(…), and(…), or(…), not(…); say anyone, signedIn or nobody for a constant.',
    }),
  )
  return never.node
}

/** A condition used as a value is true or false: unknown is false. */
export const settled = (value: Recorded): Recorded =>
  value.type.kind === 'boolean' && value.nullable && isCondition(value.node)
    ? call('coalesce', [value, lift(false, flag)], flag, { requires: value.requires })
    : value

/** The one place where a recorded value is given the interface of its family. */
export const typed = <E>(value: Recorded): E => value as unknown as E
export const recordedOf = (value: AnyExpression | unknown): Recorded => {
  if (value instanceof Recorded) return value
  mistaken(new Problem('invalid-declaration', { message: `An expression is expected, not ${typeof value}` }))
  return standIn()
}

const never = new Recorded({ kind: 'literal', value: null, type: flag }, flag, { nullable: true })
const own: ReadonlySet<unknown> = new Set(['node', 'type', 'nullable', 'absent', 'requires'])

/**
 * An expression, a relation, a row, in place of what is not there: whatever is asked of it, it answers itself. The
 * mistake that brought it about was noted, so nothing that is made of it is ever run.
 */
export const standIn = (): Recorded => {
  const it: Recorded = new Proxy(() => it, {
    get: (_, name) => {
      if (name === 'standsIn') return true
      if (name === Symbol.toPrimitive) return () => ''
      return own.has(name) ? Reflect.get(never, name) : it
    },
    apply: () => it,
    getPrototypeOf: () => Recorded.prototype,
  }) as unknown as Recorded
  return it
}
