import type { Expr } from '../expr/expr.ts'
import { type Family, kinds } from '../expr/kinds.ts'
import type { ValueType } from '../expr/value.ts'
import type { FieldDefinition } from '../model/definition.ts'
import { all, either, field, isNull, literal } from './condition.ts'
import type { Check, Scan } from './plan.ts'
import { whenSent } from './rules.ts'
import { modelOf, type Scope } from './scope.ts'

/**
 * A field's `min` and `max` hold on every way in. What a caller sends was held to them before it came here; what the
 * declaration computes is held to them in the statement.
 */
export function limits(
  model: string,
  row: string,
  values: Readonly<Record<string, Expr>>,
  scope: Scope,
): readonly Check<Scan>[] {
  const { fields } = modelOf(scope.manifest, model)
  return Object.entries(values).flatMap(([name, value]): Check<Scan>[] => {
    const definition = fields[name]
    const within = definition && isComputed(value) ? bounds(definition, field(row, name)) : undefined
    if (!within) return []
    const rule = either([isNull(field(row, name)), within])
    return [{ rule: whenSent(value, rule), failure: { kind: 'limit', field: name } }]
  })
}

/** What neither a caller sent as it is nor the call itself gives. */
const isComputed = (value: Expr): boolean => {
  switch (value.kind) {
    case 'input':
    case 'item':
    case 'actor':
    case 'now':
      return false
    case 'given':
      return isComputed(value.then) || (value.otherwise !== undefined && isComputed(value.otherwise))
    default:
      return true
  }
}

const integer: ValueType = { kind: 'integer' }
const measured: ReadonlySet<Family> = new Set(['text', 'array'])
const compared: ReadonlySet<Family> = new Set([
  'integer',
  'bigint',
  'decimal',
  'float',
  'timestamp',
  'date',
  'time',
  'duration',
])

/** Of text and arrays the length is bounded, of numbers and times the value. */
function bounds({ type, min, max }: FieldDefinition, value: Expr<Scan>): Expr<Scan> | undefined {
  const { family } = kinds[type.kind]
  const length = measured.has(family)
  if (!length && !compared.has(family)) return undefined
  const subject: Expr<Scan> = length
    ? { kind: 'call', fn: family === 'array' ? 'size' : 'length', args: [value] }
    : value
  const bound = (fn: 'gte' | 'lte', limit: number | string | undefined): Expr<Scan> | undefined =>
    limit === undefined ? undefined : { kind: 'call', fn, args: [subject, literal(limit, length ? integer : type)] }
  return all([bound('gte', min), bound('lte', max)])
}
