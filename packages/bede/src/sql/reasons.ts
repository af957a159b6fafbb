import type { Expr } from '../expr/expr.ts'
import { has } from '../expr/walk.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { type Asked, groupsOf } from '../plan/asked.ts'
import { blamed, clauseOf, type Judged, judge, leavesOf, type Truth } from '../plan/clause.ts'
import type { BoundScan } from '../plan/plan.ts'
import { aboutRow, inWords } from '../plan/words.ts'
import type { ProblemCode, ProblemDetail } from '../telemetry/problem.ts'
import type { Text } from './statement.ts'

/** What one rule said of one row. */
export interface Reason {
  readonly asked: Asked
  readonly judged: Judged
  /** Which of the rows it was asked of, and of a bulk which item: counted from zero. */
  readonly row: number
  readonly item?: number
}

/** What an explanation's `said` means, for the rules it was asked about, in their order. */
export function reasonsOf(all: readonly Asked[], text: Text | undefined): readonly Reason[] {
  if (text == null) return []
  const groups: readonly (readonly (readonly [item: number | null, truths: readonly Truth[]])[])[] = JSON.parse(text)
  return groupsOf(all).flatMap((rules, at) =>
    (groups[at] ?? []).flatMap(([item, truths], row) => {
      let next = 0
      return rules.map((asked): Reason => {
        const clause = clauseOf(asked.rule)
        const first = next
        next += leavesOf(clause).length
        return {
          asked,
          judged: judge(clause, truths.slice(first, next)),
          row,
          ...(item !== null && { item: item - 1 }),
        }
      })
    }),
  )
}

/** Whether one of the rows that a call is about is seen by the actor: every policy of some row found lets it through. */
export function seesRow(reasons: readonly Reason[], at = 0): boolean {
  const found = reasons.filter(({ asked }) => asked.of === 'found' && asked.at === at && asked.kind === 'policy')
  const hidden = new Set(found.filter(({ judged }) => judged.holds !== true).map(({ row }) => row))
  return found.some(({ row }) => !hidden.has(row))
}

/** Who asks: what is said of somebody who is not signed in differs. */
export interface Speaking {
  readonly manifest: Manifest
  readonly signedIn: boolean
}

/**
 * A sentence for each clause that keeps a rule from holding: ``update of article: policy clause `row.authorId = actor.id`
 * is false (article.authorId is another's)``.
 */
export const sentencesOf = ({ asked, judged }: Reason, speaking: Speaking): readonly string[] =>
  asked.kind === 'fact' && judged.holds !== true
    ? [`${asked.about}: it is not so that ${asked.fact}`]
    : blamed(judged).map((one) => sentence(asked, one, speaking))

function sentence(asked: Asked, judged: Judged, speaking: Speaking): string {
  const says = saysOf(judged, asked, speaking)
  if (says === 'never') return `${asked.about}: nothing allows it, the policy does not state it`
  const why = because(judged, asked, speaking)
  const kind = asked.kind === 'policy' || asked.kind === 'field' ? 'policy clause' : 'clause'
  return `${asked.about}: ${kind} \`${says}\` is ${judged.holds === null ? 'unknown' : 'false'}${why === undefined ? '' : ` (${why})`}`
}

/** A clause in words. */
export function saysOf(judged: Judged, asked: Asked, speaking: Speaking): string {
  const wording = aboutRow(speaking.manifest, asked.model, asked.as)
  const whole = (one: Judged): Expr<BoundScan> =>
    one.kind === 'leaf' ? one.rule : { kind: 'call', fn: one.kind, args: one.of.map(whole) }
  return inWords(whole(judged), wording)
}

/** Why a clause does not hold, where that can be said without a value. */
export function because(judged: Judged, asked: Asked, speaking: Speaking): string | undefined {
  if (judged.kind !== 'leaf' || judged.holds === true) return undefined
  if (!speaking.signedIn && mentionsActor(judged.rule)) return 'nobody is signed in'
  const own = /^row\.([\w.]+) = actor\.id$/.exec(saysOf(judged, asked, speaking))?.[1]
  if (own === undefined) return undefined
  return `${asked.model}.${own} is ${judged.holds === null ? 'empty' : "another's"}`
}

/** The same as details of a problem, in development. Facts say all there is to say by their kind. */
export function detailsOf(reasons: readonly Reason[], speaking: Speaking): readonly ProblemDetail[] {
  const said = reasons.flatMap((reason) => {
    const { kind, place } = reason.asked
    const code: ProblemCode = kind === 'precondition' ? 'conflict' : 'forbidden'
    return kind === 'fact' ? [] : sentencesOf(reason, speaking).map((message) => ({ place, code, message }))
  })
  const once = new Map(said.map((one) => [`${one.place} ${one.message}`, one]))
  return [...once.values()].map((one) => ({ ...one, hint: 'Said in development only.' }))
}

const mentionsActor = (rule: Expr<BoundScan>): boolean => has<BoundScan>(rule, ({ kind }) => kind === 'actor')
