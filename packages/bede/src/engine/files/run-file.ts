import type { RowFile } from '../../manifest/files.ts'
import type { FileAccess, InvokeOperation } from '../../manifest/manifest.ts'
import { StoreError } from '../../store/driver.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { isSystem, type OperationCall } from '../call.ts'
import type { DbScope } from '../handler/scope.ts'
import type { Runtime } from '../runtime.ts'
import type { Result, Shaped, Work } from '../work.ts'
import { bring } from './bytes.ts'
import { fileAnswer } from './file-answer.ts'
import type { Files } from './files.ts'
import type { Owner } from './records.ts'
import { checkMayWrite, readFile, writeFile } from './row-file.ts'
import { verifySigned } from './signed.ts'

/** Runs an operation that is about a file. */
export async function runFile(work: Work<InvokeOperation>, access: FileAccess): Promise<Result> {
  const { files } = work.runtime
  if (!files) throw new Problem('internal', { message: 'There are no files' })
  if (access.does !== 'put' && work.call.content)
    throw new Problem('malformed-request', { message: 'No body is accepted here.' })
  return { kind: 'handled', shaped: await does[access.does](work, files, access as RowFile) }
}

type Doing = (work: Work<InvokeOperation>, files: Files, access: RowFile) => Promise<Shaped>

const does: Readonly<Record<FileAccess['does'], Doing>> = { get, put, delete: remove, signed }

async function get(work: Work<InvokeOperation>, files: Files, access: RowFile): Promise<Shaped> {
  const file = await readFile(scopeOf(work), access, work.input.id ?? null)
  return fileAnswer(files.storage(), file, work.call.wanted ?? {})
}

/**
 * First it is asked who may, then the bytes are written, then the row and the file's record, in one transaction. Until
 * that is committed nobody knows of the bytes; they go when it is not.
 */
async function put(work: Work<InvokeOperation>, files: Files, access: RowFile): Promise<Shaped> {
  const { call, input, limit, now, runtime, place } = work
  if (!call.content || place.inTransaction) {
    throw new Problem('malformed-request', {
      message: 'The file itself is the body of this request',
      hint: 'Send its bytes, with a Content-Type, in a request of their own.',
    })
  }
  const scope = scopeOf(work)
  const id = input.id ?? null
  const ownerId = ownerOf(call.actor)
  const storage = files.storage()
  await checkMayWrite(scope, access, id)
  await files.checkRoom(place.connection, ownerId, call.content.length ?? 0)
  const rules = runtime.manifest.models[access.model]?.fields[access.field]?.file
  if (!rules) throw new Problem('internal', { message: `${access.model}.${access.field} is not a file` })
  const name = typeof input.name === 'string' ? input.name : undefined
  const arrived = await bring(storage, { ...call.content, name }, rules, limit.signal)
  const of: Owner = { model: access.model, field: access.field, rowId: String(id) }
  const before = await committed(arrived.undo, () =>
    place.connection.transaction(
      async (connection) => {
        const was = await files.records.current(connection, of)
        await files.keep(connection, { ...arrived.file, of, ownerId }, now, limit)
        await writeFile({ ...scope, place: { connection, inTransaction: true } }, access, id, arrived.file)
        return was
      },
      { signal: limit },
    ),
  )
  await settled(work, files, arrived.kept, before)
  if (call.minimal) return { status: 204, answer: { kind: 'none' } }
  return { status: 200, answer: { kind: 'json', text: JSON.stringify(arrived.file) } }
}

async function remove(work: Work<InvokeOperation>, files: Files, access: RowFile): Promise<Shaped> {
  const { input, limit, place } = work
  const id = input.id ?? null
  const of: Owner = { model: access.model, field: access.field, rowId: String(id) }
  const before = await place.connection.transaction(
    async (connection) => {
      const was = await files.records.current(connection, of)
      await writeFile({ ...scopeOf(work), place: { connection, inTransaction: true } }, access, id, null)
      return was
    },
    { signal: limit },
  )
  // Where it is one of several calls, the sweep finds it once they have all been committed.
  if (!place.inTransaction) await settled(work, files, async () => {}, before)
  return { status: 204, answer: { kind: 'none' } }
}

/** An address that was signed is good for the file it names, as long as that is somebody's. */
async function signed(work: Work<InvokeOperation>, files: Files): Promise<Shaped> {
  const { runtime, input, place, call } = work
  const good = verifySigned(runtime.keys, String(input.token), runtime.clock())
  const record = good && (await files.records.find(place.connection, good.id))
  const held = record?.of ? (await files.records.current(place.connection, record.of)) === record.id : true
  if (!good || !record || !held)
    throw new Problem('not-found', { message: 'This address is not good, or not any more' })
  return fileAnswer(files.storage(), record, call.wanted ?? {}, good.saved)
}

const scopeOf = (work: Work<InvokeOperation>): DbScope => ({ work, place: work.place, actor: work.call.actor })

export const ownerOf = (actor: OperationCall['actor']): string | null =>
  actor === null || isSystem(actor) ? null : String(actor.id)

/** Undoes what was written where the transaction was refused. Where nobody knows what became of it, the sweep finds out. */
export async function committed<T>(undo: () => Promise<void>, transaction: () => Promise<T>): Promise<T> {
  try {
    return await transaction()
  } catch (error) {
    if (isRefusal(error)) await undo().catch(() => {})
    throw error
  }
}

export const isRefusal = (error: unknown): boolean =>
  (isProblem(error) && error.status < 499) ||
  (error instanceof StoreError && !['unavailable', 'canceled', 'timeout'].includes(error.failure))

export function notSettled({ log, tell }: Runtime, cause: unknown): void {
  log.warn('settling a file failed', { cause })
  tell('settling a file', cause)
}

/** What is left to do when it is committed: it is true already, and what fails of it is done by the sweep. */
async function settled(
  { runtime }: Work<InvokeOperation>,
  files: Files,
  kept: () => Promise<void>,
  before: string | undefined,
): Promise<void> {
  await kept().catch((cause: unknown) => notSettled(runtime, cause))
  if (before !== undefined) runtime.background('removing a file', () => files.discard(runtime.connection, before))
}
