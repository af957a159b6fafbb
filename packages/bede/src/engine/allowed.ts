import { evaluate } from '../expr/evaluate.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { askedOfHandler } from '../plan/allow.ts'
import { clauseOf, judge, leavesOf, type Truth } from '../plan/clause.ts'
import { detailsOf, type Reason } from '../sql/reasons.ts'
import type { ProblemDetail } from '../telemetry/problem.ts'
import { withoutRows } from './authorize.ts'
import { type Actor, isSystem, type OperationCall } from './call.ts'
import type { Input } from './input/validate.ts'
import type { Known } from './known.ts'
import type { Runtime } from './runtime.ts'

/** What the rule of an operation that runs a handler says of a call, clause by clause. */
export function allowReasons(
  { name, operation }: Known,
  actor: Actor | null,
  input: Input,
  now: string,
  manifest: Manifest,
): readonly Reason[] {
  if (operation.kind !== 'invoke') return []
  return askedOfHandler(name, operation, manifest).map((asked) => {
    const clause = clauseOf(asked.rule)
    const truths = leavesOf(clause).map((leaf): Truth => {
      const value = evaluate(leaf, withoutRows(actor, input, now))
      return typeof value === 'boolean' ? value : null
    })
    return { asked, judged: judge(clause, truths), row: 0 }
  })
}

/** Why such a rule refused, in development; elsewhere nothing. */
export const allowDetails = (
  known: Known,
  actor: OperationCall['actor'],
  input: Input,
  now: string,
  { manifest, development }: Runtime,
): readonly ProblemDetail[] =>
  !development || isSystem(actor)
    ? []
    : detailsOf(allowReasons(known, actor, input, now, manifest), { manifest, signedIn: actor !== null })
