import type { Expr, Order, Source } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import type { FieldDeclaration } from '../model/field.ts'
import type { Models } from '../model/schema.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Knowledge } from './knowledge.ts'
import { lift, Recorded, RecordedOrder, recordedOf, rule, settled, standIn } from './recorded.ts'
import { mistaken, variable, within } from './recording.ts'
import { type RecordedShape, Shaped, shapeOf, throughShape } from './shape.ts'

/** Where a row is: its model, its variable, and the rows to go through before it can be named. */
export interface RowPlace {
  readonly models: Models
  readonly model: string
  readonly as: string
  readonly through: readonly Source[]
  /** One of the rows gone through may be missing. */
  readonly nullable: boolean
}

const places = new WeakMap<object, RowPlace>()
export const placeOf = (row: object): RowPlace => {
  const place = places.get(row)
  if (row instanceof Recorded && row.standsIn) return anywhere
  if (place === undefined) throw new Problem('invalid-declaration', { message: 'A row is expected here' })
  return place
}

const anywhere: RowPlace = { models: {}, model: '', as: 'row', through: [], nullable: false }

const wrapped = (through: readonly Source[], value: Expr): Expr =>
  through.reduceRight<Expr>((inner, from) => ({ kind: 'via', from, value: inner }), value)
const known = (place: RowPlace, nullable = false): Knowledge => ({
  nullable: nullable || place.nullable,
  requires: place.through.length > 0 && !place.nullable ? [place.through] : [],
})

/** The type of a field as the manifest has it: an id names its own model, and what is encrypted the field it is kept in. */
export const typeOf = ({ type }: FieldDeclaration, model: string, name: string): ValueType =>
  type.kind === 'id' ? { ...type, model } : type.kind === 'encrypted' ? { ...type, model, field: name } : type

const members = (models: Models, model: string) => {
  const found = Object.hasOwn(models, model) ? models[model] : undefined
  if (found !== undefined) return found.fields
  const hint = nearest(model, Object.keys(models))
  throw new Problem('unknown-model', {
    message: `There is no model '${model}'`,
    ...(hint !== undefined && { hint: `Perhaps you meant '${hint}'.` }),
  })
}

/** A row whose members are recorded as they are read. */
export const rowAt = (place: RowPlace): object => {
  const fields = members(place.models, place.model)
  const row = new Proxy(Object.create(null) as object, {
    get: (_, name) => (typeof name === 'string' ? memberAt(place, fields, name) : undefined),
    has: (_, name) => typeof name === 'string' && Object.hasOwn(fields, name),
  })
  places.set(row, place)
  return row
}

export const rowNamed = (models: Models, model: string, as: string): object =>
  rowAt({ models, model, as, through: [], nullable: false })

const memberAt = (place: RowPlace, fields: ReturnType<typeof members>, name: string): unknown => {
  const member = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (member === undefined) {
    const hint = nearest(name, Object.keys(fields))
    mistaken(
      new Problem('unknown-model-field', {
        message: `${place.model} has no field '${name}'`,
        ...(hint !== undefined && { hint: `Perhaps you meant '${hint}'.` }),
      }),
    )
    return standIn()
  }
  if (member.face === 'field') {
    const node = wrapped(place.through, { kind: 'field', row: place.as, field: name })
    return new Recorded(node, typeOf(member, place.model, name), known(place, member.optional === true))
  }
  if (member.face === 'many') return new RecordedRows(place.models, member.target, { row: place.as, name }, place)
  // The model has something there that is neither a field nor a relation: that is said of the model.
  if (member.face !== 'one') return standIn()
  const ref = Object.hasOwn(fields, member.by) ? fields[member.by] : undefined
  if (ref?.face !== 'field' || ref.type.model === undefined) {
    throw new Problem('unknown-model-field', {
      message: `${place.model}.${name}: '${member.by}' is not a ref of ${place.model}`,
    })
  }
  const as = variable(name)
  return rowAt({
    models: place.models,
    model: ref.type.model,
    as,
    through: [...place.through, { relation: { row: place.as, name }, as }],
    nullable: place.nullable || ref.optional === true,
  })
}

type Callback<T> = (row: object) => T
interface Listing {
  readonly where?: Callback<unknown>
  readonly order?: Callback<unknown>
  readonly limit?: unknown
  readonly offset?: unknown
}

const orders = (answer: unknown): Order[] =>
  (Array.isArray(answer) ? answer : [answer]).map((one) => {
    if (one instanceof RecordedOrder) return one.order
    if (!(one instanceof Recorded && one.standsIn)) {
      mistaken(
        new Problem('invalid-declaration', {
          message: 'An order is a field with its direction',
          hint: 'Write row.createdAt.desc().',
        }),
      )
    }
    return { by: standIn().node, direction: 'asc' }
  })

const everyRow: Expr = { kind: 'literal', value: true, type: { kind: 'boolean' } }

/** The rows of a relation, or of a model: what stands behind the `Rows` interface. */
export class RecordedRows {
  readonly models: Models
  readonly model: string
  readonly relation: { readonly row: string; readonly name: string } | undefined
  readonly place: RowPlace | undefined

  constructor(
    models: Models,
    model: string,
    relation?: { readonly row: string; readonly name: string },
    place?: RowPlace,
  ) {
    this.models = models
    this.model = model
    this.relation = relation
    this.place = place
  }

  some(where?: Callback<unknown>) {
    return this.quantified('some', where)
  }
  every(where?: Callback<unknown>) {
    return this.quantified('every', where)
  }
  none(where?: Callback<unknown>) {
    return this.quantified('none', where)
  }
  count(where?: Callback<unknown>) {
    return within(`${this.model}.count`, () =>
      this.value(
        { kind: 'aggregate', fn: 'count', from: this.source({ ...(where && { where }) }).from },
        { kind: 'integer' },
      ),
    )
  }
  sum(of: Callback<unknown>) {
    return this.aggregate('sum', of)
  }
  min(of: Callback<unknown>) {
    return this.aggregate('min', of)
  }
  max(of: Callback<unknown>) {
    return this.aggregate('max', of)
  }
  avg(of: Callback<unknown>) {
    return this.aggregate('avg', of)
  }

  list(item: Callback<unknown>, options: Listing = {}): Shaped {
    return within(`${this.model}.list`, () => {
      const { from, row } = this.source(options)
      return this.shaped({ kind: 'list', from, item: shapeOf(item(row)) })
    })
  }
  distinct(of: Callback<unknown>, options: Omit<Listing, 'order'> = {}): Shaped {
    return within(`${this.model}.distinct`, () => {
      const { from, row } = this.source(options)
      const { node, type, nullable, requires } = settled(recordedOf(of(row)))
      const present: Expr = { kind: 'call', fn: 'isNotNull', args: [node] }
      const where: Expr = from.where === undefined ? present : { kind: 'call', fn: 'and', args: [from.where, present] }
      const filled = nullable || requires.length > 0 ? { ...from, where } : from
      return this.shaped({ kind: 'list', from: filled, item: { kind: 'value', expr: node, type }, distinct: true })
    })
  }
  first(item: Callback<unknown>, options: Listing = {}): Shaped {
    return within(`${this.model}.first`, () => {
      const { from, row } = this.source({ ...options, limit: 1 })
      return this.shaped({ kind: 'one', from, item: shapeOf(item(row)), nullable: true })
    })
  }
  /** The one row for which `where` holds, to read values of. */
  row(where: Callback<unknown>, nullable: boolean): object {
    const { from } = this.source({ where })
    return rowAt({ models: this.models, model: this.model, as: from.as, through: [from], nullable })
  }

  /** The source of these rows, and the row that names each. */
  source(options: Listing, as = variable(this.model)): { readonly from: Source; readonly row: object } {
    const row = rowNamed(this.models, this.model, as)
    const { where, order, limit, offset } = options
    const from: Source = {
      ...(this.relation === undefined ? { model: this.model } : { relation: this.relation }),
      as,
      ...(where !== undefined && { where: rule(where(row)) }),
      ...(order !== undefined && { order: orders(order(row)) }),
      ...(limit !== undefined && { limit: lift(limit, { kind: 'integer' }).node }),
      ...(offset !== undefined && { offset: lift(offset, { kind: 'integer' }).node }),
    }
    return { from, row }
  }

  private quantified(kind: 'some' | 'every' | 'none', where?: Callback<unknown>): Recorded {
    return within(`${this.model}.${kind}`, () => {
      const { from, row } = this.source({})
      const condition = where === undefined ? everyRow : rule(where(row))
      return this.value({ kind, from, where: condition }, { kind: 'boolean' })
    })
  }
  private aggregate(fn: 'sum' | 'min' | 'max' | 'avg', of: Callback<unknown>): Recorded {
    return within(`${this.model}.${fn}`, () => {
      const { from, row } = this.source({})
      const value = recordedOf(of(row))
      const mean = value.type.kind === 'decimal' || value.type.kind === 'bigint' ? 'decimal' : 'float'
      return this.value(
        { kind: 'aggregate', fn, from, of: value.node },
        fn === 'avg' ? { kind: mean } : value.type,
        true,
      )
    })
  }
  private value(node: Expr, type: ValueType, nullable = false): Recorded {
    return this.place === undefined
      ? new Recorded(node, type, { nullable })
      : new Recorded(wrapped(this.place.through, node), type, known(this.place, nullable))
  }
  private shaped(shape: RecordedShape): Shaped {
    return new Shaped(this.place === undefined ? shape : throughShape(this.place.through, shape, this.place.nullable))
  }
}
