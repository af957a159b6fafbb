import type { BoundScan, OperationPlan, WritePlan } from '../plan/plan.ts'
import { Problem, type ProblemDetail, type ProblemOptions } from '../telemetry/problem.ts'
import type { CallValues } from './planner.ts'
import { hiddenInWords, requiredScan } from './read-explain.ts'
import type { Row } from './statement.ts'
import { clausesInWords } from './write/explain.ts'
import { type Failure, failureCode, failuresOf } from './write/failures.ts'

/** What an explanation's row says, as the problem the caller gets: 401, 403, 404, 409, 412 or 422. */
export function refusalOf(
  plan: OperationPlan<BoundScan>,
  call: CallValues,
  rows: readonly Row[],
  detailed: boolean,
): Problem {
  const row = rows[0] ?? []
  return plan.write ? writeRefusal(plan.write, call, row, detailed) : readRefusal(plan, row, detailed)
}

function readRefusal(plan: OperationPlan<BoundScan>, [hidden, held]: Row, detailed: boolean): Problem {
  const scan = requiredScan(plan.answer)
  if (!detailed || !scan || hidden === '0') return new Problem('not-found')
  return new Problem('not-found', {
    hint: 'The row is there, but its read policy hides it from this actor (said in development only).',
    details: hiddenInWords(scan, held ?? null).map((message) => ({
      place: `${scan.model}.policy.read`,
      code: 'forbidden',
      message,
    })),
  })
}

function writeRefusal(
  write: WritePlan<BoundScan>,
  call: CallValues,
  [found, failed, said]: Row,
  detailed: boolean,
): Problem {
  if (write.kind !== 'create' && found === '0') return new Problem('not-found')
  const failure = failed == null ? undefined : failuresOf(write)[Number(failed)]
  if (failure)
    return failureProblem(write, failure, call, detailed ? clauses(write, failure, Number(failed), said ?? null) : [])
  if (write.kind === 'create' && write.exists && found !== '-1') {
    const known = write.exists.checks[Number(found)]
    if (known && !(known.failure.kind === 'policy' && known.failure.place.endsWith('.read'))) {
      return failureProblem(write, known.failure, call, [])
    }
    if (call.etags) return new Problem('precondition-failed')
    return new Problem('already-exists', {
      details: write.exists.said.map((field) => ({
        place: `/${field}`,
        code: 'already-exists',
        message: 'This value is taken',
      })),
    })
  }
  // What is not there, or not for this actor, matches nothing (RFC 9110 §13.1.1).
  if (write.kind === 'create' && call.etags) return new Problem('precondition-failed')
  return new Problem('conflict', { message: 'The row changed while this was under way', hint: 'Try again.' })
}

function failureProblem(
  write: WritePlan<BoundScan>,
  failure: Failure,
  call: CallValues,
  details: readonly ProblemDetail[],
): Problem {
  const code = failureCode(failure)
  const may = code === 'forbidden' || failure.kind === 'tenant'
  if (may && call.actor === null && !call.system) return new Problem('unauthenticated', { details })
  if (failure.kind === 'tenant' && call.actor?.[failure.actor] != null) {
    const message = `A ${write.model} belongs to the tenant of who creates it: ${failure.actor} of the actor`
    return new Problem('forbidden', { message })
  }
  return new Problem(code, { ...sentence(write, failure), details: [...details, ...placeOf(failure)] })
}

function sentence(write: WritePlan<BoundScan>, failure: Failure): ProblemOptions {
  const verb = write.verb ?? write.kind
  switch (failure.kind) {
    case 'policy':
      return { message: `You may not ${verb} this ${write.model}` }
    case 'field':
      return { message: `You may not set ${failure.field} of this ${write.model}` }
    case 'reference':
      return {
        message: `There is no ${failure.model} with this id`,
        hint: `Send the id of a ${failure.model} that you can see.`,
      }
    case 'tenant':
      return {
        message: `A ${write.model} belongs to a tenant, and the actor has no ${failure.actor}`,
      }
    case 'held':
      return { message: `Rows of ${failure.model} still refer to it` }
    case 'parent':
      return { message: `Its ${failure.model} is deleted`, hint: `Restore the ${failure.model} first.` }
    case 'limit':
      return { message: `${failure.field} of this ${write.model} would be outside its limits` }
    case 'lookup':
      return { message: `There is no such ${failure.model ?? failure.field}` }
    default:
      return {}
  }
}

function placeOf(failure: Failure): readonly ProblemDetail[] {
  if (failure.kind !== 'reference' && failure.kind !== 'field' && failure.kind !== 'limit') return []
  return [{ place: `/${failure.field}`, code: failureCode(failure), message: short(failure) }]
}

function short(failure: Failure & { kind: 'reference' | 'field' | 'limit' }): string {
  switch (failure.kind) {
    case 'reference':
      return `There is no such ${failure.model}`
    case 'field':
      return 'This actor may not set it'
    case 'limit':
      return 'What it would become is outside its limits'
  }
}

function clauses(
  write: WritePlan<BoundScan>,
  failure: Failure,
  failed: number,
  said: string | null,
): readonly ProblemDetail[] {
  if (said === null) return []
  const flags: readonly (readonly [number, number, boolean | null])[] = JSON.parse(said)
  return clausesInWords(write, failed, flags).map(({ place, message }) => ({
    place,
    code: failureCode(failure),
    message,
    hint: 'Said in development only.',
  }))
}
