import type { Expr } from '../expr/expr.ts'
import { always, either, equal, field, isAlways, isNotNull, isNull } from './condition.ts'
import { lowerExpr } from './lower.ts'
import type { Check, Scan } from './plan.ts'
import { modelOf, type Scope } from './scope.ts'
import { ofTenant } from './tenant.ts'

/** A policy's rule on the row that `row` names. Its own scans are trusted. */
export function policyCheck(rule: Expr, place: string, row: string, model: string, scope: Scope): Check<Scan> {
  return { rule: lowerRule(rule, row, model, scope), failure: { kind: 'policy', place } }
}

const lowerRule = (rule: Expr, row: string, model: string, scope: Scope): Expr<Scan> =>
  lowerExpr(rule, { ...scope, rows: new Map([['row', { as: row, model }]]), trusted: true })

/** The write rules of the fields that are set. A field sent only sometimes is checked only then. */
export function fieldRules(
  model: string,
  row: string,
  values: Readonly<Record<string, Expr>>,
  scope: Scope,
): readonly Check<Scan>[] {
  const rules = scope.manifest.policies[model]?.fields ?? {}
  return Object.entries(values).flatMap(([name, value]): Check<Scan>[] => {
    const rule = Object.hasOwn(rules, name) ? rules[name]?.write : undefined
    if (rule === undefined || isAlways(rule)) return []
    const lowered = lowerRule(rule, row, model, scope)
    return [
      {
        rule: whenSent(value, lowered),
        failure: { kind: 'field', field: name, place: `${model}.policy.fields.${name}.write` },
      },
    ]
  })
}

/** A rule that is asked only when the value it is about was sent. */
export const whenSent = (value: Expr, rule: Expr<Scan>): Expr<Scan> => {
  if (value.kind !== 'given') return rule
  const { path, as } = value
  return { kind: 'given', path, ...(as === undefined ? {} : { as }), then: rule, otherwise: always }
}

/**
 * What a caller may not do with a reference: name a row it cannot see (which would tell whether it exists), or, where
 * the row was looked up, name none. Where everybody may read the target, the foreign key says it all.
 */
export function references(
  model: string,
  row: string,
  values: Readonly<Record<string, Expr>>,
  scope: Scope,
): readonly Check<Scan>[] {
  const definition = modelOf(scope.manifest, model)
  return Object.entries(values).flatMap(([name, value]): Check<Scan>[] => {
    const stored = definition.fields[name]
    if (!stored) return []
    const target = stored.type.kind === 'ref' ? stored.type.model : undefined
    if (lookedUp(value)) {
      const failure: Check<Scan>['failure'] = { kind: 'lookup', field: name, ...(target ? { model: target } : {}) }
      return stored.optional ? [] : [{ rule: isNotNull(field(row, name)), failure }]
    }
    if (target === undefined || !fromCaller(value)) return []
    const read = scope.manifest.policies[target]?.read
    const kept = modelOf(scope.manifest, target).softDelete !== undefined
    if (read !== undefined && isAlways(read) && !kept && !modelOf(scope.manifest, target).tenant) return []
    const as = scope.fresh()
    const from: Scan = {
      model: target,
      as,
      trusted: false,
      reads: scope.reads(target),
      where: equal(field(as, modelOf(scope.manifest, target).id), field(row, name)),
    }
    const exists: Expr<Scan> = { kind: 'some', from, where: always }
    const rule = stored.optional ? either([isNull(field(row, name)), exists]) : exists
    return [{ rule: whenSent(value, rule), failure: { kind: 'reference', field: name, model: target } }]
  })
}

/** A row is created in the tenant that the actor is in, whoever says what. */
export function tenantCheck(model: string, row: string, { manifest }: Scope): readonly Check<Scan>[] {
  const definition = modelOf(manifest, model)
  const rule = ofTenant(definition, row)
  return rule && definition.tenant ? [{ rule, failure: { kind: 'tenant', actor: definition.tenant.actor } }] : []
}

const lookedUp = (value: Expr): boolean => value.kind === 'via' || (value.kind === 'given' && lookedUp(value.then))

/** Whether some part of the value was sent by the caller (and not, say, taken from the actor). */
const fromCaller = (value: Expr): boolean => {
  switch (value.kind) {
    case 'input':
    case 'item':
      return true
    case 'given':
      return fromCaller(value.then) || (value.otherwise !== undefined && fromCaller(value.otherwise))
    case 'case':
      return value.branches.some(({ then }) => fromCaller(then)) || fromCaller(value.otherwise)
    case 'call':
      return value.args.some(fromCaller)
    default:
      return false
  }
}
