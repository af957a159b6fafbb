import { Problem } from '../telemetry/problem.ts'
import { report } from '../telemetry/report.ts'
import { allowDetails } from './allowed.ts'
import { openedAnswer, shape } from './answer.ts'
import { uploadsOf, withBody } from './arriving.ts'
import { admit, authorize, checkConditions, checkProof } from './authorize.ts'
import { runBatch } from './batch.ts'
import { type Engine, isSystem, type OperationCall, type Outcome, systemReason } from './call.ts'
import { credentialOf, impersonating } from './credential.ts'
import { Deadline } from './deadline.ts'
import { find, type Known, knownOperations } from './known.ts'
import { checkSignInFields } from './personal.ts'
import { run } from './run.ts'
import type { Runtime } from './runtime.ts'
import { problemOf } from './store-problem.ts'
import { Stopwatch, untimed } from './timings.ts'
import type { Place } from './work.ts'

/**
 * The one door (law 1). Whatever the surface, a call is found, admitted, validated, authorized, run and shaped here, and
 * nowhere else. What it refuses is thrown as a Problem.
 */
export function createEngine(runtime: Runtime): Engine {
  const operations = knownOperations(runtime)

  const perform = async (call: OperationCall, place: Place, counted = place.inTransaction): Promise<Outcome> => {
    // Of bytes that may take their time, what is not waiting for them has the deadline: see `inOwnTime`.
    const limit = new Deadline(call.content?.time ?? call.deadline ?? runtime.deadline, call.signal)
    const now = runtime.clock().toISOString()
    let known: Known | undefined
    try {
      const found = find(operations, call.operation, runtime.development)
      known = found
      // A batch was counted as a whole, before its transaction; a call with files before they were read.
      const counting = counted ? undefined : runtime.limits?.count(call)
      if (counting) await counting
      const { name, operation, validate } = found
      admit(operation, call.actor)
      checkProof(operation, call.actor, now)
      checkConditions(operation, call)
      limit.check()
      const stages = runtime.development ? new Stopwatch() : untimed
      const input = validate(call.input)
      stages.ended('validate')
      checkSignInFields(operation, call.actor, input, runtime.manifest)
      authorize(operation, call.actor, input, now, () => allowDetails(found, call.actor, input, now, runtime))
      stages.ended('authorize')
      if (isSystem(call.actor))
        runtime.log.info('called by the system', { ...about(call), reason: systemReason(call.actor) })
      else if (credentialOf(call.actor)?.impersonator !== undefined)
        runtime.log.info('called by somebody who acts as another', { ...about(call), actorId: call.actor?.id })
      const uploads = uploadsOf(operation, call)
      const work = { name, operation, call, input, now, limit, place, runtime, ...(uploads && { uploads }) }
      const result = await run(work)
      stages.ended('run')
      const { position } = runtime.connection
      const consistency = position && operation.kind !== 'read' && !place.inTransaction ? await position() : undefined
      const closed = shape(work, result)
      const shaped = found.open ? openedAnswer(closed, found.open) : closed
      stages.ended('shape')
      const { timings } = stages
      return consistency === undefined ? { ...shaped, timings } : { ...shaped, consistency, timings }
    } catch (error) {
      throw limit.problem() ?? refusal(runtime, call, known, error)
    } finally {
      limit.end()
    }
  }

  /** How long a body takes to come is its sender's: the operation's own time begins when it is there. */
  const received = async (call: OperationCall): Promise<OperationCall> => {
    const known = find(operations, call.operation, runtime.development)
    try {
      await runtime.limits?.count(call)
      return await withBody(known, call, runtime)
    } catch (error) {
      throw refusal(runtime, call, known, error)
    }
  }

  const { tracing } = runtime
  const traced: typeof perform = tracing
    ? (call, place, counted) => {
        // What is no operation has a name that anybody may have made up.
        const name = Object.hasOwn(runtime.manifest.operations, call.operation) ? call.operation : 'unknown operation'
        return tracing.span(name, {}, ({ traceparent }) => perform({ ...call, traceparent }, place, counted))
      }
    : perform
  return {
    call: async (call) => {
      const place = { connection: runtime.connection, inTransaction: false }
      return call.arriving ? traced(await received(call), place, true) : traced(call, place)
    },
    batch: (calls) => runBatch(runtime, calls, traced),
  }
}

/** An error as the caller may see it. What is our own fault, or the database's, is said in the log. */
function refusal(
  { manifest, log, onError }: Runtime,
  call: OperationCall,
  known: Known | undefined,
  error: unknown,
): Problem {
  const operation = known?.operation
  const write = operation?.kind === 'write' ? operation.write : undefined
  const problem = asked(call, problemOf(error, manifest, write))
  if (known) report(log, problem, about(call), onError)
  return problem
}

/** Whoever asks for a new row alone is told that its condition failed (RFC 9110 §13.1.2). */
const asked = ({ onlyNew }: OperationCall, problem: Problem): Problem =>
  onlyNew && problem.code === 'already-exists'
    ? new Problem('precondition-failed', {
        message: 'There is such a row already',
        hint: 'Read it, and change it with its ETag as If-Match.',
        details: problem.details,
        cause: problem.cause ?? problem,
      })
    : problem

const about = ({ operation, requestId, actor }: OperationCall): object => ({
  operation,
  ...impersonating(actor),
  ...(requestId === undefined ? {} : { requestId }),
})
