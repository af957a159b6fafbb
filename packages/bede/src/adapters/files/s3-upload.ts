import { Problem } from '../../telemetry/problem.ts'
import type { Queue } from '../../toolkit/queue.ts'
import { Gathered } from './gathered.ts'
import type { S3Encryption } from './s3-address.ts'
import { type Asking, ask, brief, patient, type S3Calls, StoreFailure, unreachable } from './s3-client.ts'

/**
 * Bytes of each part but the last. All the same, because some stores want it so; a store takes 10,000 of them, which is
 * 80 GB. At least 5 MiB (Amazon S3, Multipart upload limits).
 */
const partSize = 8 * 1024 * 1024
const mostParts = 10_000
/** Milliseconds that the last request goes on for when nobody waits for it any more: cut off, it leaves open what became of it. */
const grace = 5_000
/** Of what is tidied up behind a failure, where somebody waits for the word of it: what is left of it is tidied later. */
const hasty = { attempt: 2_000, all: 5_000 }

interface Uploading {
  readonly s3: S3Calls
  readonly at: { readonly Bucket: string; readonly Key: string }
  readonly encryption: S3Encryption | undefined
  /** Those that hold a part in memory. */
  readonly sending: Queue
  remove(): Promise<void>
}

/**
 * Writes an object whose length nobody knows yet: in one request where it is small, else in parts, which become an object
 * when all of them are there. Rejects with what the source throws or the signal's reason when there is none for certain,
 * and with the Problem `unavailable` where the store has failed: then there may be one, for all that anybody knows.
 */
export async function s3Upload(
  { s3, at, encryption, sending, remove }: Uploading,
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const writing = {
    ContentType: 'application/octet-stream',
    ...(encryption !== undefined && { ServerSideEncryption: encryption }),
  }
  const gathered = new Gathered(partSize)
  const parts: { readonly PartNumber: number; readonly ETag: string }[] = []
  let upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string } | undefined
  let isThere = false

  /** Gives what was gathered to a request, when it is its turn to take memory for it. */
  const send = <T>(request: (body: Uint8Array, asking: Asking) => Promise<T>, stop?: AbortSignal): Promise<T> => {
    const sent = async () => {
      const body = await gathered.give()
      return ask((asking) => request(body, asking), patient, stop)
    }
    return gathered.isLarge ? sending.run(sent, signal ?? never) : sent()
  }
  const sendPart = async (): Promise<void> => {
    const PartNumber = parts.length + 1
    if (PartNumber > mostParts) throw new Problem('too-large', { message: 'A file in S3 has 80 GB at most' })
    if (!upload) {
      const { UploadId } = await ask((asking) => s3.createMultipartUpload({ ...at, ...writing }, asking), brief, signal)
      if (UploadId === undefined) throw new TypeError('S3 began an upload without a name')
      upload = { ...at, UploadId }
    }
    const into = { ...upload, PartNumber }
    const { ETag } = await send((Body, asking) => s3.uploadPart({ ...into, Body }, asking), signal)
    if (ETag === undefined) throw new TypeError('S3 took a part without a tag')
    parts.push({ PartNumber, ETag })
  }

  try {
    for await (const chunk of source) {
      signal?.throwIfAborted()
      for (let from = 0; from < chunk.length; ) {
        if (gathered.isFull) await sendPart()
        from += await gathered.take(chunk.subarray(from))
      }
    }
    signal?.throwIfAborted()
    if (upload) await sendPart()
    const { stop, end } = later(signal, grace)
    try {
      if (upload) {
        const whole = { ...upload, MultipartUpload: { Parts: parts } }
        await ask((asking) => s3.completeMultipartUpload(whole, asking), patient, stop)
      } else await send((Body, asking) => s3.putObject({ ...at, ...writing, Body }, asking), stop)
    } finally {
      end()
    }
    isThere = true
    signal?.throwIfAborted()
  } catch (error) {
    const begun = upload
    if (isThere) await remove()
    else if (begun) await ask((asking) => s3.abortMultipartUpload(begun, asking), hasty).catch(() => {})
    throw unreachable(error)
  } finally {
    await gathered.close()
  }
}

const never = new AbortController().signal

/** A signal that is given so long after another. */
function later(signal: AbortSignal | undefined, milliseconds: number): { stop: AbortSignal; end(): void } {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    timer = setTimeout(() => stopping.abort(new StoreFailure('TimeoutError')), milliseconds)
  }
  if (signal?.aborted) begin()
  else signal?.addEventListener('abort', begin, { once: true })
  return {
    stop: stopping.signal,
    end() {
      signal?.removeEventListener('abort', begin)
      clearTimeout(timer)
    },
  }
}
