import type { Db } from '../../declare/db.ts'
import type { Json } from '../../expr/value.ts'
import { adhoc } from '../../manifest/adhoc/adhoc.ts'
import type { AdhocCall } from '../../manifest/adhoc/call.ts'
import { isProblem, Problem, withPlaces } from '../../telemetry/problem.ts'
import { type SystemActor, systemReason } from '../call.ts'
import { isMembers } from '../complete.ts'
import type { Input } from '../input/validate.ts'
import { handlerValues } from './mistake.ts'
import { type DbScope, ranAdhoc, runAdhoc } from './scope.ts'

/** What a handler reads and writes with. Its types are the contract; the values are as the recordings left them. */
export function handlerDb(scope: DbScope): Db {
  const { runtime, name } = scope.work
  const asks = adhoc(runtime.manifest)
  const db = {
    run: async (query: unknown) => ask(scope, asks.action(query) ?? asks.read(query)),
    create: async (into: unknown, values: object, view?: unknown) => ask(scope, asks.create(into, values, view)),
    update: async (of: unknown, id: unknown, values: object, view?: unknown) =>
      ask(scope, asks.update(of, id, values, view)),
    increment: async (of: unknown, id: unknown, by: object, view?: unknown) =>
      ask(scope, asks.increment(of, id, by, view)),
    delete: async (of: unknown, id: unknown) => void (await ask(scope, asks.delete(of, id))),
    restore: async (of: unknown, id: unknown, view?: unknown) => ask(scope, asks.restore(of, id, view)),
    purge: async (of: unknown, id: unknown) => void (await ask(scope, asks.purge(of, id))),
    purgeDeleted: async (of: unknown, options: Parameters<typeof asks.purgeDeleted>[1]) =>
      written(scope, asks.purgeDeleted(of, options)),
    deleted: async (of: unknown, view: unknown, options?: { readonly limit?: number }) =>
      ask(scope, asks.deleted(of, view, options)),
    history: async (of: unknown, id: unknown, options?: { readonly limit?: number }) =>
      ask(scope, asks.history(of, id, options)),
    asOf: async (of: unknown, id: unknown, at: unknown, view: unknown) => ask(scope, asks.asOf(of, id, at, view)),
    createMany: async (into: unknown, rows: readonly object[]) =>
      rows.length === 0 ? [] : allOrNone(scope, asks.createMany(into, rows)),
    attempt: (work: (db: Db) => Promise<unknown>) =>
      scope.place.connection.transaction((connection) =>
        work(handlerDb({ ...scope, place: { connection, inTransaction: true } })),
      ),
    as: (actor: SystemActor) => {
      runtime.log.info('acted as the system', { operation: name, reason: systemReason(actor) })
      return handlerDb({ ...scope, actor })
    },
  }
  return db as unknown as Db
}

/** What the rows there are and the policies say is the caller's to hear; what the handler got wrong is not. */
const ask = (scope: DbScope, call: AdhocCall): Promise<Json> =>
  asking(scope, call, (check) => runAdhoc(scope, call, check))

async function asking<T>(
  scope: DbScope,
  call: AdhocCall,
  run: (blame: (check: () => Input) => Input) => Promise<T>,
): Promise<T> {
  const { write } = call.operation
  const did = write ? `gives ${write.kind} of ${write.model}` : 'asks for'
  try {
    return await run((check) => handlerValues(scope.work.name, did, check))
  } catch (thrown) {
    throw isProblem(thrown) ? ofModel(thrown, write?.model ?? '') : thrown
  }
}

/** How many rows a write changed. */
const written = (scope: DbScope, call: AdhocCall): Promise<number> =>
  asking(scope, call, async (check) => Number((await ranAdhoc(scope, call, check)).written ?? 0))

/** The handler's own values are no place in its caller's request: a place in them is one in the model (`note.title`). */
function ofModel(problem: Problem, model: string): Problem {
  if (!problem.details.some(({ place }) => place.startsWith('/'))) return problem
  return withPlaces(
    problem,
    problem.details.map((detail) => ({
      ...detail,
      place: detail.place.replace(/^(?:\/data|\/items\/\d+)?\//, `${model}.`),
    })),
  )
}

/** A bulk answers item by item: the first item that was refused undoes the others, which stand in a savepoint. */
const allOrNone = (scope: DbScope, bulk: AdhocCall): Promise<Json> =>
  scope.place.connection.transaction(async (connection) => {
    const outcomes = await ask({ ...scope, place: { connection, inTransaction: true } }, bulk)
    const model = bulk.operation.write?.model ?? ''
    return Array.isArray(outcomes) ? outcomes.map((outcome, index) => idOf(outcome, index, model)) : []
  })

function idOf(outcome: Json, index: number, model: string): Json {
  if (isMembers(outcome) && outcome.status === 'created') return { id: outcome.id ?? null }
  const code = isMembers(outcome) && outcome.code === 'already-exists' ? 'already-exists' : 'forbidden'
  throw new Problem(code, {
    details: [{ place: model, code, message: `Row ${index + 1} was refused, and so none was made` }],
  })
}
