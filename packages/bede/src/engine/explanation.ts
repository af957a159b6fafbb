import type { Judged } from '../plan/clause.ts'
import type { PlacedScan } from '../plan/scans.ts'
import { aboutRow, inWords } from '../plan/words.ts'
import { because, type Reason, type Speaking, saysOf } from '../sql/reasons.ts'
import type { ProblemCode } from '../telemetry/problem.ts'

/** Whether a call would be let through, and which clause of which rule says so. No value of any row is in it. */
export interface Explanation {
  readonly operation: string
  /** Whether every rule lets it through. What the data itself may refuse, as a unique value that is taken, is not asked. */
  readonly admitted: boolean
  /** What the caller would get. Absent when admitted, and for a bulk, which answers for each item. */
  readonly refusal?: { readonly code: ProblemCode; readonly status: number; readonly message: string }
  /** A sentence for each clause that says no. */
  readonly because: readonly string[]
  /** Every rule that was asked, in order, for each row that it was asked of. */
  readonly rules: readonly ExplainedRule[]
  /** Every place where the operation reads rows, with the policy that is bound there. */
  readonly scans: readonly ExplainedScan[]
}

export interface ExplainedRule {
  /** Where the declaration states it: `article.policy.update`. */
  readonly place: string
  /** What it is about: `update of article`. */
  readonly about: string
  /** Which row it was asked of: the row that is there, as it is about to be, or none: the call itself. */
  readonly of: 'row' | 'new row' | 'call'
  /** Of a bulk, which item; counted from zero. */
  readonly item?: number
  readonly clause: ExplainedClause
}

/** A clause, and those that it is made of; a leaf is made of none. */
export interface ExplainedClause {
  readonly kind: 'and' | 'or' | 'not' | 'leaf'
  /** In words: `row.authorId = actor.id`. */
  readonly says: string
  /** `unknown`: a value that it asks about is not there. What is unknown does not hold. */
  readonly holds: boolean | 'unknown'
  /** Why it does not, where that can be said without a value: `article.authorId is another's`. */
  readonly because?: string
  readonly of: readonly ExplainedClause[]
}

export interface ExplainedScan {
  /** `target` (of a write), `answer`, `answer.author`. */
  readonly place: string
  readonly model: string
  /** Which rows it sees, in words. */
  readonly policy: string
}

export function explainedRule({ asked, judged, item }: Reason, speaking: Speaking): ExplainedRule {
  const made = asked.of === 'fresh' || asked.of === 'child'
  const clause =
    asked.fact === undefined
      ? explainedClause(judged, asked, speaking)
      : ({ kind: 'leaf', says: asked.fact, holds: said(judged), of: [] } as const)
  return {
    place: asked.place,
    about: asked.about,
    of: asked.kind === 'allow' ? 'call' : made ? 'new row' : 'row',
    ...(item !== undefined && { item }),
    clause,
  }
}

const said = ({ holds }: Judged): boolean | 'unknown' => holds ?? 'unknown'

function explainedClause(judged: Judged, asked: Reason['asked'], speaking: Speaking): ExplainedClause {
  const why = because(judged, asked, speaking)
  return {
    kind: judged.kind,
    says: saysOf(judged, asked, speaking),
    holds: said(judged),
    ...(why !== undefined && { because: why }),
    of: judged.kind === 'leaf' ? [] : judged.of.map((one) => explainedClause(one, asked, speaking)),
  }
}

export const explainedScan = ({ place, scan }: PlacedScan, { manifest }: Speaking): ExplainedScan => ({
  place,
  model: scan.model,
  policy: inWords(scan.policy, aboutRow(manifest, scan.model, scan.as)),
})
