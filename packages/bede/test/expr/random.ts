import type { Expr, Source } from '../../src/expr/expr.ts'
import type { FunctionName } from '../../src/expr/names.ts'
import type { Json, ValueType } from '../../src/expr/value.ts'
import { models, mood, samples } from './world.ts'

/** Makes random expressions that are well typed, from a seed. */

type Kind = keyof typeof values
const values = {
  text: samples.text,
  integer: samples.integer,
  bigint: samples.bigint,
  decimal: samples.decimal,
  float: samples.float,
  boolean: samples.boolean,
  timestamp: samples.timestamp,
  date: samples.date,
  time: samples.time,
  duration: samples.duration,
  bytes: samples.bytes,
  id: samples.id,
} as const

/** Which inputs an operation may have; those whose name ends in `Absent` are never sent. */
export const inputs: Readonly<Record<string, ValueType>> = Object.fromEntries(
  Object.keys(values).flatMap((kind) => [
    [kind, typeOf(kind as Kind)],
    [`${kind}Absent`, typeOf(kind as Kind)],
  ]),
)

function typeOf(kind: Kind): ValueType {
  return kind === 'id' ? { kind: 'ref', model: 'thing' } : { kind }
}

/** Rows in scope: variable → model. */
type Rows = Readonly<Record<string, string>>

export class RandomExpressions {
  private state: number
  private variables = 0

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  private below(n: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.state / 2 ** 32) * n)
  }
  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  /** The values of a call's input and actor. */
  call(): { input: Record<string, Json>; actor: Record<string, Json> | null } {
    const input = Object.fromEntries(
      Object.entries(values).map(([kind, list]) => [kind, this.below(6) === 0 ? null : this.pick<Json>(list)]),
    )
    const actor = { id: this.pick(samples.id), level: this.pick(samples.integer), role: this.pick(samples.choice) }
    return { input, actor: this.below(4) === 0 ? null : actor }
  }

  /** An expression and its type, over the rows in scope. */
  next(rows: Rows, depth: number): { expr: Expr; type: ValueType } {
    const kind = this.pick(Object.keys(values) as Kind[])
    return { expr: this.of(kind, rows, depth), type: typeOf(kind) }
  }

  of(kind: Kind, rows: Rows, depth: number): Expr {
    return depth <= 0 || this.below(7) === 0 ? this.leaf(kind, rows) : this.branch(kind, rows, depth - 1)
  }

  private leaf(kind: Kind, rows: Rows): Expr {
    const type = typeOf(kind)
    const fields = Object.entries(rows).flatMap(([row, model]) =>
      Object.entries(models[model]!.fields)
        .filter(([, { type }]) =>
          kind === 'id' ? type.model === 'thing' : type.kind === kind || (kind === 'text' && type.kind === 'choice'),
        )
        .map(([field]): Expr => ({ kind: 'field', row, field })),
    )
    const roll = this.below(10)
    if (roll < 6 && fields.length > 0) return this.pick(fields)
    if (roll === 6) return { kind: 'input', path: [this.below(4) === 0 ? `${kind}Absent` : kind], type }
    if (roll === 7 && kind === 'timestamp') return { kind: 'now' }
    if (roll === 7 && kind === 'id') return { kind: 'actor', field: 'id', type }
    if (roll === 7 && kind === 'integer') return { kind: 'actor', field: 'level', type }
    if (roll === 7 && kind === 'text') return { kind: 'actor', field: 'role', type: mood }
    return { kind: 'literal', value: this.below(8) === 0 ? null : this.pick<Json>(values[kind]), type }
  }

  private branch(kind: Kind, rows: Rows, depth: number): Expr {
    const of = (k: Kind) => this.of(k, rows, depth)
    const call = (fn: FunctionName, ...args: Expr[]): Expr => ({ kind: 'call', fn, args })
    const several = (k: Kind) => Array.from({ length: 1 + this.below(3) }, () => of(k))
    const unit = (...names: string[]): Expr => ({ kind: 'literal', value: this.pick(names), type: { kind: 'text' } })
    const list = (name: string): Expr => {
      const field = (row: string): Expr => ({ kind: 'field', row, field: name })
      const type = models.thing!.fields[name]!.type
      if (this.below(4) === 0)
        return { kind: 'via', from: { relation: { row: 'row', name: 'twinOf' }, as: 'twin' }, value: field('twin') }
      if (this.below(4) === 0 && type.kind === 'array') {
        const value = Array.from({ length: this.below(4) }, () =>
          this.pick<Json>(type.of?.kind === 'text' ? values.text : values.integer),
        )
        return { kind: 'literal', value, type }
      }
      return field('row')
    }
    const key = (): Expr => ({
      kind: 'literal',
      value: this.pick(['a', 'b', 'c', '0', "o'x", 'constructor', '__proto__', 'toString', "'::text", '']),
      type: { kind: 'text' },
    })
    const keys = () => Array.from({ length: 1 + this.below(3) }, key)
    const document = (deep = depth): Expr => {
      const roll = this.below(deep > 0 ? 6 : 2)
      if (roll === 0) return { kind: 'literal', value: this.pick<Json>(samples.json), type: { kind: 'json' } }
      if (roll === 3) return call('documentAt', document(deep - 1), ...keys())
      if (roll === 4) {
        const kind = this.pick(['text', 'integer', 'float', 'boolean', 'json'] as const)
        return call('put', document(deep - 1), key(), kind === 'json' ? document(deep - 1) : of(kind))
      }
      return roll === 5 ? call('omit', document(deep - 1), key()) : list('document')
    }
    const words = (): Expr =>
      this.below(3) === 0 ? call(this.pick(['append', 'remove'] as const), list('words'), of('text')) : list('words')
    const numeric = this.pick(['integer', 'bigint', 'decimal', 'float'] as const)
    const exact = this.pick(['integer', 'bigint', 'decimal'] as const)
    const comparable = this.pick(Object.keys(values) as Kind[])
    const ordered = comparable === 'bytes' ? 'text' : comparable
    const dated = this.pick(['timestamp', 'date'] as const)

    const common: (() => Expr)[] = [
      () => call('coalesce', ...several(kind)),
      () => ({
        kind: 'case',
        branches: [
          { when: of('boolean'), then: of(kind) },
          { when: of('boolean'), then: of(kind) },
        ],
        otherwise: of(kind),
      }),
      () => call('nullIf', of(kind), of(kind)),
      () => ({ kind: 'given', path: [this.pick(['text', 'textAbsent'])], then: of(kind), otherwise: of(kind) }),
      () => this.via(kind, rows, depth),
    ]
    if (kind !== 'bytes') common.push(() => call(this.pick(['least', 'greatest'] as const), ...several(kind)))

    const arithmetic: (() => Expr)[] = [
      () => call(this.pick(['add', 'subtract', 'multiply'] as const), of(kind), of(kind)),
      () => call(this.pick(['divide', 'modulo'] as const), of(kind), of(kind)),
      () => call(this.pick(['negate', 'abs', 'round', 'floor', 'ceil'] as const), of(kind)),
    ]
    const extremes = () => this.aggregate(this.pick(['min', 'max'] as const), kind, rows, depth)
    const own: Record<Kind, (() => Expr)[]> = {
      boolean: [
        () => call(this.pick(['eq', 'ne'] as const), of(comparable), of(comparable)),
        () => call(this.pick(['lt', 'lte', 'gt', 'gte'] as const), of(ordered), of(ordered)),
        () =>
          call(
            this.pick(['eq', 'lt', 'gte'] as const),
            of(exact),
            of(this.pick(['integer', 'bigint', 'decimal'] as const)),
          ),
        () => call(this.pick(['eq', 'lt', 'gte'] as const), of('float'), of('integer')),
        () => call(this.pick(['in', 'notIn'] as const), of(comparable), ...several(comparable)),
        () => call(this.pick(['in', 'notIn'] as const), of('text'), list('words')),
        () => call(this.pick(['isNull', 'isNotNull'] as const), of(comparable)),
        () => call('isNull', document()),
        () => call('flagAt', document(), ...keys()),
        () => call(this.pick(['and', 'or'] as const), ...several('boolean')),
        () => call(this.pick(['and', 'or'] as const), of('boolean'), of('boolean')),
        () => call('not', of('boolean')),
        () => call(this.pick(['contains', 'startsWith', 'endsWith'] as const), of('text'), of('text')),
        () => call('has', words(), of('text')),
        () => call(this.pick(['hasAll', 'hasAny'] as const), words(), words()),
        () => call(this.pick(['hasAll', 'hasAny'] as const), list('numbers'), list('numbers')),
        () => call('isNull', words()),
        () => call('has', list('numbers'), of('integer')),
        () => ({ kind: 'given', path: [this.pick(['text', 'textAbsent'])], then: of('boolean') }),
        () => this.quantified(rows, depth),
        () => this.quantified(rows, depth),
        extremes,
      ],
      text: [
        () => call('concat', ...several('text')),
        () => call(this.pick(['lower', 'upper', 'trim', 'slugify'] as const), of('text')),
        () => call(this.pick(['left', 'right'] as const), of('text'), of('integer')),
        () => call('replace', of('text'), of('text'), of('text')),
        () => call(this.pick(['before', 'after'] as const), of('text'), of('text')),
        () => call('textAt', document(), ...keys()),
        () => call('toText', of(this.pick(Object.keys(values).filter((k) => k !== 'bytes') as Kind[]))),
        extremes,
      ],
      integer: [
        ...arithmetic,
        () => call('length', of('text')),
        () => call('size', words()),
        () => call('toInteger', of(numeric)),
        () => call('part', unit('year', 'month', 'week', 'day', 'weekday'), of(dated)),
        () => call('part', unit('hour', 'minute', 'second'), of(this.pick(['timestamp', 'time'] as const))),
        () => call('part', unit('week', 'day', 'hour', 'minute', 'second'), of('duration')),
        () => this.aggregate('count', kind, rows, depth),
        () => this.aggregate('sum', kind, rows, depth),
        extremes,
      ],
      bigint: [...arithmetic, () => this.aggregate('sum', kind, rows, depth), extremes],
      decimal: [
        ...arithmetic,
        () => call('toDecimal', of(numeric)),
        () => call('round', of('decimal'), of('integer')),
        () => call('add', of('integer'), of('decimal')),
        () => this.aggregate('sum', kind, rows, depth),
        () => this.aggregate('avg', this.pick(['bigint', 'decimal'] as const), rows, depth),
      ],
      float: [
        ...arithmetic,
        () => call('toFloat', of(numeric)),
        () => call('numberAt', document(), ...keys()),
        () => call('round', of('float'), of('integer')),
        () => call('multiply', of('integer'), of('float')),
        () => this.aggregate('sum', kind, rows, depth),
        () => this.aggregate('avg', this.pick(['integer', 'float'] as const), rows, depth),
        extremes,
      ],
      timestamp: [
        () => call(this.pick(['plus', 'minus'] as const), of('timestamp'), of('duration')),
        () => call('startOf', unit('year', 'month', 'week', 'day', 'hour', 'minute', 'second'), of('timestamp')),
        extremes,
      ],
      date: [
        () => call('toDate', of('timestamp')),
        () => call(this.pick(['plus', 'minus'] as const), of('date'), of('duration')),
        () => call('startOf', unit('year', 'month', 'week', 'day'), of('date')),
      ],
      time: [],
      duration: [() => call('between', of(dated), of(dated))],
      bytes: [],
      id: [],
    }
    if (kind === 'duration') own.duration = [() => ((k) => call('between', of(k), of(k)))(dated)]
    return this.pick(this.below(3) === 0 || own[kind].length === 0 ? common : own[kind])()
  }

  /** Rows of the other model, or of the same one, by a relation or all of them. */
  private source(rows: Rows, depth: number, one: boolean): { from: Source; inside: Rows } {
    const as = `v${this.variables++}`
    const [row, model] = this.pick(Object.entries(rows))
    const relations = Object.entries(models[model]!.relations).filter(
      ([, relation]) => (relation.kind === 'one') === one,
    )
    const related = this.below(5) > 0 || one ? this.pick(relations) : undefined
    const target = related ? related[1].model : 'part'
    const inside = { ...rows, [as]: target }
    const where = this.below(2) === 0 ? { where: this.of('boolean', inside, Math.min(depth - 1, 2)) } : {}
    const base = related ? { relation: { row, name: related[0] } } : { model: 'part' }
    return { from: { ...base, as, ...where }, inside }
  }

  /** Sources that are bounded have an order that leaves no doubt. */
  private bounded(from: Source): Source {
    if (this.below(3) > 0) return from
    const target = from.model ?? from.relation?.name
    const field = target === 'part' || target === 'parts' ? 'rank' : 'position'
    const limit: Expr = { kind: 'literal', value: 1 + this.below(3), type: { kind: 'integer' } }
    const offset: Expr = { kind: 'literal', value: this.below(2), type: { kind: 'integer' } }
    return {
      ...from,
      order: [{ by: { kind: 'field', row: from.as, field }, direction: this.pick(['asc', 'desc'] as const) }],
      limit,
      offset,
    }
  }

  private quantified(rows: Rows, depth: number): Expr {
    const things = Object.fromEntries(Object.entries(rows).filter(([, model]) => model === 'thing'))
    const { from, inside } = this.source(things, depth, false)
    return {
      kind: this.pick(['some', 'every', 'none'] as const),
      from,
      where: this.of('boolean', { ...rows, ...inside }, depth),
    }
  }

  private aggregate(fn: 'count' | 'sum' | 'min' | 'max' | 'avg', kind: Kind, rows: Rows, depth: number): Expr {
    const things = Object.fromEntries(Object.entries(rows).filter(([, model]) => model === 'thing'))
    const { from, inside } = this.source(things, depth, false)
    const bounded = this.bounded(from)
    if (fn === 'count') return { kind: 'aggregate', fn, from: bounded }
    return { kind: 'aggregate', fn, from: bounded, of: this.of(kind, { ...rows, ...inside }, Math.min(depth, 2)) }
  }

  private via(kind: Kind, rows: Rows, depth: number): Expr {
    const { from, inside } = this.source(rows, depth, true)
    return { kind: 'via', from, value: this.of(kind, { ...rows, ...inside }, depth) }
  }
}
