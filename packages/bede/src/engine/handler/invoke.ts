import type { Auth, Hands } from '../../declare/handler.ts'
import type { InvokeOperation } from '../../manifest/manifest.ts'
import type { Connection } from '../../store/driver.ts'
import { Concealing } from '../../telemetry/concealing.ts'
import { Problem } from '../../telemetry/problem.ts'
import { boundArchive } from '../../toolkit/archive/archive.ts'
import { boundImage } from '../../toolkit/image/image.ts'
import { isSystem, systemReason } from '../call.ts'
import { impersonating } from '../credential.ts'
import { inLine, lock, locksOf } from '../exclusive.ts'
import { HandlerFiles } from '../files/hand.ts'
import { closedAnswer } from '../idempotency/closed-answer.ts'
import type { Within } from '../runtime.ts'
import type { Result, Shaped, Work } from '../work.ts'
import { handlerAnswer } from './answer.ts'
import { handlerDb } from './db.ts'
import { emitter } from './event.ts'
import { type Lazy, lazyTransaction } from './lazy-transaction.ts'
import { type DbScope, runAdhoc } from './scope.ts'

/**
 * Runs a handler in one transaction: its writes, its events and its kept answer are there together or not at all. What
 * it throws undoes them; a Problem is the refusal the caller gets. A handler that goes on after its deadline finds its
 * transaction ended.
 */
export async function runInvoke(work: Work<InvokeOperation>): Promise<Result> {
  const { name, call, input, uploads, now, limit, place, runtime, use } = work
  const handler = runtime.handlers.get(name)
  if (!handler) throw new Problem('no-handler', { message: `The handler of '${name}' is not loaded here` })

  const locks = locksOf(work)
  let files: HandlerFiles | undefined
  const inTransaction = async ({ connection, reader }: Lazy): Promise<Shaped> => {
    if (locks) await lock(connection, locks, limit)
    if (use) await runtime.kept.take(connection, use, now)
    const scope: DbScope = { work, place: { connection, inTransaction: true }, actor: call.actor }
    const { requestId } = call
    const about = { operation: name, ...(requestId === undefined ? {} : { requestId }), ...impersonating(call.actor) }
    const log = new Concealing(runtime.log.with(about), runtime.concealed)
    files = new HandlerFiles(scope)
    const signal = () => limit.signal
    const hands: Hands<unknown> = {
      actor: isSystem(call.actor) ? null : call.actor,
      db: handlerDb(scope),
      log,
      exec: runtime.executor.bind(signal, log),
      archive: boundArchive(signal),
      image: boundImage(signal),
      http: runtime.outbound.of({ signal: limit, traceparent: call.traceparent, log, tracing: runtime.tracing }),
      auth: (runtime.auth ?? noAuth)(within(scope, reader)),
      emit: emitter(scope),
      files,
      now,
      signal: limit.signal,
    }
    const given = uploads ? { ...hands, input, uploads } : { ...hands, input }
    const { tracing } = runtime
    const returned = await limit.race(
      tracing
        ? tracing.span(`${name} handler`, {}, async () => handler(given))
        : Promise.resolve().then(() => handler(given)),
    )
    const answer = await handlerAnswer(work, returned)
    await keep(work, connection, answer)
    limit.check()
    return answer
  }
  const { isolation } = work.operation
  const options = { signal: limit, ...(isolation && { isolation }) }
  const alone = () => lazyTransaction(place.connection, inTransaction, options)
  const run = () =>
    place.inTransaction
      ? place.connection.transaction((connection) => inTransaction({ connection, reader: () => connection }), options)
      : locks
        ? inLine(runtime, locks, limit, alone)
        : alone()
  try {
    const shaped = await run()
    await files?.committed()
    return { kind: 'handled', shaped }
  } catch (error) {
    await files?.undone(error)
    throw error
  }
}

const within = (scope: DbScope, reader: Lazy['reader']): Within => ({
  connection: scope.place.connection,
  reader,
  actor: scope.actor,
  now: scope.work.now,
  ...(scope.work.call.requestId === undefined ? {} : { requestId: scope.work.call.requestId }),
  ...(scope.work.call.from && { from: scope.work.call.from }),
  ...(scope.work.call.agent === undefined ? {} : { agent: scope.work.call.agent }),
  signal: scope.work.limit.signal,
  apart: (work) => reader().transaction(work, { signal: scope.work.limit }),
  ask: (call, actor) => {
    const { runtime, name } = scope.work
    // Every registration does: the platform's own privilege is of interest only to who looks for it.
    if (isSystem(actor)) runtime.log.debug('acted as the system', { operation: name, reason: systemReason(actor) })
    return runAdhoc({ ...scope, actor }, call)
  },
  db: (actor) => handlerDb({ ...scope, actor }),
  savepoint: (f) =>
    scope.place.connection.transaction((connection) =>
      f(within({ ...scope, place: { connection, inTransaction: true } }, () => connection)),
    ),
})

function noAuth(): Auth<object> {
  const refuse = async (): Promise<never> => {
    throw new Problem('invalid-declaration', {
      message: 'A handler uses auth, and the app has no identity',
      hint: 'Export one: Users.identity().',
    })
  }
  return { register: refuse, enroll: refuse, signIn: refuse, signOut: refuse, token: null }
}

/** Only what can be given again in full is kept: JSON, or nothing, without headers of its own. */
async function keep({ runtime, use }: Work, connection: Connection, { status, answer }: Shaped): Promise<void> {
  if (!use) return
  if (answer.kind === 'raw' || answer.headers) {
    throw new Problem('malformed-request', {
      message: 'This answer is not JSON alone and cannot be kept, so it cannot be given again; nothing was done',
      hint: 'Send the request without Idempotency-Key.',
    })
  }
  await runtime.kept.keep(
    connection,
    use,
    status,
    answer.kind === 'json' ? closedAnswer(runtime, use, answer.text) : null,
  )
}
