import type { Expr } from '../expr/expr.ts'
import type {
  ChildCreate,
  CreateWrite,
  DeleteWrite,
  PurgeWrite,
  RestoreWrite,
  Shape,
  UpdateWrite,
  Write,
} from '../manifest/manifest.ts'
import { wholeKey, withoutTenant } from '../manifest/tenant.ts'
import type { FieldDefinition } from '../model/definition.ts'
import { cascadeOf } from './cascade.ts'
import { all, always, equal, field, literal, never } from './condition.ts'
import { generatedValues } from './generated.ts'
import { limits } from './limits.ts'
import { lowerCondition, lowerExpr, lowerShape } from './lower.ts'
import type { Check, ChildPlan, CreatePlan, DeletePlan, ExistsPlan, Rows, Scan, UpdatePlan, WritePlan } from './plan.ts'
import { fieldRules, policyCheck, references, tenantCheck } from './rules.ts'
import { modelOf, type Scope, withRow } from './scope.ts'
import { ofTenant } from './tenant.ts'

/** The variables of a write: the row as it was, as it is about to be (in an upsert: as the one that is there will be), as it was written. */
export const rows = { old: 'o', fresh: 'n', written: 'w', upserted: 'u' } as const

/** What a write changes, with every rule it must meet. `scope` has no rows in it; `answers`: what the operation answers. */
export function planWrite(write: Write, scope: Scope, answers?: Shape): WritePlan<Scan> {
  switch (write.kind) {
    case 'create':
      return planCreate(write, scope, answers)
    case 'update':
      return planUpdate(write, scope)
    case 'delete':
      return planDelete(write, scope)
    case 'restore':
      return planRestore(write, scope)
    case 'purge':
      return planPurge(write, scope)
  }
}

const emitsOf = (write: Write, scope: Scope): WritePlan<Scan>['emits'] =>
  (write.emits ?? []).map(({ event, payload }) => ({
    event,
    row: rows.written,
    payload: lowerValues(payload, withRow(scope, 'row', { as: rows.written, model: write.model })),
  }))

const lowerValues = (values: Readonly<Record<string, Expr>>, scope: Scope): Readonly<Record<string, Expr<Scan>>> =>
  Object.fromEntries(Object.entries(values).map(([name, expr]) => [name, lowerExpr(expr, scope)]))

function planCreate(write: CreateWrite, scope: Scope, answers: Shape | undefined): CreatePlan<Scan> {
  const inside = withRow(scope, 'row', { as: rows.fresh, model: write.model })
  return {
    kind: 'create',
    model: write.model,
    row: rows.fresh,
    ...(write.each ? { each: write.each } : {}),
    values: completeValues(write.model, rows.fresh, write.values, inside),
    checks: createChecks(write.model, rows.fresh, write.values, inside),
    children: Object.entries(write.children ?? {}).map(([relation, child], index) =>
      planChild(write.model, relation, child, `c${index}`, inside),
    ),
    ...(write.exists ? { exists: planExists(write, write.exists, inside, answers) } : {}),
    emits: emitsOf(write, scope),
  }
}

function createChecks(
  model: string,
  row: string,
  values: Readonly<Record<string, Expr>>,
  scope: Scope,
): readonly Check<Scan>[] {
  const rule = scope.manifest.policies[model]?.create ?? never
  // What is not there comes first (404, 422), then who may (403): a rule about a missing row could only say no. Whoever
  // is in no tenant sees nothing at all.
  return [
    ...tenantCheck(model, row, scope),
    ...references(model, row, values, scope),
    policyCheck(rule, `${model}.policy.create`, row, model, scope),
    ...fieldRules(model, row, values, scope),
    ...limits(model, row, values, scope),
  ]
}

const text = { kind: 'text' } as const

/** Every column a new row gets: what was given, else the default, else null. The id is made by the statement. */
function completeValues(
  model: string,
  row: string,
  values: Readonly<Record<string, Expr>>,
  scope: Scope,
): Readonly<Record<string, Expr<Scan>>> {
  const definition = modelOf(scope.manifest, model)
  const complete: Record<string, Expr<Scan>> = {}
  for (const [name, stored] of Object.entries(definition.fields)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (name === definition.id && value === undefined) continue
    if (stored.computed !== undefined || stored.generated || stored.type.kind === 'search') continue
    // What is not given is for the column itself to say, where it does.
    if (stored.default?.kind === 'database' || stored.identity !== undefined) {
      if (value !== undefined) complete[name] = unlessUnsent(value, scope)
      continue
    }
    const otherwise = defaultValue(stored)
    if (value === undefined) complete[name] = otherwise
    else if (value.kind === 'given' && value.otherwise === undefined) {
      complete[name] = { ...value, then: lowerExpr(value.then, scope), otherwise }
    } else complete[name] = lowerExpr(value, scope)
  }
  const filling = (name: string): Expr<Scan> =>
    complete[name] ?? (name === definition.id ? field(row, name) : literal(null, definition.fields[name]?.type ?? text))
  return { ...complete, ...generatedValues(model, filling, scope) }
}

/** A value that stays out where its input was not sent. */
const unlessUnsent = (value: Expr, scope: Scope): Expr<Scan> => {
  if (value.kind !== 'given' || value.otherwise !== undefined) return lowerExpr(value, scope)
  const { path, as, then } = value
  return { kind: 'given', path, ...(as === undefined ? {} : { as }), then: lowerExpr(then, scope) }
}

function defaultValue(field: FieldDefinition): Expr<Scan> {
  switch (field.default?.kind) {
    case 'value':
      return { kind: 'literal', value: field.default.value, type: field.type }
    case 'now':
      return { kind: 'now' }
    case 'actor':
      return { kind: 'actor', field: field.default.field, type: field.type }
    default:
      return literal(null, field.type)
  }
}

/** Children see the parent that is being created with them: their policy may ask who owns it. */
function planChild(parent: string, relation: string, child: ChildCreate, row: string, scope: Scope): ChildPlan<Scan> {
  const definition = modelOf(scope.manifest, parent)
  const { model, field } = definition.relations[relation] ?? { model: '', field: '' }
  const reads: Scope['reads'] = (name) => (name === parent ? 'pending' : scope.reads(name))
  const values = { ...child.values, [field]: { kind: 'field', row: 'row', field: definition.id } } satisfies Record<
    string,
    Expr
  >
  const own = withRow({ ...scope, reads }, 'child', { as: row, model })
  return {
    relation,
    model,
    each: child.each,
    row,
    values: completeValues(model, row, values, scope),
    checks: createChecks(model, row, child.values, own),
  }
}

function planExists(
  write: CreateWrite,
  exists: NonNullable<CreateWrite['exists']>,
  scope: Scope,
  answers: Shape | undefined,
): ExistsPlan<Scan> {
  const policy = scope.manifest.policies[write.model]
  const model = write.model
  const old = withRow(scope, 'row', { as: rows.old, model })
  const read = policyCheck(policy?.read ?? never, `${model}.policy.read`, rows.old, model, scope)
  // What is unique over all tenants may be another's.
  const definition = modelOf(scope.manifest, model)
  const seen = { ...read, rule: all([ofTenant(definition, rows.old), read.rule]) ?? always }
  const key = wholeKey(definition, exists.key) ?? exists.key
  const set = exists.set ?? {}
  return {
    key,
    said: withoutTenant(definition, key),
    then: exists.then,
    old: rows.old,
    ...(exists.then === 'update' && !write.each && answers ? { represents: lowerShape(answers, old) } : {}),
    set:
      exists.then === 'keep'
        ? {}
        : withGenerated(model, rows.old, { ...lowerValues(set, old), ...stamps(model, set, scope) }, scope),
    checks:
      exists.then === 'keep'
        ? [seen]
        : [
            seen,
            policyCheck(policy?.update?.from ?? never, `${model}.policy.update`, rows.old, model, scope),
            policyCheck(policy?.update?.to ?? never, `${model}.policy.update`, rows.upserted, model, scope),
            ...fieldRules(model, rows.old, set, scope),
            ...references(model, rows.upserted, set, scope),
            ...limits(model, rows.upserted, set, scope),
          ],
  }
}

/** The values of an update, with what the database makes of them and of what stays as it is. */
function withGenerated(
  model: string,
  old: string,
  set: Readonly<Record<string, Expr<Scan>>>,
  scope: Scope,
): Readonly<Record<string, Expr<Scan>>> {
  const filling = (name: string): Expr<Scan> => {
    const before = field(old, name)
    const value = set[name] ?? before
    return value.kind === 'given' && value.otherwise === undefined ? { ...value, otherwise: before } : value
  }
  return { ...set, ...generatedValues(model, filling, scope) }
}

/** Fields that change with every update, unless the update sets them itself. */
const stamps = (
  model: string,
  set: Readonly<Record<string, Expr>>,
  scope: Scope,
): Readonly<Record<string, Expr<Scan>>> =>
  Object.fromEntries(
    Object.entries(modelOf(scope.manifest, model).fields)
      .filter(([name, field]) => field.onUpdate === 'now' && !Object.hasOwn(set, name))
      .map(([name]) => [name, { kind: 'now' }]),
  )

/** The rows a change is about: what the target says, as far as the actor may see them. */
function targetScan(model: string, target: Expr, scope: Scope, which?: Rows): Scan {
  const where = all([lowerCondition(target, withRow(scope, 'row', { as: rows.old, model }))])
  return {
    model,
    as: rows.old,
    trusted: false,
    reads: 'stored',
    ...(which ? { rows: which } : {}),
    ...(where ? { where } : {}),
  }
}

const preconditions = (where: Expr | undefined, scope: Scope): readonly Check<Scan>[] =>
  where ? [{ rule: lowerExpr(where, scope), failure: { kind: 'precondition' } }] : []

function planUpdate(write: UpdateWrite, scope: Scope): UpdatePlan<Scan> {
  const { model } = write
  const policy = scope.manifest.policies[model]?.update
  const old = withRow(scope, 'row', { as: rows.old, model })
  return {
    kind: 'update',
    model,
    ...(write.each ? { each: write.each } : {}),
    target: targetScan(model, write.target, scope),
    checks: [
      policyCheck(policy?.from ?? never, `${model}.policy.update`, rows.old, model, scope),
      ...fieldRules(model, rows.old, write.set, scope),
      ...preconditions(write.where, old),
    ],
    set: withGenerated(model, rows.old, { ...lowerValues(write.set, old), ...stamps(model, write.set, scope) }, scope),
    row: rows.fresh,
    newChecks: [
      policyCheck(policy?.to ?? never, `${model}.policy.update`, rows.fresh, model, scope),
      ...references(model, rows.fresh, write.set, scope),
      ...limits(model, rows.fresh, write.set, scope),
    ],
    ...(write.represents ? { represents: lowerShape(write.represents, old) } : {}),
    emits: emitsOf(write, scope),
  }
}

function planDelete(write: DeleteWrite, scope: Scope): DeletePlan<Scan> {
  const { model } = write
  const old = withRow(scope, 'row', { as: rows.old, model })
  return {
    kind: 'delete',
    model,
    ...(write.each ? { each: write.each } : {}),
    target: targetScan(model, write.target, scope),
    checks: [
      policyCheck(scope.manifest.policies[model]?.delete ?? never, `${model}.policy.delete`, rows.old, model, scope),
      ...preconditions(write.where, old),
    ],
    absent: write.absent ?? 'refused',
    ...(modelOf(scope.manifest, model).softDelete === undefined ? {} : { keeps: cascadeOf(model, scope.manifest) }),
    ...(write.represents ? { represents: lowerShape(write.represents, old) } : {}),
    emits: emitsOf(write, scope),
  }
}

/** An update of deleted rows that makes them live again. */
function planRestore(write: RestoreWrite, scope: Scope): UpdatePlan<Scan> {
  const { model } = write
  const { softDelete = '' } = modelOf(scope.manifest, model)
  const rule = scope.manifest.policies[model]?.restore ?? never
  return {
    kind: 'update',
    verb: 'restore',
    model,
    target: targetScan(model, write.target, scope, 'deleted'),
    checks: [policyCheck(rule, `${model}.policy.restore`, rows.old, model, scope)],
    set: { [softDelete]: literal(null, { kind: 'timestamp' }) },
    row: rows.fresh,
    newChecks: livingParents(model, rows.fresh, scope),
    restores: cascadeOf(model, scope.manifest),
    emits: emitsOf(write, scope),
  }
}

/** What lives names nothing deleted, but where a reference may be missing. */
function livingParents(model: string, row: string, scope: Scope): readonly Check<Scan>[] {
  const { fields } = modelOf(scope.manifest, model)
  return Object.entries(fields).flatMap(([name, { type, optional }]): Check<Scan>[] => {
    const target = type.kind === 'ref' ? type.model : undefined
    if (optional || target === undefined) return []
    const { id, softDelete } = modelOf(scope.manifest, target)
    if (softDelete === undefined) return []
    const as = scope.fresh()
    const where = equal(field(as, id), field(row, name))
    const from: Scan = { model: target, as, trusted: true, reads: 'stored', where }
    return [{ rule: { kind: 'some', from, where: always }, failure: { kind: 'parent', field: name, model: target } }]
  })
}

function planPurge(write: PurgeWrite, scope: Scope): DeletePlan<Scan> {
  const { model } = write
  const rule = scope.manifest.policies[model]?.purge ?? never
  const target = targetScan(model, write.target, scope, 'deleted')
  const { along } = cascadeOf(model, scope.manifest)
  const historied = along.some((edge) => modelOf(scope.manifest, edge.model).history)
  return {
    kind: 'delete',
    verb: 'purge',
    model,
    target: write.limit ? { ...target, limit: lowerExpr(write.limit, scope) } : target,
    checks: [policyCheck(rule, `${model}.policy.purge`, rows.old, model, scope)],
    absent: write.absent ?? 'refused',
    ...(historied ? { removes: { along, held: [] } } : {}),
    emits: emitsOf(write, scope),
  }
}
