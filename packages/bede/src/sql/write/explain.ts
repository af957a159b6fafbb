import { describe } from '../../declare/describe.ts'
import type { Expr } from '../../expr/expr.ts'
import { always } from '../../plan/condition.ts'
import type { BoundScan, Check, WritePlan } from '../../plan/plan.ts'
import { rows } from '../../plan/write.ts'
import { identifier, type SqlContext } from '../context.ts'
import { holds } from '../expression.ts'
import { deleteClauses, matches, updateClauses } from './change.ts'
import { firstFailure } from './checks.ts'
import { clause, withClauses } from './clauses.ts'
import { proposalClauses, rowThere } from './create.ts'

export const explanationShape = ['found', 'failed', 'clauses'] as const

/**
 * The second statement (law 4), paid only by a refusal: how many rows the write is about and which check fails first.
 * `detailed`: also, clause by clause, what each policy and precondition said (`[check, clause, true | false]`).
 */
export function explainWrite(
  write: WritePlan<BoundScan>,
  request: { ifMatch: boolean; detailed: boolean },
  context: SqlContext,
): string {
  if (write.kind === 'create') {
    const clauses = withClauses(proposalClauses(write, context), context)
    const said = request.detailed
      ? saidBy([{ checks: write.checks, first: 0, from: clause.fresh, row: rows.fresh }], write, context)
      : 'null::text'
    return `${clauses} select ${existing(write, request.ifMatch, context)}::text as "found", (select min("$failed")::text from "$checked") as "failed", ${said} as "clauses"`
  }
  const dry = { ifMatch: request.ifMatch, dry: true }
  const clauses = write.kind === 'update' ? updateClauses(write, dry, context) : deleteClauses(write, dry, context)
  const said = request.detailed ? saidBy(spoken(write), write, context) : 'null::text'
  return `${withClauses(clauses, context)} select (select count(*) from "$checked")::text as "found", (select min("$failed")::text from "$checked") as "failed", ${said} as "clauses"`
}

/** Checks with the number of the first, and the clause and variable on which they are asked. */
interface Spoken {
  readonly checks: readonly Check<BoundScan>[]
  readonly first: number
  readonly from: string
  readonly row: string
}

const spoken = (write: WritePlan<BoundScan> & { kind: 'update' | 'delete' }): readonly Spoken[] => {
  const old: Spoken = { checks: write.checks, first: 0, from: clause.old, row: rows.old }
  if (write.kind === 'delete') return [old]
  return [old, { checks: write.newChecks, first: write.checks.length + 1, from: clause.fresh, row: rows.fresh }]
}

/** For an upsert: the number of the first check that the row already there fails, or -1 where there is none. */
function existing(write: WritePlan<BoundScan> & { kind: 'create' }, ifMatch: boolean, context: SqlContext): string {
  const { exists } = write
  if (!exists) return '(-1)'
  context.rows.set(exists.old, write.model)
  // What is asked of the row as it will be keeps its number, and is not asked here.
  const own = exists.checks.map((check) => (speaksOf(check.rule, rows.upserted) ? { ...check, rule: always } : check))
  const failed = firstFailure(own, context, 0, ifMatch ? [matches(exists.represents, context)] : [])
  return `coalesce((${rowThere(write, exists, context, `min(coalesce(${failed}, ${own.length}))`)}), -1)`
}

const speaksOf = (rule: Expr<BoundScan>, row: string): boolean => JSON.stringify(rule).includes(`"row":"${row}"`)

/** The clauses of a policy: the sides of its `or` or `and`, else the whole. */
export const clausesOf = (rule: Expr<BoundScan>): readonly Expr<BoundScan>[] =>
  rule.kind === 'call' && (rule.fn === 'or' || rule.fn === 'and') ? rule.args : [rule]

/** Where a check that a person wrote stands in the declaration; the others say all there is to say by their kind. */
function declaredPlace({ failure }: Check<BoundScan>, { model }: WritePlan<BoundScan>): string | undefined {
  if (failure.kind === 'precondition') return `${model}.where`
  return failure.kind === 'policy' || failure.kind === 'field' ? failure.place : undefined
}

function saidBy(parts: readonly Spoken[], write: WritePlan<BoundScan>, context: SqlContext): string {
  const said = parts.flatMap(({ checks, first, from, row }) =>
    checks.flatMap((check, index) =>
      clausesOf(check.rule).map((rule, at) => {
        const held = declaredPlace(check, write) === undefined ? 'true' : holds(rule, context)
        return `json_build_array(${first + index}, ${at}, (select ${held} from ${identifier(context, from)} ${identifier(context, row)} limit 1))`
      }),
    ),
  )
  return said.length === 0 ? 'null::text' : `json_build_array(${said.join(', ')})::text`
}

/** The clauses of the failed check that did not hold, in words: `article.policy.update: row.authorId.eq(actor.id)`. */
export function clausesInWords(
  write: WritePlan<BoundScan>,
  failed: number,
  said: readonly (readonly [number, number, boolean | null])[],
): readonly { readonly place: string; readonly message: string }[] {
  const parts = write.kind === 'create' ? [{ checks: write.checks, first: 0 }] : spoken(write)
  const part = parts.find(({ checks, first }) => failed >= first && failed < first + checks.length)
  const check = part?.checks[failed - part.first]
  const place = check && declaredPlace(check, write)
  if (!check || place === undefined) return []
  return said.flatMap(([index, at, held]) => {
    const rule = clausesOf(check.rule)[at]
    return index === failed && !held && rule ? [{ place, message: inWords(rule) }] : []
  })
}

/** What a clause says, and that it does not hold. */
export const inWords = (rule: Expr<BoundScan>): string =>
  rule.kind === 'literal'
    ? 'Nothing allows it: the policy does not state it'
    : `${describe(aboutRow(rule))} does not hold`

/** The plan's variables of the row a rule is about are called `row`, as in the declaration; others by their model. */
function aboutRow(rule: Expr<BoundScan>): Expr<BoundScan> {
  const names = new Map<unknown, string>(['n', 'o', 'u', 'w', 't0'].map((name) => [name, 'row']))
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename)
    if (typeof value !== 'object' || value === null) return value
    if ('as' in value && 'model' in value && typeof value.model === 'string') names.set(value.as, value.model)
    if ('from' in value) rename(value.from) // a source names its rows before what is said of them
    const members = Object.entries(value).map(([name, member]) => [
      name,
      name === 'row' ? (names.get(member) ?? member) : rename(member),
    ])
    return Object.fromEntries(members)
  }
  return rename(rule) as Expr<BoundScan>
}
