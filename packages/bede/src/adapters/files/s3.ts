import { Readable } from 'node:stream'
import { type FileStorage, isKey } from '../../engine/files/storage.ts'
import { type Logger, silent } from '../../telemetry/logger.ts'
import { Queue } from '../../toolkit/queue.ts'
import { readS3Address } from './s3-address.ts'
import { checkPlace } from './s3-check.ts'
import { ask, brief, loadS3, type S3Credentials, StoreFailure, unreachable } from './s3-client.ts'
import { s3Upload } from './s3-upload.ts'
import { whileItComes } from './while-it-comes.ts'

export interface S3Options {
  /** Absent: as the SDK of AWS finds them, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in the role of the machine. */
  readonly credentials?: S3Credentials
  /** Told that the store does not answer at the start. */
  readonly log?: Logger
}

/** Parts that are sent at once; others wait. Each is held in memory while it is sent, and not before. */
const sentAtOnce = 8
/** Milliseconds without a byte of a file that somebody waits for. */
const stall = 20_000

/**
 * Files in a bucket of S3, or of a store that speaks as S3 does: `await s3Files('s3://bucket/prefix?region=eu-central-1')`.
 * For the form of the address see {@link readS3Address}. Nothing in it is made public. Throws the Problem
 * `invalid-setting` where the address is none, the package `@aws-sdk/client-s3` is not installed, or the store refuses: there
 * is no such bucket, or not for these credentials. A store that does not answer is asked again with the first file.
 */
export async function s3Files(address: string, { credentials, log = silent }: S3Options = {}): Promise<FileStorage> {
  const place = readS3Address(address)
  const { bucket: Bucket, prefix } = place
  const s3 = await loadS3(place, credentials)
  await checkPlace(s3, place, log).catch((error: unknown) => {
    s3.destroy()
    throw error
  })
  const sending = new Queue(sentAtOnce, Number.POSITIVE_INFINITY)
  const at = (key: string) => {
    if (!isKey(key)) throw new TypeError('a key of a file is made by Bede')
    return { Bucket, Key: prefix + key }
  }
  /** The key of an object; undefined: it is none of ours. */
  const keyOf = (name: string | undefined): string | undefined => {
    const found = name?.includes('%') ? decoded(name) : name
    const key = found?.startsWith(prefix) ? found.slice(prefix.length) : undefined
    return key !== undefined && isKey(key) ? key : undefined
  }
  const remove = async (key: string): Promise<void> => {
    await ask((asking) => s3.deleteObject(at(key), asking), brief).catch((error: unknown) => {
      if (!isAbsent(error)) throw unreachable(error)
    })
  }

  return {
    write: (key, source, signal) =>
      s3Upload({ s3, at: at(key), encryption: place.encryption, sending, remove: () => remove(key) }, source, signal),
    async read(key, span) {
      const range = span && { Range: `bytes=${span.start}-${span.end}` }
      try {
        const { Body } = await ask((asking) => s3.getObject({ ...at(key), ...range }, asking), brief)
        if (!(Body instanceof Readable)) throw new TypeError('an object of S3 comes as a stream')
        return whileItComes(Body, stall)
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw unreachable(error)
      }
    },
    remove,
    async *list(start) {
      let next: string | undefined
      do {
        const page = { Bucket, Prefix: prefix + start, EncodingType: 'url', ContinuationToken: next } as const
        const { Contents = [], NextContinuationToken } = await ask(
          (asking) => s3.listObjectsV2(page, asking),
          brief,
        ).catch((error: unknown) => {
          throw unreachable(error)
        })
        for (const { Key } of Contents) {
          const key = keyOf(Key)
          if (key?.startsWith(start)) yield key
        }
        next = NextContinuationToken
      } while (next !== undefined)
    },
    async tidy(before) {
      let next = {}
      for (let more = true; more; ) {
        const found = await ask(
          (asking) => s3.listMultipartUploads({ Bucket, Prefix: prefix, EncodingType: 'url', ...next }, asking),
          brief,
        )
        for (const { Key, UploadId, Initiated } of found.Uploads ?? []) {
          const key = keyOf(Key)
          if (key === undefined || UploadId === undefined || !Initiated || Initiated >= before) continue
          const upload = { ...at(key), UploadId }
          await ask((asking) => s3.abortMultipartUpload(upload, asking), brief).catch((error: unknown) => {
            if (!isAbsent(error)) throw error
          })
        }
        const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = found
        more = IsTruncated === true && KeyMarker !== undefined && UploadIdMarker !== undefined
        next = { KeyMarker, UploadIdMarker }
      }
    },
    close: async () => s3.destroy(),
  }
}

/** There is no such object or upload; a bucket that is not there is another matter. */
const isAbsent = (error: unknown): boolean =>
  error instanceof StoreFailure && error.status === 404 && error.code !== 'NoSuchBucket'

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name)
  } catch {
    return undefined
  }
}
