import { type Environment, holds, type MemoryRow } from '../../../expr/evaluate.ts'
import type { Expr } from '../../../expr/expr.ts'
import type { ValueType } from '../../../expr/value.ts'
import type { Manifest } from '../../../manifest/manifest.ts'
import { boundRule } from '../../../plan/allow.ts'
import type { BoundScan } from '../../../plan/plan.ts'
import { inMemory } from './in-memory.ts'
import type { Rows } from './row-reader.ts'

export type Verb = 'read' | 'create' | 'update' | 'delete' | 'restore' | 'purge'

/**
 * What the policies say of one row and one actor: decided in memory, by none of the code that answers requests. What the
 * database alone can compute is taken to hold: nobody is accused of what is not known.
 */
export interface Judge {
  may(verb: Verb, model: string, row: MemoryRow, actor: MemoryRow | null, rows: Rows): boolean
  /** The field's own rule; without one it follows the row. */
  maySee(model: string, field: string, row: MemoryRow, actor: MemoryRow | null, rows: Rows): boolean
  /** Any rule about a row of a model. */
  holds(rule: Expr<BoundScan>, about: About, actor: MemoryRow | null, rows: Rows): boolean
}

/** The row a rule is about: the variable by which the rule names it. */
export interface About {
  readonly model: string
  readonly as: string
  readonly row: MemoryRow
}

export function createJudge(manifest: Manifest): Judge {
  const bound = new Map<string, Expr<BoundScan>>()
  const ruleOf = (place: string, rule: Expr | undefined, model: string): Expr<BoundScan> | undefined => {
    if (!rule) return undefined
    const known = bound.get(place) ?? boundRule(rule, manifest, model)
    bound.set(place, known)
    return known
  }
  const judge: Judge['holds'] = (rule, { model, as, row }, actor, rows) =>
    inMemory(() => holds(rule, environment(manifest, { model, as, row }, actor, rows))) ?? true
  return {
    holds: judge,
    may(verb, model, row, actor, rows) {
      const policy = manifest.policies[model]
      const stated = verb === 'update' ? policy?.update?.from : policy?.[verb]
      const rule = ruleOf(`${model}.${verb}`, stated, model)
      return (
        inTenant(manifest, model, row, actor) &&
        rule !== undefined &&
        judge(rule, { model, as: 'row', row }, actor, rows)
      )
    },
    maySee(model, field, row, actor, rows) {
      const rule = ruleOf(`${model}.fields.${field}`, manifest.policies[model]?.fields?.[field]?.read, model)
      return rule === undefined || judge(rule, { model, as: 'row', row }, actor, rows)
    },
  }
}

function inTenant({ models }: Manifest, model: string, row: MemoryRow, actor: MemoryRow | null): boolean {
  const tenant = models[model]?.tenant
  if (!tenant) return true
  const own = actor?.[tenant.actor]
  return own !== undefined && own !== null && row[tenant.field] === own
}

function environment(
  { models }: Manifest,
  { model, as, row }: About,
  actor: MemoryRow | null,
  rows: Rows,
): Environment<BoundScan> {
  const typeIn = (of: string, field: string): ValueType => models[of]?.fields[field]?.type ?? { kind: 'text' }
  return {
    input: {},
    actor,
    now: new Date().toISOString(),
    rows: { [as]: row },
    fieldType: (_, field) => typeIn(model, field),
    rowsOf: (from) => ({ rows: rows.get(from.model) ?? [], fieldType: (field) => typeIn(from.model, field) }),
  }
}
