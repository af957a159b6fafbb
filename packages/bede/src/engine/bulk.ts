import type { Json } from '../expr/value.ts'
import type { CompiledOperation } from '../manifest/manifest.ts'
import type { CallValues } from '../sql/planner.ts'
import { type Connection, StoreError, type StoreFailure } from '../store/driver.ts'
import { emptyStatus, successStatus } from './answer.ts'
import { type Ran, type Room, runCompiled } from './compiled.ts'
import { isMembers } from './complete.ts'
import { isTaken } from './idempotency/kept-answer.ts'
import type { Planned } from './planned.ts'
import { problemOf } from './store-problem.ts'
import type { Work } from './work.ts'

/** Failures that one row causes: the others have no part in them. */
const ofOneRow: ReadonlySet<StoreFailure> = new Set(['unique', 'foreign', 'check', 'not-null', 'value'])
/** Rows that the database refuses in one call, before all of it is refused: each costs some ten statements. */
const mostRefused = 20

const isOfOneRow = (error: unknown): error is StoreError =>
  error instanceof StoreError && ofOneRow.has(error.failure) && !isTaken(error)

/**
 * Many rows, each for itself: one statement when the database has nothing against any of them. Where it has, the rows are
 * halved, in one transaction, until those that it refuses stand alone; the others are written. With more than
 * {@link mostRefused} of them nothing is, and the call is refused as the first of them would be.
 */
export async function runBulk(
  work: Work<CompiledOperation>,
  planned: Planned,
  values: CallValues,
  room: Omit<Room, 'connection'>,
  connection: Connection,
): Promise<Ran> {
  try {
    return await runCompiled(work.operation, planned, values, { connection, ...room })
  } catch (error) {
    if (!isOfOneRow(error)) throw error
  }
  return connection.transaction((inner) => apart(work, planned, values, room, inner), {
    ...(room.signal && { signal: room.signal }),
  })
}

async function apart(
  work: Work<CompiledOperation>,
  planned: Planned,
  values: CallValues,
  room: Omit<Room, 'connection'>,
  connection: Connection,
): Promise<Ran> {
  const { operation, runtime, use, now } = work
  if (use) await runtime.kept.take(connection, use, now)
  const { idempotency: _, minimal, ...plain } = values
  const [name = ''] = operation.write?.each?.path ?? []
  const sent = values.input[name]
  const all: readonly Json[] = Array.isArray(sent) ? sent : []
  const outcomes: Json[] = all.map(() => null)
  let refused = 0

  const run = async (places: readonly number[]): Promise<void> => {
    const input = { ...plain.input, [name]: places.map((place) => all[place] ?? null) }
    try {
      const { body } = await connection.transaction((inner) =>
        runCompiled(operation, planned, { ...plain, input }, { connection: inner, ...room }),
      )
      const said: readonly Json[] = JSON.parse(body ?? '[]') // our own statement's
      places.forEach((place, index) => {
        outcomes[place] = said[index] ?? null
      })
    } catch (error) {
      if (!isOfOneRow(error)) throw error
      const [first, ...others] = places
      if (first === undefined) throw error
      if (others.length > 0) {
        const half = Math.ceil(places.length / 2)
        await run(places.slice(0, half))
        await run(places.slice(half))
        return
      }
      const { code } = problemOf(error, runtime.manifest, operation.write)
      if (++refused > mostRefused || code === 'internal') throw error
      outcomes[first] = { status: 'refused', code, id: null }
    }
  }
  const again = operation.write?.kind === 'update' ? repeated(all) : new Set<number>()
  for (const place of again) outcomes[place] = { status: 'refused', code: 'conflict', id: null }
  await run(all.flatMap((_, place) => (again.has(place) ? [] : [place])))
  const body = minimal ? null : JSON.stringify(outcomes)
  const status = successStatus(operation)
  if (use) await runtime.kept.keep(connection, use, minimal ? emptyStatus(status) : status, body)
  return { body }
}

/** Of rows that are named twice, only the first is carried out: halves do not see each other's. */
function repeated(items: readonly Json[]): ReadonlySet<number> {
  const seen = new Set<string>()
  const again = new Set<number>()
  items.forEach((item, place) => {
    const id = isMembers(item) && Object.hasOwn(item, 'id') ? item.id : undefined
    if (id === undefined) return
    const key = String(id).toLowerCase()
    if (seen.has(key)) again.add(place)
    seen.add(key)
  })
  return again
}
