import type { Expr } from '../expr/expr.ts'
import { has } from '../expr/walk.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { isAlways } from './condition.ts'
import type { BoundScan, Check, OneShape, OperationPlan, PlanShape, WritePlan } from './plan.ts'
import { requiredRows } from './required.ts'
import { eachExpr } from './shown.ts'
import { rows } from './write.ts'

/**
 * The rows that a rule is asked of: those the call is about, seen or not; of these the visible, as they are; as they are
 * about to be; those already there that an upsert finds; the children made with a new row.
 */
export type AskedOf = 'found' | 'old' | 'fresh' | 'there' | 'child'

/** A rule that a call has to meet, and of which rows it is asked. */
export interface Asked {
  /** Where the declaration states it: `article.policy.update`. */
  readonly place: string
  /** What it is about: `update of article`. */
  readonly about: string
  /** A `fact` is no rule that anybody wrote, and is said in these words. */
  readonly kind: 'policy' | 'field' | 'precondition' | 'allow' | 'fact'
  readonly fact?: string
  readonly rule: Expr<BoundScan>
  readonly of: AskedOf
  /** Which, where there are several: of the rows that a read must find, of the children. */
  readonly at: number
  readonly model: string
  /** The rule's variable for such a row. */
  readonly as: string
  /** The number under which a statement reports its failure; of what is `there`, its place among those. */
  readonly number?: number
}

/** Every rule that decides whether a call of this plan is let through, in the order in which they are asked. */
export function askedOf(plan: OperationPlan<BoundScan>, manifest: Manifest): readonly Asked[] {
  const { write, answer } = plan
  // What was not sent is not asked about.
  if (write)
    return askedOfWrite(write).filter(({ kind, rule }) => !(isAlways(rule) && (kind === 'field' || kind === 'fact')))
  return requiredOf(answer).flatMap((one, at) => [
    visible(one.from, at),
    ...requiredRows(one.item).map(({ scan, rule }) => ({ ...visible(one.from, at), ...readOf(scan.model), rule })),
    ...shownFields(one, at, manifest),
  ])
}

/** The rows that an answer must have, or it is a 404. */
export function requiredOf(answer: PlanShape<BoundScan> | undefined): readonly OneShape<BoundScan>[] {
  if (answer?.kind === 'one') return [answer]
  if (answer?.kind !== 'object') return []
  return Object.values(answer.members).flatMap((member) => (member.kind === 'one' && !member.nullable ? [member] : []))
}

const readOf = (model: string) => ({ place: `${model}.policy.read`, about: `read of ${model}` })

const visible = ({ model, as, policy }: BoundScan, at = 0): Asked => ({
  ...readOf(model),
  kind: 'policy',
  rule: policy,
  of: 'found',
  at,
  model,
  as,
})

function askedOfWrite(write: WritePlan<BoundScan>): readonly Asked[] {
  const { model } = write
  const own = (checks: readonly Check<BoundScan>[], of: 'old' | 'fresh', first: number): readonly Asked[] =>
    checks.map((check, index) => ({ ...asked(check, model), of, at: 0, model, as: rows[of], number: first + index }))
  switch (write.kind) {
    case 'create': {
      let number = write.checks.length
      const children = write.children.flatMap(({ checks, model, row }, at) =>
        checks.map((check): Asked => ({ ...asked(check, model), of: 'child', at, model, as: row, number: number++ })),
      )
      return [...own(write.checks, 'fresh', 0), ...children, ...existing(write)]
    }
    case 'update':
      return [
        visible(write.target),
        ...own(write.checks, 'old', 0),
        ...own(write.newChecks, 'fresh', write.checks.length + 1),
      ]
    case 'delete':
      return [visible(write.target), ...own(write.checks, 'old', 0)]
  }
}

/** Of the row that is there. What is asked of it as it will be only the write itself can ask. */
const existing = ({ exists, model }: WritePlan<BoundScan> & { kind: 'create' }): readonly Asked[] =>
  (exists?.checks ?? []).flatMap((check, number): Asked[] =>
    exists && !speaksOf(check.rule, rows.upserted)
      ? [{ ...asked(check, model), of: 'there', at: 0, model, as: exists.old, number }]
      : [],
  )

export const speaksOf = (rule: Expr<BoundScan>, row: string): boolean =>
  has<BoundScan>(rule, (expr) => expr.kind === 'field' && expr.row === row)

function asked(
  { rule, failure }: Check<BoundScan>,
  model: string,
): Pick<Asked, 'place' | 'about' | 'kind' | 'fact' | 'rule'> {
  switch (failure.kind) {
    case 'policy':
      return {
        kind: 'policy',
        place: failure.place,
        about: `${failure.place.slice(failure.place.lastIndexOf('.') + 1)} of ${model}`,
        rule,
      }
    case 'field':
      return { kind: 'field', place: failure.place, about: `writing ${model}.${failure.field}`, rule }
    case 'tenant':
      return { kind: 'policy', place: `${model}.tenant`, about: `tenant of ${model}`, rule }
    case 'precondition':
      return { kind: 'precondition', place: `${model}.where`, about: `precondition on ${model}`, rule }
    default:
      return { kind: 'fact', place: placeOf(failure, model), about: model, fact: factOf(failure), rule }
  }
}

type Fact = Exclude<Check<BoundScan>['failure'], { kind: 'policy' | 'field' | 'tenant' | 'precondition' }>

const placeOf = (failure: Fact, model: string): string => ('field' in failure ? `${model}.${failure.field}` : model)

function factOf(failure: Fact): string {
  switch (failure.kind) {
    case 'reference':
      return `${failure.field} names a ${failure.model} that the actor may see`
    case 'lookup':
      return `there is a ${failure.model ?? failure.field} to be found`
    case 'parent':
      return `its ${failure.model} is not deleted`
    case 'limit':
      return `${failure.field} stays within its limits`
    case 'held':
      return `no ${failure.model} refers to it`
    case 'version':
      return 'it is the version that was named'
  }
}

/** The rules of the fields that the answer shows of the row itself. */
function shownFields({ from, item }: OneShape<BoundScan>, at: number, manifest: Manifest): readonly Asked[] {
  const rules = manifest.policies[from.model]?.fields ?? {}
  const found = new Map<string, Expr<BoundScan>>()
  eachExpr(item, (expr) => {
    if (expr.kind !== 'case') return
    const [branch] = expr.branches
    if (branch?.then.kind !== 'field' || branch.then.row !== from.as) return
    if (rules[branch.then.field]?.read) found.set(branch.then.field, branch.when)
  })
  return [...found].map(([field, rule]) => ({
    kind: 'field',
    place: `${from.model}.policy.fields.${field}.read`,
    about: `reading ${from.model}.${field}`,
    rule,
    of: 'found',
    at,
    model: from.model,
    as: from.as,
  }))
}

/** The rules that are asked of the same rows, in the order in which a statement answers for them. */
export function groupsOf(all: readonly Asked[]): readonly (readonly [first: Asked, ...more: Asked[]])[] {
  const groups = new Map<string, [Asked, ...Asked[]]>()
  for (const one of all) {
    const key = `${one.of} ${one.at}`
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()]
}
