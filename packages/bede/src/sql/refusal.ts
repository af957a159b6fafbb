import type { Each } from '../manifest/manifest.ts'
import { requiredOf } from '../plan/asked.ts'
import type { BoundScan, WritePlan } from '../plan/plan.ts'
import { Problem, type ProblemDetail, type ProblemOptions } from '../telemetry/problem.ts'
import type { CallValues, Explained } from './planner.ts'
import { detailsOf, type Reason, reasonsOf, seesRow } from './reasons.ts'
import { inputAt } from './slots.ts'
import type { Text } from './statement.ts'
import { type Failure, failureCode, failuresOf } from './write/failures.ts'

/** What an explanation's row says, as the problem the caller gets: 401, 403, 404, 409, 412 or 422. */
export function refusalOf({ plan, call, rows, asked }: Explained): Problem {
  const [found, failed, said] = rows[0] ?? []
  const why: Why = (about) => (asked ? detailsOf(reasonsOf(asked.rules, said).filter(about), asked.speaking) : [])
  return plan.write ? writeRefusal(plan.write, call, { found, failed, why }) : notFound(why)
}

/** Whether an explanation, asked for before the call, found anything that would refuse it. */
export function speaksAgainst({ plan, call, rows, asked }: Explained): boolean {
  const [found, failed, said] = rows[0] ?? []
  const { write } = plan
  if (!write) {
    const reasons = asked ? reasonsOf(asked.rules, said) : []
    const nullable = plan.answer?.kind === 'one' && plan.answer.nullable
    return !nullable && requiredOf(plan.answer).some((_, at) => !seesRow(reasons, at))
  }
  if (failed != null) return true
  if (write.kind === 'create') return found !== '-1' && found !== String(write.exists?.checks.length)
  if (write.each) return Number(found) < itemsOf(call, write.each)
  return found === '0' && !(write.kind === 'delete' && write.absent === 'ok')
}

const itemsOf = (call: CallValues, { path }: Each): number => {
  const items = inputAt(call.input, path)
  return Array.isArray(items) ? items.length : 0
}

/** The clauses that said no, of rules that are chosen so; none but in detail. */
type Why = (about: (reason: Reason) => boolean) => readonly ProblemDetail[]

/** A row that is not there, or not for this actor: in detail it is said which. */
function notFound(why: Why): Problem {
  const details = why(({ asked }) => asked.of === 'found' && asked.kind === 'policy')
  if (details.length === 0) return new Problem('not-found')
  return new Problem('not-found', {
    hint: 'The row is there, but its read policy hides it from this actor (said in development only).',
    details,
  })
}

function writeRefusal(
  write: WritePlan<BoundScan>,
  call: CallValues,
  { found, failed, why }: { readonly found: Text | undefined; readonly failed: Text | undefined; readonly why: Why },
): Problem {
  if (write.kind !== 'create' && found === '0') return notFound(why)
  const failure = failed == null ? undefined : failuresOf(write)[Number(failed)]
  if (failure) {
    const said = why(({ asked }) => asked.of !== 'there' && asked.number === Number(failed))
    return failureProblem(write, failure, call, said)
  }
  if (write.kind === 'create' && write.exists && found !== '-1') {
    const known = write.exists.checks[Number(found)]
    if (known && !(known.failure.kind === 'policy' && known.failure.place.endsWith('.read'))) {
      const said = why(({ asked }) => asked.of === 'there' && asked.number === Number(found))
      return failureProblem(write, known.failure, call, said)
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
