import { timingSafeEqual } from 'node:crypto'
import type { UploadAccess } from '../../../manifest/exposed/uploads.ts'
import type { InvokeOperation } from '../../../manifest/manifest.ts'
import { Problem } from '../../../telemetry/problem.ts'
import { admit } from '../../../toolkit/content/admit.ts'
import { headerBytes } from '../../../toolkit/content/dimensions.ts'
import type { Content } from '../../call.ts'
import type { Work } from '../../work.ts'
import type { Files } from '../files.ts'
import { inOwnTime } from '../own-time.ts'
import { checkMayWrite, rulesAt, scopeOf } from '../row-file.ts'
import { type Arriving, arriving, type Checksum, readChecksum } from './arriving.ts'
import { changedSince, elsewhere } from './elsewhere.ts'
import { finish, isUnfit } from './finish.ts'
import { joined, partSize, removeParts, writePart } from './parts.ts'
import type { Part, Upload } from './records.ts'

/** As what the bytes of an upload come (tus 1.0.0, "PATCH"). */
export const offsetMedia = 'application/offset+octet-stream'

/**
 * Takes the bytes of a `PATCH`, part by part: each counts as soon as it is written and recorded, and the last one when the
 * file of the row is made of all of them. How many bytes there are then. Whoever may not write the file any more is
 * refused before a byte is read.
 */
export async function append(
  work: Work<InvokeOperation>,
  files: Files,
  access: UploadAccess,
  upload: Upload,
): Promise<number> {
  const { call, input } = work
  const content = contentOf(call.content)
  await inOwnTime(work, (own) => checkMayWrite(scopeOf(own), access, input.id ?? null))
  const checksum = readChecksum(typeof input.checksum === 'string' ? input.checksum : undefined)
  if (Number(input.offset) !== upload.received || upload.received === upload.length) throw elsewhere(upload)
  const left = upload.length - upload.received
  if ((content.length ?? 0) > left) {
    throw new Problem('too-large', {
      message: `${content.length} bytes are announced, and ${left} are left of the ${upload.length} that Upload-Length said`,
    })
  }
  const body = await arriving(content.bytes, left, checksum?.hash)
  try {
    return await take({ work, files, access, body, checksum }, upload)
  } finally {
    await body.close()
  }
}

function contentOf(content: Content | undefined): Content {
  if (content?.type === offsetMedia) return content
  throw content
    ? new Problem('unsupported-media-type', {
        message: 'These are no bytes of an upload',
        hint: `Send Content-Type: ${offsetMedia}`,
      })
    : new Problem('malformed-request', { message: 'There is no body: the next bytes are expected' })
}

interface Taking {
  readonly work: Work<InvokeOperation>
  readonly files: Files
  readonly access: UploadAccess
  readonly body: Arriving
  readonly checksum: Checksum | undefined
}

async function take(taking: Taking, begun: Upload): Promise<number> {
  const { work, files, access, body, checksum } = taking
  const { connection, clock } = work.runtime
  const storage = files.storage()
  // What has a checksum counts as a whole, or not at all.
  const size = checksum ? Number.POSITIVE_INFINITY : partSize(begun.length)
  let upload = begun
  while (body.more()) {
    if (upload.parts >= mostParts) throw inTooManyParts()
    const part = await writePart(storage, body, upload.received, size)
    if (!part) break
    const received = part.start + part.size
    try {
      refuseWrong(taking)
      if (part.start === 0 && part.size >= headerBytes) await look(taking, part, upload)
      if (received < upload.length && !(await files.uploads.advance(connection, upload, part, clock().toISOString())))
        throw await changedSince(connection, files.uploads, upload)
    } catch (error) {
      await removeParts(storage, [part]).catch(() => {}) // the sweep comes back to it
      throw error
    }
    if (received === upload.length) {
      await finish(work, files, { access, upload, last: part })
      return received
    }
    upload = { ...upload, received, parts: upload.parts + 1 }
  }
  const failure = body.failure()
  if (failure) throw failure.error
  return upload.received
}

/** Parts that a file may be put together of. A line that breaks so often is none. */
const mostParts = 10_000
const inTooManyParts = (): Problem =>
  new Problem('too-many', {
    message: 'The file has come in too many parts',
    hint: 'Begin again, and send larger ones.',
  })

/** More than was to come counts for nothing; nor does what a checksum speaks against, or could not be told of. */
function refuseWrong({ body, checksum }: Taking): void {
  const failure = body.failure()
  if (failure && (failure.tooMuch || checksum)) throw failure.error
  if (checksum && !timingSafeEqual(checksum.hash.digest(), checksum.expected)) throw new Problem('checksum-mismatch')
}

/** What the beginning of a file tells is looked at as soon as it is there: nobody sends 10 GB to hear that they are no film. */
async function look({ work, files, access }: Taking, part: Part, upload: Upload): Promise<void> {
  const said = { length: upload.length, ...(upload.type !== null && { type: upload.type }) }
  const source = joined(files.storage(), [part], async () => {})
  try {
    const { body } = await admit(source, rulesAt(work.runtime.manifest, access), said)
    for await (const _ of body) break // what is read is closed
  } catch (refusal) {
    if (isUnfit(refusal)) await files.uploads.forget(work.runtime.connection, upload.id)
    throw refusal
  }
}
