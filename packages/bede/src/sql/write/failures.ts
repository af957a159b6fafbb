import type { BoundScan, Check, WritePlan } from '../../plan/plan.ts'
import type { ProblemCode } from '../../telemetry/problem.ts'

/** What a check is about, by the number under which a statement reports it. */
export type Failure = Check<BoundScan>['failure']

/** All that can speak against a write, in the order of their numbers (see `firstFailure`). */
export function failuresOf(write: WritePlan<BoundScan>): readonly Failure[] {
  const own = write.checks.map(({ failure }) => failure)
  switch (write.kind) {
    case 'create':
      return [...own, ...write.children.flatMap((child) => child.checks.map(({ failure }) => failure))]
    case 'update':
      return [...own, { kind: 'version' }, ...write.newChecks.map(({ failure }) => failure)]
    case 'delete':
      return [...own, { kind: 'version' }, ...heldBy(write)]
  }
}

const heldBy = ({ keeps }: WritePlan<BoundScan> & { kind: 'delete' }): readonly Failure[] =>
  (keeps?.held ?? []).map(({ model }) => ({ kind: 'held', model }))

export function failureCode(failure: Failure): ProblemCode {
  switch (failure.kind) {
    case 'policy':
    case 'field':
      return 'forbidden'
    case 'tenant':
      return 'no-tenant'
    case 'reference':
      return 'missing-reference'
    case 'lookup':
      return 'not-found'
    case 'held':
      return 'still-referenced'
    case 'parent':
      return 'conflict'
    case 'limit':
      return 'invalid-value'
    case 'precondition':
      return 'conflict'
    case 'version':
      return 'precondition-failed'
  }
}
