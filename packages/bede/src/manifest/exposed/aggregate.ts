import type { RecordedAggregate } from '../../declare/aggregate.ts'
import type { Expr } from '../../expr/expr.ts'
import { aggregateType, typeOfAggregate } from '../../expr/functions.ts'
import type { ValueType } from '../../expr/value.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import type { CompiledOperation, GroupsDefinition, InputField, MeasureDefinition } from '../manifest.ts'
import { auth, type Exposed, http, rowField } from './row.ts'

type Group = GroupsDefinition['by'][string]
type Definitions = Readonly<Record<string, ModelDefinition>>

/** As many groups as a chart shows. */
const usualGroups = 100
/** Values that one answer is grouped by: more are the rows themselves. */
const mostPaths = 4
const mostMeasures = 20

const units: Partial<Record<ValueType['kind'], readonly string[]>> = {
  timestamp: ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'],
  date: ['year', 'month', 'week', 'day'],
}

/** `GET /articles/aggregate`: what the exposure declares of groups and measures, under the filters of its list. */
export const aggregate = (
  open: Exposed,
  declared: RecordedAggregate,
  models: Definitions,
): CompiledOperation | undefined => {
  const { filters, mistakes } = open
  const by = groupsOf(open, declared, models)
  const measures = measuresOf(open, declared)
  const [first] = Object.keys(measures)
  const wrong = (message: string, hint: string): undefined => {
    mistakes.add(`${open.place}.aggregate`, 'invalid-declaration', message, hint)
    return undefined
  }
  if (first === undefined) return wrong('It measures nothing', 'Say measures: { count: true }.')
  const clash = ['groupBy', 'measure'].find((name) => Object.hasOwn(filters.input, name))
  if (clash !== undefined)
    return wrong(`'${clash}' means something else in the query of an aggregate`, 'Take it out of filter.')
  const most = declared.maxGroups ?? usualGroups
  const names = [...Object.keys(by), ...Object.keys(measures)]
  const input: Record<string, InputField> = {
    ...filters.input,
    ...(Object.keys(by).length > 0 && { groupBy: choiceOf(Object.keys(by), [], mostPaths) }),
    measure: { ...choiceOf(Object.keys(measures), [first], mostMeasures), min: 1 },
    sort: { type: { kind: 'choice', choices: names.flatMap((name) => [name, `-${name}`]) }, optional: true },
    limit: { type: { kind: 'integer' }, min: 1, max: most, default: Math.min(usualGroups, most) },
  }
  const where: Expr | undefined =
    filters.where.length > 0 ? { kind: 'call', fn: 'and', args: filters.where } : undefined
  return {
    kind: 'read',
    auth: auth(open.policy.read),
    input,
    answers: {
      kind: 'groups',
      from: { model: open.name, as: 'row', ...(where && { where }) },
      groups: { by, measures, maxGroups: most },
    },
    http: http('GET', `${open.base}/aggregate`, {
      query: Object.fromEntries(Object.keys(input).map((name) => [name, [name]])),
    }),
  }
}

const choiceOf = (choices: readonly string[], otherwise: readonly string[], most: number): InputField => ({
  type: { kind: 'array', of: { kind: 'choice', choices } },
  items: { type: { kind: 'choice', choices } },
  max: most,
  default: otherwise,
})

const groupsOf = (open: Exposed, { groupBy = [] }: RecordedAggregate, models: Definitions): Record<string, Group> =>
  Object.fromEntries(
    groupBy.flatMap((path) => {
      const group = groupOf(open, path, models)
      return group ? [[path, group] as const] : []
    }),
  )

/** What a path leads to: a field, the start of a unit of a time, or a field of the one related row. */
function groupOf(open: Exposed, path: string, models: Definitions): Group | undefined {
  const { model, name, mistakes } = open
  const place = `${open.place}.aggregate.groupBy`
  const unknown = (what: string, wrong: string, known: readonly string[]): undefined => {
    mistakes.unknown(place, 'unknown-model-field', what, wrong, known)
    return undefined
  }
  const [first = '', second, ...more] = path.split('.')
  if (more.length > 0) {
    const hint = 'Group by a field, or by one of the one related row.'
    mistakes.add(place, 'invalid-declaration', `'${path}' goes through more than one relation`, hint)
    return undefined
  }
  const field = Object.hasOwn(model.fields, first) ? model.fields[first] : undefined
  if (field) {
    const nullable = field.optional ? { nullable: true as const } : {}
    if (second === undefined) return { expr: rowField(first), type: field.type, ...nullable }
    const known = units[field.type.kind] ?? []
    if (!known.includes(second)) return unknown(`unit of ${name}.${first}`, second, known)
    const unit: Expr = { kind: 'literal', value: second, type: { kind: 'text' } }
    return { expr: { kind: 'call', fn: 'startOf', args: [unit, rowField(first)] }, type: field.type, ...nullable }
  }
  const relation = Object.hasOwn(model.relations, first) ? model.relations[first] : undefined
  const target = relation?.kind === 'one' ? models[relation.model] : undefined
  if (!relation || !target) {
    const ones = Object.entries(model.relations).flatMap(([one, { kind }]) => (kind === 'one' ? [one] : []))
    return unknown(`field or one related row of ${name}`, first, [...Object.keys(model.fields), ...ones])
  }
  const found = second !== undefined && Object.hasOwn(target.fields, second) ? target.fields[second] : undefined
  if (second === undefined || !found)
    return unknown(`field of ${relation.model}`, second ?? '', Object.keys(target.fields))
  const value: Expr = { kind: 'field', row: first, field: second }
  // Null too where the actor may not see that row.
  return {
    expr: { kind: 'via', from: { relation: { row: 'row', name: first }, as: first }, value },
    type: found.type,
    nullable: true,
  }
}

function measuresOf(open: Exposed, { measures = {} }: RecordedAggregate): Record<string, MeasureDefinition> {
  const { model, name: owner, mistakes } = open
  const found: Record<string, MeasureDefinition> = {}
  if (measures.count) found.count = { fn: 'count', type: aggregateType('count', undefined) }
  for (const fn of ['sum', 'avg', 'min', 'max'] as const) {
    for (const name of measures[fn] ?? []) {
      const place = `${open.place}.aggregate.measures.${fn}`
      const field = Object.hasOwn(model.fields, name) ? model.fields[name] : undefined
      if (!field) {
        mistakes.unknown(place, 'unknown-model-field', `field of ${owner}`, name, Object.keys(model.fields))
        continue
      }
      const type = typeOfAggregate(fn, field.type)
      if ('mistake' in type) mistakes.add(place, 'mismatched-type', `${name}: ${type.mistake}`)
      else found[`${fn}.${name}`] = { fn, of: rowField(name), type }
    }
  }
  return found
}
