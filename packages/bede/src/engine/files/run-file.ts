import { isUpload } from '../../manifest/exposed/uploads.ts'
import type { RowFile } from '../../manifest/files.ts'
import type { FileAccess, InvokeOperation } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Result, Shaped, Work } from '../work.ts'
import { attach } from './attach.ts'
import { bring } from './bytes.ts'
import { fileAnswer, versionOf } from './file-answer.ts'
import type { Files } from './files.ts'
import { settled } from './outcome.ts'
import { inOwnTime } from './own-time.ts'
import { keeperOf } from './room.ts'
import { checkMayWrite, rulesAt, scopeOf, tellFile, writeFile } from './row-file.ts'
import type { Owner } from './row-files.ts'
import { verifySigned } from './signed.ts'
import { runUpload } from './uploads/run-upload.ts'

/** Runs an operation that is about a file. */
export async function runFile(work: Work<InvokeOperation>, access: FileAccess): Promise<Result> {
  const { files } = work.runtime
  if (!files) throw new Problem('internal', { message: 'There are no files' })
  if (access.does !== 'put' && access.does !== 'append' && work.call.content)
    throw new Problem('malformed-request', { message: 'No body is accepted here.' })
  const shaped = await (isUpload(access)
    ? runUpload(work, files, access)
    : access.does === 'signed'
      ? signed(work, files)
      : does[access.does](work, files, access))
  return { kind: 'handled', shaped }
}

type Doing = (work: Work<InvokeOperation>, files: Files, access: RowFile) => Promise<Shaped>

const does: Readonly<Record<RowFile['does'], Doing>> = { get, put, delete: remove }

async function get(work: Work<InvokeOperation>, files: Files, access: RowFile): Promise<Shaped> {
  const { file, told } = await tellFile(scopeOf(work), access, work.input.id ?? null)
  return fileAnswer(files.storage(), file, work.call.wanted ?? {}, { etag: versionOf(told) })
}

/**
 * First it is asked who may, then the bytes are written, then the row and the file's record, in one transaction. Until
 * that is committed nobody knows of the bytes; they go when it is not.
 */
async function put(work: Work<InvokeOperation>, files: Files, access: RowFile): Promise<Shaped> {
  const { call, input, limit, runtime, place } = work
  if (!call.content || place.inTransaction) {
    throw new Problem('malformed-request', {
      message: 'The file itself is the body of this request',
      hint: 'Send its bytes, with a Content-Type, in a request of their own.',
    })
  }
  const keeper = keeperOf(call, runtime)
  const storage = files.storage()
  const expected = call.content.length ?? 0
  await inOwnTime(work, async (own) => {
    await checkMayWrite(scopeOf(own), access, input.id ?? null, call.ifMatch)
    await files.checkRoom(place.connection, keeper, expected)
  })
  const name = typeof input.name === 'string' ? input.name : undefined
  const rules = rulesAt(runtime.manifest, access)
  const arrived = await bring(storage, { ...call.content, name }, rules, limit.signal)
  const told = await inOwnTime(work, (own) => attach(own, files, access, { arrived, keeper }))
  const headers = told === null ? {} : { headers: { ETag: versionOf(told) } }
  if (call.minimal) return { status: 204, answer: { kind: 'none', ...headers } }
  return { status: 200, answer: { kind: 'json', text: JSON.stringify(arrived.file), ...headers } }
}

async function remove(work: Work<InvokeOperation>, files: Files, access: RowFile): Promise<Shaped> {
  const { call, input, limit, place, runtime } = work
  const id = input.id ?? null
  const of: Owner = { model: access.model, field: access.field, rowId: String(id) }
  const before = await place.connection.transaction(
    async (connection) => {
      const was = await files.records.current(connection, of)
      const scope = { ...scopeOf(work), place: { connection, inTransaction: true } }
      await writeFile(scope, access, id, null, call.ifMatch)
      return was
    },
    { signal: limit },
  )
  // Where it is one of several calls, the sweep finds it once they have all been committed.
  if (!place.inTransaction) await settled(runtime, files, async () => {}, before)
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
  return fileAnswer(files.storage(), record, call.wanted ?? {}, { saved: good.saved })
}
