import { randomUUID } from 'node:crypto'
import type { UploadAccess } from '../../../manifest/exposed/uploads.ts'
import type { InvokeOperation } from '../../../manifest/manifest.ts'
import { Problem } from '../../../telemetry/problem.ts'
import { shownSize } from '../../../toolkit/size.ts'
import { isSystem } from '../../call.ts'
import { after } from '../../internal-statement.ts'
import type { Shaped, Work } from '../../work.ts'
import type { Files } from '../files.ts'
import { isOf } from '../records.ts'
import { keeperOf } from '../room.ts'
import { checkMayWrite, rulesAt, scopeOf } from '../row-file.ts'
import { append } from './append.ts'
import { readMetadata } from './metadata.ts'
import { removeParts } from './parts.ts'
import type { Upload } from './records.ts'

type Doing = (work: Work<InvokeOperation>, files: Files, access: UploadAccess) => Promise<Shaped>

/**
 * A step of a resumable upload (tus 1.0.0). Whoever has not begun it, or acts in another tenant than when they did, does
 * not see it: 404.
 */
export function runUpload(work: Work<InvokeOperation>, files: Files, access: UploadAccess): Promise<Shaped> {
  if (work.place.inTransaction) {
    throw new Problem('malformed-request', {
      message: 'An upload is made of requests of their own',
      hint: 'Send each by itself, and none in a batch.',
    })
  }
  return does[access.does](work, files, access)
}

/** Who may write the file may begin to send it, where there is room for all of it. */
async function begin(work: Work<InvokeOperation>, files: Files, access: UploadAccess): Promise<Shaped> {
  const { call, input, limit, now, place, runtime } = work
  const id = input.id ?? null
  await checkMayWrite(scopeOf(work), access, id)
  const told = readMetadata(typeof input.metadata === 'string' ? input.metadata : undefined)
  const length = Number(input.length)
  const { max } = rulesAt(runtime.manifest, access)
  if (length > max) throw new Problem('too-large', { message: `A file may have at most ${shownSize(max)} here.` })
  if (length === 0) throw new Problem('invalid-value', { message: 'The file is empty.' })
  const upload = {
    id: randomUUID(),
    of: { model: access.model, field: access.field, rowId: String(id) },
    ...keeperOf(call, runtime),
    name: told.name ?? null,
    type: told.type ?? null,
    length,
    expiresAt: after(new Date(now), runtime.manifest.files?.uploads.for ?? 0),
  }
  await place.connection.transaction((connection) => files.begin(connection, upload, now, limit), { signal: limit })
  const at = work.operation.http?.path.replace(/:[A-Za-z_]\w*/, encodeURIComponent(String(id)))
  const headers = { Location: `${at}/${upload.id}`, 'Upload-Expires': dateOf(upload) }
  return { status: 201, answer: { kind: 'none', headers } }
}

async function find(work: Work<InvokeOperation>, files: Files, access: UploadAccess): Promise<Shaped> {
  const upload = await own(work, files, access)
  const headers = {
    'Upload-Offset': String(upload.received),
    'Upload-Length': String(upload.length),
    'Upload-Expires': dateOf(upload),
  }
  return { status: 204, answer: { kind: 'none', headers } }
}

async function goOn(work: Work<InvokeOperation>, files: Files, access: UploadAccess): Promise<Shaped> {
  const upload = await own(work, files, access)
  const received = await append(work, files, access, upload)
  const headers = { 'Upload-Offset': String(received), 'Upload-Expires': dateOf(upload) }
  return { status: 204, answer: { kind: 'none', headers } }
}

/** Of one that has ended, the file stays. */
async function abandon(work: Work<InvokeOperation>, files: Files, access: UploadAccess): Promise<Shaped> {
  const { id } = await own(work, files, access)
  const { connection } = work.place
  const parts = await files.uploads.parts(connection, id)
  await files.uploads.forget(connection, id)
  work.runtime.background('removing the parts of an upload', () => removeParts(files.storage(), parts))
  return { status: 204, answer: { kind: 'none' } }
}

const does: Readonly<Record<UploadAccess['does'], Doing>> = { begin, find, append: goOn, abandon }

/**
 * The upload that the call names, where it is the caller's in the tenant in which they act, and of this row; else there is
 * none (classes 33 and 34).
 */
async function own(
  { call, input, now, place, runtime }: Work<InvokeOperation>,
  files: Files,
  { model, field }: UploadAccess,
): Promise<Upload> {
  const upload = await files.uploads.find(place.connection, String(input.upload))
  const keeper = keeperOf(call, runtime)
  if (
    upload &&
    upload.of.model === model &&
    upload.of.field === field &&
    upload.of.rowId === String(input.id) &&
    (isOf(upload, keeper) || isSystem(call.actor)) &&
    Date.parse(upload.expiresAt) > Date.parse(now)
  )
    return upload
  throw new Problem('not-found', {
    message: 'There is no such upload of yours, or not any more',
    hint: 'Begin again with POST.',
  })
}

/** As HTTP writes times (RFC 9110 §5.6.7). */
const dateOf = ({ expiresAt }: Pick<Upload, 'expiresAt'>): string => new Date(expiresAt).toUTCString()
