import type { Expr } from '../expr/expr.ts'
import { type Known, simplifyCondition } from '../expr/simplify.ts'
import { has, rewrite } from '../expr/walk.ts'
import type { CompiledOperation, Manifest } from '../manifest/manifest.ts'
import { type Asked, askedOf, requiredOf } from './asked.ts'
import { byIds, idsInput } from './by-ids.ts'
import { all, always, either, isAlways, isNotNull } from './condition.ts'
import { givenPaths } from './given.ts'
import { planOperation } from './passes.ts'
import type { BoundScan, Check, OperationPlan, PlanShape, WritePlan } from './plan.ts'
import { requiredRows, withoutRequired } from './required.ts'
import { saidOf } from './said.ts'
import { specialize } from './specialize.ts'

/** A rule that decides who may call an operation, whatever the state of the rows: a policy's, or a field's. */
export type Right = Pick<Asked, 'place' | 'rule' | 'model' | 'as' | 'of'>

/**
 * The rules that decide who may call an operation, all of which must hold, whatever a caller sends, or who sends the
 * `least`: nothing that may be left out. What the operation itself sets, as the owner of a new row, stands in for the field.
 */
export function rightsOf(
  operation: CompiledOperation,
  manifest: Manifest,
  sending: 'anything' | 'least',
): readonly Right[] {
  const plan = specialize(planOperation(operation, { manifest, system: false }), sentBy(operation, sending))
  const { write, answer } = plan
  if (!write) return answer ? seen(answer, manifest) : []
  const set = known(write)
  const own = askedOf(plan, manifest)
    .filter(({ of, kind }) => of !== 'child' && of !== 'there' && (kind === 'policy' || kind === 'field'))
    .map((one) => {
      const rule = rewrite(one.rule, unlessSent)
      return { ...one, rule: one.of === 'fresh' ? withValues(rule, one.as, set) : rule }
    })
  return write.kind === 'create' ? own : asFound(write.target, own, manifest)
}

/**
 * Rules about the row that a scan finds, with what the scan itself says of it: that it is the actor's own stands in them
 * for the field; what the caller says finds the row and decides nothing; anything else has to hold too.
 */
function asFound(scan: BoundScan, rules: readonly Right[], manifest: Manifest): readonly Right[] {
  const said = saidOf(scan, manifest).filter((part) => !has<BoundScan>(part, isSent))
  const own = new Map(said.flatMap((part) => actorsOwn(part, scan.as)))
  const others = said.filter((part) => actorsOwn(part, scan.as).length === 0)
  return [
    ...inTenant(scan, manifest),
    ...others.map((rule) => ({ ...read(scan.model, scan.as, rule), place: `${scan.model}.where` })),
    ...rules.map((one) => (one.as === scan.as ? { ...one, rule: withValues(one.rule, scan.as, own) } : one)),
  ]
}

/** `row.authorId = actor.id` */
function actorsOwn(part: Expr<BoundScan>, as: string): readonly (readonly [field: string, value: Expr<BoundScan>])[] {
  if (part.kind !== 'call' || part.fn !== 'eq') return []
  const [left, right] = part.args
  return left?.kind === 'field' && left.row === as && right?.kind === 'actor' ? [[left.field, right]] : []
}

const isSent = ({ kind }: Expr<BoundScan>): boolean => kind === 'input' || kind === 'item' || kind === 'given'

/** Whoever is in no tenant sees none of the rows that belong to tenants. */
function inTenant({ model, as }: BoundScan, manifest: Manifest): readonly Right[] {
  const { tenant, fields } = manifest.models[model] ?? {}
  if (!tenant) return []
  const type = fields?.[tenant.field]?.type ?? { kind: 'ref' }
  const rule = isNotNull<BoundScan>({ kind: 'actor', field: tenant.actor, type })
  return [{ place: `${model}.tenant`, rule, model, as, of: 'found' }]
}

function sentBy(operation: CompiledOperation, sending: 'anything' | 'least'): Known {
  if (sending === 'anything') return {}
  const optional = new Set(givenPaths(operation).map((path) => JSON.stringify(path)))
  return { sent: (path) => !optional.has(JSON.stringify(path)) }
}

/** What is asked only of who sends something holds for who does not: that is not known. */
const unlessSent = (expr: Expr<BoundScan>): Expr<BoundScan> | undefined =>
  expr.kind === 'given' && (!expr.otherwise || isAlways(expr.otherwise))
    ? either([{ kind: 'input', path: expr.path, type: { kind: 'boolean' } }, expr.then])
    : undefined

const withValues = (rule: Expr<BoundScan>, as: string, values: ReadonlyMap<string, Expr<BoundScan>>): Expr<BoundScan> =>
  rewrite(rule, (expr) => (expr.kind === 'field' && expr.row === as ? values.get(expr.field) : undefined))

const read = (model: string, as: string, rule: Expr<BoundScan>): Right => ({
  place: `${model}.policy.read`,
  rule,
  model,
  as,
  of: 'found',
})

/**
 * What a read is about: the rows that must be there, or there is no answer; where none must, those that it lists, of which
 * whoever asks sees as many as the rules let through. With the rows that have to be shown with them.
 */
function seen(answer: PlanShape<BoundScan>, manifest: Manifest): readonly Right[] {
  const required = requiredOf(answer).filter(({ nullable }) => !nullable)
  const shown = required.length > 0 ? required : listed(answer).slice(0, 1)
  return shown.flatMap((one) => {
    const { model, as, policy } = one.from
    const along = one.kind === 'groups' ? [] : requiredRows(one.item)
    const rules = [read(model, as, policy), ...along.map(({ rule }) => read(model, as, rule))]
    return one.kind === 'one'
      ? asFound(withoutRequired(one.from, along), rules, manifest)
      : [...inTenant(one.from, manifest), ...rules]
  })
}

type Listed = PlanShape<BoundScan> & { readonly kind: 'list' | 'page' | 'groups' }

function listed(answer: PlanShape<BoundScan>): readonly Listed[] {
  if (answer.kind === 'object') return Object.values(answer.members).flatMap(listed)
  return answer.kind === 'list' || answer.kind === 'page' || answer.kind === 'groups' ? [answer] : []
}

/** The values of a write that do not hang on what is sent or on what is stored. */
function known(write: WritePlan<BoundScan>): ReadonlyMap<string, Expr<BoundScan>> {
  const values = write.kind === 'create' ? write.values : write.kind === 'update' ? write.set : {}
  return new Map(Object.entries(values).filter(([, value]) => !has<BoundScan>(value, hangsOnMore)))
}

const hangsOnMore = ({ kind }: Expr<BoundScan>): boolean =>
  kind === 'input' || kind === 'item' || kind === 'given' || kind === 'field' || kind === 'via' || kind === 'aggregate'

/** What comes of rules where some things are known: true, false, or what is left to be asked. */
export function decided(
  rules: readonly Expr<BoundScan>[],
  known: (expr: Expr<BoundScan>) => Expr<BoundScan> | undefined,
): Expr<BoundScan> {
  return simplifyCondition(rewrite(all(rules) ?? always, known))
}

/**
 * The plan that finds out for which of several rows an operation may be called: its own rules, and of a write nothing but
 * who may. Undefined: it is not about a row that can be named by its id.
 */
export function rightsPlan(operation: CompiledOperation, manifest: Manifest): OperationPlan<BoundScan> | undefined {
  const asked = byIds(operation, manifest)
  if (!asked) return undefined
  const sent = (path: readonly string[]) => path.length === 1 && path[0] === idsInput
  const { write, answer } = specialize(planOperation(asked, { manifest, system: false }), { sent })
  if (!write) return answer && { answer }
  const checks = rightsAmong(write.checks)
  return {
    write:
      write.kind === 'update' ? { ...write, checks, newChecks: rightsAmong(write.newChecks) } : { ...write, checks },
  }
}

const rightsAmong = (checks: readonly Check<BoundScan>[]): readonly Check<BoundScan>[] =>
  checks.filter(({ failure }) => failure.kind === 'policy' || failure.kind === 'field' || failure.kind === 'tenant')
