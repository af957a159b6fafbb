import type { Expr, Order } from '../expr/expr.ts'
import { mapChildren } from '../expr/walk.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { all, always, either, equal, field, isAlways, isNotNull, isNull, never } from './condition.ts'
import { mapGroups } from './groups.ts'
import { lowerCondition } from './lower.ts'
import type { BoundScan, Check, PlanShape, Rows, Scan } from './plan.ts'
import type { Scope } from './scope.ts'
import { ofTenant } from './tenant.ts'

/** What binding needs to know: the manifest, how policies' own scans are named, and whose call it is. */
export interface Binding {
  readonly manifest: Manifest
  readonly fresh: () => string
  /** A system call: no policy binds. Its reason is logged by the engine. */
  readonly system: boolean
  /** Rows whose fields are subject to the fields' own read rules: variable → model. */
  readonly guarded: ReadonlyMap<string, string>
  /** Which rows the policies' own scans read: in the answer of a write they see what it wrote, as the answer does. */
  readonly reads: Scope['reads']
}

type PolicyBinding = Pick<Binding, 'manifest' | 'fresh' | 'reads'>

/** The scope of a policy of `model` on the row that `as` names: its own scans are trusted. */
const policyScope = (binding: PolicyBinding, as: string, model: string): Scope => ({
  manifest: binding.manifest,
  rows: new Map([['row', { as, model }]]),
  trusted: true,
  system: false,
  reads: binding.reads,
  fresh: binding.fresh,
})

/** Law 2: every scan gets its policy here, and nowhere else. A model without a policy shows nothing. */
export function bindScan(scan: Scan, binding: Binding): { readonly scan: BoundScan; readonly inside: Binding } {
  const free = scan.trusted || binding.system
  const guarded = free ? binding.guarded : new Map(binding.guarded).set(scan.as, scan.model)
  const inside: Binding = { ...binding, guarded }
  const { trusted: _, held: __, rows, where, order, limit, offset, ...rest } = scan
  const asked = where && bindExpr(where, inside)
  const only = all([ownRows(scan, binding), asked, keptRows(scan, binding.manifest)])
  return {
    inside,
    scan: {
      ...rest,
      policy: free ? always : readPolicy(scan, binding),
      ...(only ? { where: only } : {}),
      ...(order
        ? { order: order.map(({ by, direction }): Order<BoundScan> => ({ by: bindExpr(by, inside), direction })) }
        : {}),
      ...(limit ? { limit: bindExpr(limit, binding) } : {}),
      ...(offset ? { offset: bindExpr(offset, binding) } : {}),
    },
  }
}

/**
 * Of a model with `tenant` a scan sees the rows of the actor's tenant, wherever it stands: in a policy of its own or of
 * any other model too, so that nothing of another tenant ever decides. What is not of the tenant is not there, in
 * development as well, where a policy says why it hides a row. The system alone sees all.
 */
const ownRows = ({ model, as }: Scan, { manifest, system }: Binding): Expr<never> | undefined =>
  system ? undefined : ofTenant(manifest.models[model], as)

/**
 * Of a model with `softDelete` a scan sees the living, whoever asks: policies' own scans and the system's too. What the
 * statement itself has written is seen as it is.
 */
function keptRows({ model, as, rows, reads }: Scan, manifest: Manifest): Expr<never> | undefined {
  const since = manifest.models[model]?.softDelete
  if (since === undefined || rows === 'any' || reads === 'written') return undefined
  return rows === 'deleted' ? isNotNull(field(as, since)) : isNull(field(as, since))
}

/** Who may read the row that the scan names. */
function readPolicy(scan: Scan, binding: PolicyBinding): Expr<BoundScan> {
  const { as, model, rows, asOf } = scan
  const { historyOf, id } = binding.manifest.models[model] ?? {}
  if (historyOf !== undefined) return pastOf(historyOf, field(as, 'rowId'), binding)
  const seen = seenBy(as, model, rows, binding)
  if (!asOf || id === undefined) return seen
  return all([seen, pastOf(model, field(as, id), binding)]) ?? always
}

/** A deleted row is seen by who may read it and may restore or purge it. */
function seenBy(as: string, model: string, rows: Rows | undefined, binding: PolicyBinding): Expr<BoundScan> {
  const { read = never, restore = never, purge = never } = binding.manifest.policies[model] ?? {}
  const seen = trustedExpr(read, as, model, binding)
  const since = binding.manifest.models[model]?.softDelete
  if (rows === undefined || since === undefined) return seen
  const deleted = trustedExpr(either([restore, purge]), as, model, binding)
  return all([seen, rows === 'deleted' ? deleted : either([isNull(field(as, since)), deleted])]) ?? always
}

/** What a row was is seen by who may see the row as it is, deleted or not, and may see its history. */
function pastOf(model: string, id: Expr<never>, binding: PolicyBinding): Expr<BoundScan> {
  const definition = binding.manifest.models[model]
  const as = binding.fresh()
  const history = trustedExpr(binding.manifest.policies[model]?.history ?? never, as, model, binding)
  const from: BoundScan = {
    model,
    as,
    reads: 'stored',
    policy: always,
    where: all<BoundScan>([ofTenant(definition, as), equal(field(as, definition?.id ?? 'id'), id)]) ?? never,
  }
  return { kind: 'some', from, where: all([seenBy(as, model, 'any', binding), history]) ?? always }
}

/** A policy's condition on the row that `as` names, bound as trusted. */
function trustedExpr(expr: Expr, as: string, model: string, binding: PolicyBinding): Expr<BoundScan> {
  const lowered = lowerCondition(expr, policyScope(binding, as, model))
  return bindExpr(lowered, { ...binding, system: false, guarded: new Map() })
}

export function bindExpr(expr: Expr<Scan>, binding: Binding): Expr<BoundScan> {
  switch (expr.kind) {
    case 'field':
      return guardField(expr, binding)
    case 'some':
    case 'every':
    case 'none': {
      const { scan, inside } = bindScan(expr.from, binding)
      return { kind: expr.kind, from: scan, where: bindExpr(expr.where, inside) }
    }
    case 'aggregate': {
      const { scan, inside } = bindScan(expr.from, binding)
      return { kind: 'aggregate', fn: expr.fn, from: scan, ...(expr.of ? { of: bindExpr(expr.of, inside) } : {}) }
    }
    case 'via': {
      const { scan, inside } = bindScan(expr.from, binding)
      return { kind: 'via', from: scan, value: bindExpr(expr.value, inside) }
    }
    default:
      return mapChildren<Scan, BoundScan>(
        expr,
        (child) => bindExpr(child, binding),
        (from) => bindScan(from, binding).scan,
      )
  }
}

/** A field with a read rule of its own is null to whom the rule does not let read it, wherever it is used. */
function guardField(expr: Expr & { kind: 'field' }, binding: Binding): Expr<BoundScan> {
  const model = binding.guarded.get(expr.row)
  const rule = model === undefined ? undefined : binding.manifest.policies[model]?.fields?.[expr.field]?.read
  if (model === undefined || rule === undefined || isAlways(rule)) return expr
  const type = binding.manifest.models[model]?.fields[expr.field]?.type ?? { kind: 'text' }
  return {
    kind: 'case',
    branches: [{ when: trustedExpr(rule, expr.row, model, binding), then: expr }],
    otherwise: { kind: 'literal', value: null, type },
  }
}

export function bindShape(shape: PlanShape<Scan>, binding: Binding): PlanShape<BoundScan> {
  switch (shape.kind) {
    case 'value':
      return { ...shape, expr: bindExpr(shape.expr, binding) }
    case 'object':
      return {
        kind: 'object',
        members: Object.fromEntries(
          Object.entries(shape.members).map(([name, member]) => [name, bindShape(member, binding)]),
        ),
      }
    case 'one':
    case 'list': {
      const { scan, inside } = bindScan(shape.from, binding)
      return { ...shape, from: scan, item: bindShape(shape.item, inside) }
    }
    case 'groups': {
      const { scan, inside } = bindScan(shape.from, binding)
      return mapGroups(shape, scan, (expr) => bindExpr(expr, inside))
    }
    case 'page': {
      const { scan, inside } = bindScan(shape.from, binding)
      const sort = Object.entries(shape.sort).map(([name, expr]) => [name, bindExpr(expr, inside)])
      return { ...shape, from: scan, item: bindShape(shape.item, inside), sort: Object.fromEntries(sort) }
    }
  }
}

export const bindChecks = (checks: readonly Check<Scan>[], binding: Binding): readonly Check<BoundScan>[] =>
  checks.map((check) => ({ ...check, rule: bindExpr(check.rule, binding) }))
