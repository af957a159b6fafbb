import type { CompiledOperation } from '../manifest/manifest.ts'
import { hasSecrets } from '../manifest/secret-inputs.ts'
import type { CallValues } from '../sql/planner.ts'
import type { Body } from '../sql/statement.ts'
import { type Connection, StoreError } from '../store/driver.ts'
import { emptyStatus, successStatus } from './answer.ts'
import { runBulk } from './bulk.ts'
import { runKept } from './cache/cached-read.ts'
import { isSystem } from './call.ts'
import { type Ran, readFrom, runCompiled, runRead } from './compiled.ts'
import { readCursor } from './cursor.ts'
import { inLine, lock, locksOf } from './exclusive.ts'
import { runFile } from './files/run-file.ts'
import { runInvoke } from './handler/invoke.ts'
import { once, useOf } from './idempotency/idempotency.ts'
import { replaceSecrets } from './input/secrets.ts'
import type { Input } from './input/validate.ts'
import { runNested, sendsChildren } from './nested.ts'
import { originOf } from './origin.ts'
import { plannedByName } from './planned.ts'
import { retried } from './retry.ts'
import { isCompiled, isInvoke, type Place, type Result, type Work } from './work.ts'

/** Two that touch the same rows undo each other; a crowd needs more than a few tries. */
const serializableAttempts = 12

/** Runs a call, once per `Idempotency-Key`. */
export async function run(work: Work): Promise<Result> {
  const use = work.call.idempotencyKey === undefined ? undefined : await useOf(work)
  const attempt = await attemptOf(use ? { ...work, use } : work)
  return use ? once({ ...work, use }, attempt) : attempt(work.place)
}

/** What is done again when others were in the way: everything that costs and gives the same is done before. */
async function attemptOf(work: Work): Promise<(place: Place) => Promise<Result>> {
  if (isInvoke(work)) {
    const { file } = work.operation
    if (file) return (place) => runFile({ ...work, place }, file)
    // Not repeated where it does not say so: a handler may have done things elsewhere.
    if (!work.operation.isolation) return (place) => runInvoke({ ...work, place })
    return (place) =>
      place.inTransaction
        ? runInvoke({ ...work, place })
        : retried(() => runInvoke({ ...work, place }), work.limit, serializableAttempts)
  }
  if (!isCompiled(work)) throw new TypeError('an operation is compiled or runs a handler')
  const { operation, name, runtime, limit } = work
  const values = bind(work, hasSecrets(operation.input) ? await withoutSecrets(work) : work.input)
  if (operation.kind === 'read' && operation.cache && runtime.results && !values.system && !work.place.inTransaction) {
    const { results, planner } = runtime
    const lasts = operation.cache.for * 1000
    return async ({ connection }) => ({
      kind: 'handled',
      shaped: await runKept(work, values, { kept: results, connection, planner, lasts }),
    })
  }
  const planned = plannedByName(runtime.planner, name)
  const locks = locksOf(work)
  return async (place) => {
    const room = { signal: limit, development: runtime.development }
    const children = sendsChildren(operation, values)
    const on = (connection: Connection) =>
      children
        ? connection.transaction((inner) => runNested(work, values, room, inner), { signal: limit })
        : operation.write?.each && !place.inTransaction
          ? runBulk(work, planned, values, room, connection)
          : operation.kind === 'read'
            ? runRead(planned, values, { connection, ...room })
            : runCompiled(operation, planned, values, { connection, ...room })
    const locked = async (connection: Connection) => {
      if (locks) await lock(connection, locks, limit)
      return on(connection)
    }
    const onPrimary = () =>
      locks
        ? inLine(runtime, locks, limit, () => place.connection.transaction(locked, { signal: limit }))
        : on(place.connection)
    const replica = replicaFor(work, values)
    const alone = replica ? async () => (await fromReplica(replica, work, values)) ?? (await onPrimary()) : onPrimary
    return { kind: 'ran', ran: await (place.inTransaction ? locked(place.connection) : retried(alone, limit)) }
  }
}

/**
 * A replica for a read that may lag; undefined where there is none. Whoever is signed in says by `consistency` what the
 * answer has to hold; without it nothing of theirs may lag.
 */
function replicaFor({ call, operation, runtime, place }: Work, values: CallValues): Connection | undefined {
  const { replica } = runtime.connection
  if (!replica || !call.mayLag || operation.kind !== 'read' || place.inTransaction || values.system) return undefined
  const after = call.consistency ?? (call.actor === null ? '0/0' : undefined)
  return after === undefined ? undefined : replica(after)
}

/** Undefined where the replica fails, and where it has no such row: the primary is asked before anybody is refused. */
async function fromReplica(
  connection: Connection,
  { name, limit, runtime }: Work,
  values: CallValues,
): Promise<Ran<Body> | undefined> {
  try {
    return await readFrom(connection, runtime.planner.statement(name, values), limit)
  } catch (error) {
    if (error instanceof StoreError && error.failure !== 'canceled') return undefined
    throw error
  }
}

/** The input with its secrets hashed. */
const withoutSecrets = ({ operation, input, limit, runtime }: Work): Promise<Input> =>
  replaceSecrets(operation.input, input, (secret) => {
    limit.check()
    return runtime.hasher.hash(secret)
  })

/** The values of a statement, its cursor verified. `hashed`: the input as it is stored. */
function bind({ name, operation, call, input, now, runtime, use }: Work<CompiledOperation>, hashed: Input): CallValues {
  const paged = operation.answers?.kind === 'page' && typeof input.cursor === 'string' ? input.cursor : undefined
  // What may only create is kept with the status of a creation.
  const creates = call.onlyNew && operation.write?.kind === 'create' && operation.http?.status === undefined
  const status = creates ? 201 : successStatus(operation)
  return {
    input: hashed,
    actor: call.actor === null || isSystem(call.actor) ? null : call.actor,
    system: isSystem(call.actor),
    now,
    ...(operation.write ? { origin: originOf(name, call.actor, call.requestId) } : {}),
    ...(paged === undefined
      ? {}
      : { cursor: readCursor(runtime.keys.all('cursor'), { operation: name, input }, paged) }),
    ...(call.ifMatch === undefined ? {} : { etags: call.ifMatch }),
    ...(call.onlyNew ? { onlyNew: true } : {}),
    ...(call.minimal === undefined ? {} : { minimal: call.minimal }),
    ...(use === undefined ? {} : { idempotency: { ...use, status: call.minimal ? emptyStatus(status) : status } }),
  }
}
