import type { Expr } from '../../expr/expr.ts'
import { plainType } from '../../expr/kinds.ts'
import type { FunctionName } from '../../expr/names.ts'
import type { Kind, ValueType } from '../../expr/value.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import { atPath, isIndexable, jsonPath } from '../json-path.ts'
import type { InputField } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'

/** One way to compare a field with a query parameter: `createdAt[gte]`. The bare name is `eq`. */
interface Operator {
  readonly suffix: string
  readonly input: (type: ValueType) => InputField
  readonly holds: (field: Expr, input: (type: ValueType, ...below: string[]) => Expr, type: ValueType) => Expr
  /** Over the rows of a to-many relation it means: for some row. `no`: it would not mean that. */
  readonly overMany: boolean
}

/** As many values as a person writes into one address. */
const mostValues = 100
const longestPart = 200

const call = (fn: FunctionName, ...args: Expr[]): Expr => ({ kind: 'call', fn, args })
const plain = (fn: FunctionName, overMany = true): Operator => ({
  suffix: fn === 'eq' ? '' : `[${fn}]`,
  input: (type) => ({ type, optional: true }),
  holds: (field, input, type) => call(fn, field, input(type)),
  overMany,
})
const listOf = (type: ValueType): ValueType => ({ kind: 'array', of: type })
const among: Operator = {
  suffix: '[in]',
  input: (type) => ({ type: listOf(type), items: { type }, min: 1, max: mostValues, optional: true }),
  holds: (field, input, type) => call('in', field, input(listOf(type))),
  overMany: true,
}
const text: ValueType = { kind: 'text' }
const partly = (fn: FunctionName): Operator => ({
  suffix: `[${fn}]`,
  input: () => ({ type: text, min: 1, max: longestPart, optional: true }),
  holds: (field, input) => call(fn, field, input(text)),
  overMany: true,
})
const flag: ValueType = { kind: 'boolean' }
const missing: Operator = {
  suffix: '[isNull]',
  input: () => ({ type: flag, optional: true }),
  holds: (field, input) => call('eq', call('isNull', field), input(flag)),
  overMany: false,
}
const holding: Operator = {
  suffix: '[has]',
  input: (type) => ({ type: type.of ?? text, optional: true }),
  holds: (field, input, type) => call('has', field, input(type.of ?? text)),
  overMany: true,
}

const exact: readonly Operator[] = [
  {
    suffix: '',
    input: (type) => ({ type: plainType(type), optional: true }),
    holds: (field, input, type) => call('exactly', field, input(plainType(type))),
    overMany: true,
  },
  {
    suffix: '[in]',
    input: (type) => among.input(plainType(type)),
    holds: (field, input, type) => call('exactly', field, input(listOf(plainType(type)))),
    overMany: true,
  },
]

const like = partly('similar')

const several = (fn: 'hasAll' | 'hasAny'): Operator => ({
  suffix: `[${fn}]`,
  input: (type) => ({ type, items: { type: type.of ?? text }, min: 1, max: mostValues, optional: true }),
  holds: (field, input, type) => call(fn, field, input(type)),
  overMany: true,
})
const nothing: Expr = { kind: 'literal', value: 0, type: { kind: 'integer' } }
const empty: Operator = {
  suffix: '[isEmpty]',
  input: () => ({ type: flag, optional: true }),
  holds: (field, input) => call('eq', call('eq', call('size', field), nothing), input(flag)),
  overMany: false,
}

const place: ValueType = { kind: 'point' }
const metres: ValueType = { kind: 'float' }
/** In metres: a circle that holds half of all rows is no filter. A route may say another. */
const farthest = 100_000
const near: Operator = {
  suffix: '[near]',
  input: () => ({
    type: { kind: 'object' },
    fields: { at: { type: place }, metres: { type: metres, min: 0, max: farthest } },
    optional: true,
  }),
  holds: (field, input) => call('within', field, input(place, 'at'), input(metres, 'metres')),
  overMany: true,
}

const equality = [plain('eq'), plain('ne', false), among]
const order = [plain('gt'), plain('gte'), plain('lt'), plain('lte')]
const parts = [partly('contains'), partly('startsWith'), partly('endsWith')]
const ordered = [...equality, ...order]
const worded = [...equality, ...parts]

/** What each kind of field can be asked. */
const operators: Readonly<Record<Kind, readonly Operator[]>> = {
  id: equality,
  ref: equality,
  text: worded,
  email: worded,
  url: worded,
  slug: worded,
  choice: equality,
  integer: ordered,
  bigint: ordered,
  decimal: ordered,
  float: ordered,
  boolean: [plain('eq'), plain('ne', false)],
  timestamp: ordered,
  date: ordered,
  time: ordered,
  duration: ordered,
  point: [near],
  array: [holding, several('hasAll'), several('hasAny'), empty],
  secret: [],
  json: [],
  bytes: [],
  vector: [],
  object: [],
  search: [],
  encrypted: exact,
}

export interface Filters {
  readonly input: Record<string, InputField>
  readonly where: Expr[]
}

/** What a list is asked for beside its filters. */
const taken = new Set(['sort', 'limit', 'cursor', 'count'])

/** The parameters of the declared filter paths, each with its condition: it counts when the parameter is sent. */
export const linkFilters = (
  models: Readonly<Record<string, ModelDefinition>>,
  name: string,
  paths: readonly string[],
  place: string,
  mistakes: Mistakes,
): Filters => {
  const filters: Filters = { input: {}, where: [] }
  for (const path of paths) {
    const target = reach(models, name, path, place, mistakes)
    if (target === undefined) continue
    const { field, over, wrap, trigrams } = target
    if (taken.has(path)) {
      const hint = 'Rename the field, or write a route for it.'
      mistakes.add(place, 'invalid-declaration', `'${path}' means something else in the query of a list`, hint)
      continue
    }
    const askable = [
      ...operators[field.type.kind],
      ...(trigrams ? [like] : []),
      ...(field.optional ? [missing] : []),
    ].filter((one) => one.overMany || over !== 'many')
    if (askable.length === 0)
      mistakes.add(place, 'invalid-declaration', `A ${field.type.kind} cannot be filtered by: ${path}`)
    for (const { suffix, input, holds } of askable) {
      const parameter = `${path}${suffix}`
      const sent = (type: ValueType, ...below: string[]): Expr => ({ kind: 'input', path: [parameter, ...below], type })
      filters.input[parameter] = input(field.type)
      filters.where.push({ kind: 'given', path: [parameter], then: wrap((value) => holds(value, sent, field.type)) })
    }
  }
  return filters
}

interface Reached {
  readonly field: FieldDefinition
  /** An index of trigrams holds it: it can be asked what is like a text. */
  readonly trigrams: boolean
  readonly over: 'row' | 'one' | 'many'
  readonly wrap: (condition: (value: Expr) => Expr) => Expr
}

/** What a filter path leads to: a field of the row, or of a related row. */
const reach = (
  models: Readonly<Record<string, ModelDefinition>>,
  name: string,
  path: string,
  place: string,
  mistakes: Mistakes,
): Reached | undefined => {
  const model = models[name]
  const [first = '', second, ...rest] = path.split('.')
  if (model === undefined) return undefined
  const inside = jsonPath(model.fields, path)
  if (inside !== undefined) {
    const missable = isIndexable(inside) ? { optional: true as const } : {}
    const field = { type: inside.type, column: '', ...missable }
    return { field, trigrams: false, over: 'row', wrap: (condition) => condition(atPath('row', inside)) }
  }
  if (second !== undefined && Object.hasOwn(model.fields, first) && model.fields[first]?.type.kind === 'json') {
    mistakes.add(
      place,
      'unknown-model-field',
      `The schema of ${name}.${first} does not say what '${path}' is`,
      "Say it in the field: json({ schema: { type: 'object', properties: { … } } }).",
    )
    return undefined
  }
  if (rest.length > 0) {
    mistakes.add(place, 'invalid-declaration', `'${path}' goes through more than one relation`, 'Write a route for it.')
    return undefined
  }
  if (second === undefined) {
    const field = fieldOf(model, name, first, place, mistakes)
    if (field === undefined) return undefined
    return {
      field,
      trigrams: hasTrigrams(model, first),
      over: 'row',
      wrap: (condition) => condition({ kind: 'field', row: 'row', field: first }),
    }
  }
  const relation = Object.hasOwn(model.relations, first) ? model.relations[first] : undefined
  if (relation === undefined) {
    mistakes.unknown(place, 'unknown-model-field', `relation of ${name}`, first, Object.keys(model.relations))
    return undefined
  }
  const target = models[relation.model]
  if (target === undefined) return undefined
  const field = fieldOf(target, relation.model, second, place, mistakes)
  if (field === undefined) return undefined
  const from = { relation: { row: 'row', name: first }, as: first }
  const value: Expr = { kind: 'field', row: first, field: second }
  const trigrams = hasTrigrams(target, second)
  return relation.kind === 'many'
    ? { field, trigrams, over: 'many', wrap: (condition) => ({ kind: 'some', from, where: condition(value) }) }
    : { field, trigrams, over: 'one', wrap: (condition) => condition({ kind: 'via', from, value }) }
}

const hasTrigrams = ({ indexes }: ModelDefinition, name: string): boolean =>
  indexes.some(({ method, fields, where }) => method === 'trigram' && !where && fields[0] === name)

const fieldOf = (
  model: ModelDefinition,
  name: string,
  field: string,
  place: string,
  mistakes: Mistakes,
): FieldDefinition | undefined => {
  const found = Object.hasOwn(model.fields, field) ? model.fields[field] : undefined
  if (found === undefined)
    mistakes.unknown(place, 'unknown-model-field', `field of ${name}`, field, Object.keys(model.fields))
  return found
}
