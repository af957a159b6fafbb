import type { Source } from '../expr/expr.ts'
import type { CompiledOperation, Manifest, Shape, Write } from '../manifest/manifest.ts'
import { type Binding, bindChecks, bindExpr, bindScan, bindShape } from './bind.ts'
import { cascadeOf } from './cascade.ts'
import { lowerShape } from './lower.ts'
import type { BoundScan, Check, OperationPlan, PlanShape, Scan, WritePlan } from './plan.ts'
import { requireShape } from './require.ts'
import { freshNames, type Scope, withRow } from './scope.ts'
import { planWrite, rows } from './write.ts'

/** Whose call a plan is for: the system's binds no policies. */
export interface PlanFor {
  readonly manifest: Manifest
  readonly system: boolean
}

/** The passes, in order. Each is total and pure; `specialize` (per shape of request) follows at the first such call. */
export function planOperation(operation: CompiledOperation, { manifest, system }: PlanFor): OperationPlan<BoundScan> {
  const fresh = freshNames()
  const reads = readsOf(operation, manifest)
  const scope: Scope = { manifest, rows: new Map(), trusted: false, system, reads, fresh }
  const binding: Binding = { manifest, fresh, system, guarded: new Map(), reads }
  return bind(require(lower(operation, scope), manifest), binding)
}

/** After a write, whatever reads what it wrote sees it. */
function readsOf(operation: CompiledOperation, manifest: Manifest): Scope['reads'] {
  const { write } = operation
  if (!write) return () => 'stored'
  const children = write.kind === 'create' ? Object.keys(write.children ?? {}) : []
  const relations = manifest.models[write.model]?.relations ?? {}
  const along =
    (write.kind === 'delete' && manifest.models[write.model]?.softDelete !== undefined) || write.kind === 'restore'
      ? cascadeOf(write.model, manifest).along.map(({ model }) => model)
      : []
  const written = new Set([write.model, ...along, ...children.map((name) => relations[name]?.model)])
  return (model) => (written.has(model) ? 'overlay' : 'stored')
}

function lower(operation: CompiledOperation, scope: Scope): OperationPlan<Scan> {
  const { write, answers } = operation
  const before: Scope = { ...scope, reads: () => 'stored' }
  if (!write) return answers ? { answer: lowerShape(answers, scope) } : {}
  const planned = planWrite(represented(write, answers), before, answers)
  if (!answers) return { write: planned }
  if (!mentions(answers, 'row')) return { write: planned, answer: lowerShape(answers, scope) }
  const item = lowerShape(answers, withRow(scope, 'row', { as: rows.written, model: write.model }))
  const from: Scan = { model: write.model, as: rows.written, trusted: false, reads: 'written' }
  return { write: planned, answer: { kind: 'one', from, item, nullable: true }, written: rows.written }
}

/** What `If-Match` compares is the answer, unless the write says otherwise. */
const represented = (write: Write, answers: Shape | undefined): Write =>
  (write.kind !== 'update' && write.kind !== 'delete') || write.represents || !answers
    ? write
    : { ...write, represents: answers }

/** Whether a shape speaks of the row that `row` names; below a source that takes the name for its own rows it does not. */
const mentions = (shape: unknown, row: string): boolean => {
  if (Array.isArray(shape)) return shape.some((item) => mentions(item, row))
  if (typeof shape !== 'object' || shape === null) return false
  if ('row' in shape && shape.row === row) return true
  if ('from' in shape && isSource(shape.from) && shape.from.as === row) return shape.from.relation?.row === row
  return Object.values(shape).some((value) => mentions(value, row))
}

const isSource = (from: unknown): from is Source => typeof from === 'object' && from !== null && 'as' in from

function require(plan: OperationPlan<Scan>, manifest: Manifest): OperationPlan<Scan> {
  const { write, answer } = plan
  return {
    ...plan,
    ...(answer ? { answer: requireShape(answer, manifest) } : {}),
    ...(write ? { write: requireMatched(write, manifest) } : {}),
  }
}

function requireMatched(write: WritePlan<Scan>, manifest: Manifest): WritePlan<Scan> {
  if (write.kind !== 'create')
    return write.represents ? { ...write, represents: requireShape(write.represents, manifest) } : write
  const { exists } = write
  if (!exists?.represents) return write
  return { ...write, exists: { ...exists, represents: requireShape(exists.represents, manifest) } }
}

function bind(plan: OperationPlan<Scan>, binding: Binding): OperationPlan<BoundScan> {
  return {
    ...(plan.write ? { write: bindWrite(plan.write, { ...binding, reads: () => 'stored' }) } : {}),
    ...(plan.answer ? { answer: bindShape(plan.answer, binding) } : {}),
    ...(plan.written ? { written: plan.written } : {}),
  }
}

function bindWrite(write: WritePlan<Scan>, binding: Binding): WritePlan<BoundScan> {
  const values = (record: Readonly<Record<string, PlanExpr>>, inside = binding) =>
    Object.fromEntries(Object.entries(record).map(([name, expr]) => [name, bindExpr(expr, inside)]))
  const checks = (list: readonly Check<Scan>[]) =>
    bindChecks(binding.system ? list.filter(holdsForSystem) : list, binding)
  const emits = write.emits.map((emit) => ({ ...emit, payload: values(emit.payload) }))
  if (write.kind === 'create') {
    const { exists } = write
    // The row that is there is shown to this actor, with the rules of its fields.
    const seen = (row: string): Binding =>
      binding.system ? binding : { ...binding, guarded: new Map(binding.guarded).set(row, write.model) }
    return {
      ...write,
      emits,
      values: values(write.values),
      checks: checks(write.checks),
      children: write.children.map((child) => ({
        ...child,
        values: values(child.values),
        checks: checks(child.checks),
      })),
      ...(exists
        ? {
            exists: {
              ...exists,
              set: values(exists.set),
              checks: checks(exists.checks),
              ...(exists.represents ? { represents: bindShape(exists.represents, seen(exists.old)) } : {}),
            },
          }
        : {}),
    } as WritePlan<BoundScan>
  }
  const { scan: target, inside } = bindScan(write.target, binding)
  const represents = write.represents ? { represents: bindShape(write.represents, inside) as PlanShape<BoundScan> } : {}
  if (write.kind === 'delete') {
    return { ...write, ...represents, emits, target, checks: checks(write.checks) } as WritePlan<BoundScan>
  }
  return {
    ...write,
    ...represents,
    emits,
    target,
    checks: checks(write.checks),
    set: values(write.set, inside),
    newChecks: checks(write.newChecks),
  } as WritePlan<BoundScan>
}

type PlanExpr = Parameters<typeof bindExpr>[0]

/** The system is above policies, not above facts. */
const holdsForSystem = (check: Check<Scan>): boolean =>
  check.failure.kind === 'precondition' ||
  check.failure.kind === 'lookup' ||
  check.failure.kind === 'parent' ||
  check.failure.kind === 'limit' ||
  check.failure.kind === 'version'
