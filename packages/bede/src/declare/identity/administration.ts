import type { Expr } from '../../expr/expr.ts'
import type { Expected } from '../../model/expression.ts'
import { Problem } from '../../telemetry/problem.ts'
import { readSpan, type Span } from '../../toolkit/span.ts'
import { rule } from '../recorded.ts'
import { answerOf, record } from '../recording.ts'
import { type ActorDeclaration, type ActorRow, actorRow } from '../scope.ts'

/** Who looks after other people's accounts. */
export interface AdministrationOptions<A> {
  /** Over the actor alone. Whoever it holds for administers the accounts of those for whom it does not hold. */
  readonly allow: (scope: { readonly actor: ActorRow<A, never> }) => Expected['condition']
  /** Acting as somebody else. `lasts`: for how long at most, an hour when absent, a day at most. `false`: nobody does. */
  readonly impersonation?: { readonly lasts?: Span } | false
}

/** As recorded. */
export interface RecordedAdministration {
  readonly allow: Expr
  /** Seconds. Undefined: nobody acts as somebody else. */
  readonly impersonation: number | undefined
}

interface Loose {
  readonly allow?: (scope: object) => unknown
  readonly impersonation?: { readonly lasts?: string } | false
}

/** A day: whoever has to act as somebody else for longer says why again. */
const longest = 86_400

export function recordAdministration(actor: ActorDeclaration, options: Loose, place: string): RecordedAdministration {
  const { allow, impersonation = {} } = options
  if (typeof allow !== 'function') {
    throw new Problem('invalid-declaration', {
      message: `${place} administration does not say who may`,
      hint: "Write allow: ({ actor }) => actor.role.eq('admin').",
    })
  }
  const lasts = impersonation === false ? undefined : (impersonation.lasts ?? '1h')
  const seconds = lasts === undefined ? undefined : readSpan(lasts)
  if (lasts !== undefined && (seconds === undefined || seconds > longest)) {
    throw new Problem('invalid-declaration', {
      message: `${place} administration.impersonation.lasts is '${lasts}'`,
      hint: "Write a length of time of at most a day, like '1h'.",
    })
  }
  return {
    allow: record(`${place} administration`, () => rule(answerOf('allow', allow, { actor: actorRow(actor, true) }))),
    impersonation: seconds,
  }
}
