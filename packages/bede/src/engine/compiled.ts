import type { CompiledOperation } from '../manifest/manifest.ts'
import type { CallValues } from '../sql/planner.ts'
import type { Body, Row, Statement, Text } from '../sql/statement.ts'
import { targetRows } from '../sql/write/targets.ts'
import { type Connection, StoreError } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import type { Problem } from '../telemetry/problem.ts'
import type { Planned } from './planned.ts'

/** What the database answered, which nobody has parsed. */
export interface Ran<B extends Body = Text> {
  readonly body: B
  /** Of a page: the keys of its last item as a JSON array, when more follows. */
  readonly cursor?: Text
  readonly total?: Text
  /** Of a write: how many rows it changed. */
  readonly written?: Text
  /** The id of the row created; null: it was there already. */
  readonly created?: Text
}

/** Where and how far a statement may run. */
export interface Room {
  readonly connection: Connection
  readonly signal: StopSignal | undefined
  readonly development: boolean
}

/**
 * One statement when all is well; a second one only to say why nothing came of it (law 4). Throws a Problem, or the
 * StoreError of a statement that failed.
 */
export async function runCompiled(
  operation: CompiledOperation,
  planned: Planned,
  values: CallValues,
  room: Room,
): Promise<Ran> {
  const { write } = operation
  if (!write) {
    const [row] = await room.connection.query(planned.statement(values), optionsOf(room.signal))
    if (!row) throw await refusalOf(planned, values, room)
    return readIn(row)
  }
  const asked = planned.targets(values)
  const about = asked ? await withRows(asked, values, room) : values
  const taken = planned.taken(about)
  if (taken) await refuseTaken(taken, room)
  const [row] = await room.connection.query(planned.statement(about), optionsOf(room.signal))
  const [written, body = null, created] = row ?? []
  if (write.each || (written != null && written !== '0'))
    return { body, written: written ?? null, ...(created === undefined ? {} : { created }) }
  const problem = await refusalOf(planned, about, room)
  // Nothing to delete is fine; that what it answers with is not there is a 404 all the same.
  const answered = body !== null || !operation.answers
  if (
    (write.kind === 'delete' || write.kind === 'purge') &&
    write.absent === 'ok' &&
    problem.code === 'not-found' &&
    answered
  )
    return { body, written: '0' }
  throw problem
}

/**
 * The call with the rows it is about, where their ids have to be known before values are encrypted for them. A row that
 * came or went in the meantime is not written: the call is refused as one that met another.
 */
async function withRows(asked: Statement, values: CallValues, { connection, signal }: Room): Promise<CallValues> {
  return { ...values, rows: targetRows(await connection.query(asked, optionsOf(signal))) }
}

/** As the unique index would, where it does not know a value by the hash of an earlier key. Throws a StoreError. */
async function refuseTaken(asked: Statement, { connection, signal }: Room): Promise<void> {
  const [found] = await connection.query(asked, optionsOf(signal))
  if (!found) return
  const [constraint, table] = found
  throw new StoreError('unique', { constraint: constraint ?? undefined, table: table ?? undefined })
}

/** A read whose answer is passed on, so that a long body stays the bytes that came. Throws as {@link runCompiled}. */
export async function runRead(planned: Planned, values: CallValues, room: Room): Promise<Ran<Body>> {
  const ran = await readFrom(room.connection, planned.statement(values), room.signal)
  if (!ran) throw await refusalOf(planned, values, room)
  return ran
}

/** The same; undefined: there is no such row. */
export async function readFrom(
  connection: Connection,
  statement: Statement,
  signal: StopSignal | undefined,
): Promise<Ran<Body> | undefined> {
  if (connection.body && statement.shape.length === 1) {
    const body = await connection.body(statement, optionsOf(signal))
    return body === undefined ? undefined : { body }
  }
  const [row] = await connection.query(statement, optionsOf(signal))
  return row && readIn(row)
}

const readIn = ([body = null, cursor = null, total = null]: Row): Ran => ({ body, cursor, total })

const optionsOf = (signal: StopSignal | undefined) => (signal ? { signal } : {})

/** Why a statement gave nothing: the second statement (law 4). */
export async function refusalOf(
  planned: Planned,
  values: CallValues,
  { connection, signal, development }: Room,
): Promise<Problem> {
  const rows = await connection.query(planned.explanation(values, development), optionsOf(signal))
  return planned.refusal(values, rows, development)
}
