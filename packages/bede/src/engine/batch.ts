import { isProblem, Problem, withPlaces } from '../telemetry/problem.ts'
import type { OperationCall, Outcome } from './call.ts'
import { Deadline } from './deadline.ts'
import { retried } from './retry.ts'
import type { Runtime } from './runtime.ts'
import { problemOf } from './store-problem.ts'
import type { Place } from './work.ts'

/** More calls than this in one transaction hold their locks too long. */
const batchLimit = 100

/**
 * Several calls in one transaction: all or none. The first refusal undoes everything; its places begin with the index of
 * the call that was refused. Each call is authorized on its own. The time of a call is the time of the whole batch,
 * repetitions included: a transaction that may take a hundred times as long holds its locks for as long.
 */
export async function runBatch(
  runtime: Runtime,
  calls: readonly OperationCall[],
  perform: (call: OperationCall, place: Place) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  if (calls.length > batchLimit) throw new Problem('too-many', { message: `A batch has at most ${batchLimit} calls` })
  if (calls.length === 0) return []
  const time = Math.min(...calls.map((call) => call.deadline ?? runtime.deadline))
  await runtime.limits?.countAll(calls)
  const limit = new Deadline(time, calls.find(({ signal }) => signal)?.signal)
  const kinds = calls.map(({ operation }) => kindOf(runtime, operation))
  const isolation = kinds.includes('serializable') ? ({ isolation: 'serializable' } as const) : {}
  const all = () =>
    runtime.connection.transaction(async (connection) => {
      const outcomes: Outcome[] = []
      for (const [index, call] of calls.entries()) {
        outcomes.push(
          await perform({ ...call, signal: limit }, { connection, inTransaction: true }).catch((error: unknown) =>
            Promise.reject(at(index, error)),
          ),
        )
      }
      return outcomes
    }, isolation)
  const repeatable = !kinds.includes('handler')
  try {
    const outcomes = await (repeatable ? retried(all, limit) : all())
    const consistency = await runtime.connection.position?.()
    return consistency === undefined ? outcomes : outcomes.map((outcome) => ({ ...outcome, consistency }))
  } catch (error) {
    throw limit.problem() ?? problemOf(error, runtime.manifest)
  } finally {
    limit.end()
  }
}

/** Whether a call may be done again, and what it needs of its transaction. */
function kindOf({ manifest, handlers }: Runtime, name: string): 'compiled' | 'serializable' | 'handler' {
  if (!handlers.has(name)) return 'compiled'
  const operation = manifest.operations[name]
  return operation?.kind === 'invoke' && operation.isolation ? 'serializable' : 'handler'
}

function at(index: number, error: unknown): unknown {
  if (!isProblem(error)) return error
  const { code, message, details } = error
  const places = details.length === 0 ? [{ place: '', code, message }] : details
  return withPlaces(
    error,
    places.map((detail) => ({ ...detail, place: placeIn(index, detail.place) })),
  )
}

/** A place in a declaration (a policy's clause, in development) stays as it is. */
const placeIn = (index: number, place: string): string =>
  place === '' || place.startsWith('/') ? `/${index}${place}` : place
