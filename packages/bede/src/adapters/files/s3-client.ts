import { Problem } from '../../telemetry/problem.ts'
import { loadOptional } from '../../toolkit/optional-package.ts'
import type { S3Place } from './s3-address.ts'

/** Who asks a store. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

interface Bucket {
  readonly Bucket: string
}
interface At extends Bucket {
  readonly Key: string
}
interface Upload extends At {
  readonly UploadId: string
}
interface Part {
  readonly PartNumber: number
  readonly ETag?: string
}
interface Writing {
  readonly ContentType: string
  readonly ServerSideEncryption?: string
}
export interface Asking {
  readonly abortSignal?: AbortSignal
  /** Milliseconds until the head of an answer, of one attempt. */
  readonly requestTimeout?: number
}

/** What Bede uses of `S3` of `@aws-sdk/client-s3`, whose names these are. */
export interface S3Calls {
  putObject(input: At & Writing & { readonly Body: Uint8Array }, asking: Asking): Promise<unknown>
  getObject(input: At & { readonly Range?: string }, asking: Asking): Promise<{ readonly Body?: unknown }>
  deleteObject(input: At, asking: Asking): Promise<unknown>
  listObjectsV2(
    input: Bucket & { Prefix: string; EncodingType: 'url'; MaxKeys?: number; ContinuationToken?: string | undefined },
    asking: Asking,
  ): Promise<{ readonly Contents?: readonly { readonly Key?: string }[]; readonly NextContinuationToken?: string }>
  createMultipartUpload(input: At & Writing, asking: Asking): Promise<{ readonly UploadId?: string }>
  uploadPart(input: Upload & Part & { readonly Body: Uint8Array }, asking: Asking): Promise<{ readonly ETag?: string }>
  completeMultipartUpload(
    input: Upload & { readonly MultipartUpload: { readonly Parts: readonly Part[] } },
    asking: Asking,
  ): Promise<unknown>
  abortMultipartUpload(input: Upload, asking: Asking): Promise<unknown>
  listMultipartUploads(
    input: Bucket & { Prefix: string; EncodingType: 'url'; KeyMarker?: string; UploadIdMarker?: string },
    asking: Asking,
  ): Promise<{
    readonly Uploads?: readonly { readonly Key?: string; readonly UploadId?: string; readonly Initiated?: Date }[]
    readonly IsTruncated?: boolean
    readonly NextKeyMarker?: string
    readonly NextUploadIdMarker?: string
  }>
  destroy(): void
}

/** Milliseconds to have a connection. */
const connectionTimeout = 3_000
/** A request is tried so often: after a failure of the network or of the store (5xx, 429), never after a refusal. */
const maxAttempts = 3

/** Milliseconds that one attempt and all of them may take. */
interface Patience {
  readonly attempt: number
  readonly all: number
}
/** Of what is said in a few bytes. */
export const brief: Patience = { attempt: 6_000, all: 20_000 }
/** Of what sends a part of a file, or makes the store put parts together. */
export const patient: Patience = { attempt: 60_000, all: 150_000 }

/** Throws the Problem `invalid-setting` where the package is not installed. Asks nobody for anything yet. */
export async function loadS3({ endpoint, region }: S3Place, credentials?: S3Credentials): Promise<S3Calls> {
  const { S3 } = await loadOptional<{ readonly S3: new (options: object) => S3Calls }>(
    '@aws-sdk/client-s3',
    '3',
    'A place for files in S3',
    ['S3'],
  )
  // Without an endpoint the SDK finds a region where it finds credentials; another store mostly does not care.
  const place = region ?? (endpoint === undefined ? undefined : 'us-east-1')
  return new S3({
    ...(place !== undefined && { region: place }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials && { credentials }),
    maxAttempts,
    retryMode: 'standard',
    // The signature covers the bytes already. What the SDK would add beside it other stores do not know, or store with the file.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    followRegionRedirects: false,
    requestHandler: {
      connectionTimeout,
      requestTimeout: brief.attempt,
      throwOnRequestTimeout: true,
      // It would end a file whose reader takes it slowly: who waits for a file has a limit of its own.
      socketTimeout: 0,
      // A reader who is slow holds one; how many there may be is for the edge to say.
      httpAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  })
}

/**
 * One request, in the time it may take; a file that it answers may take longer. Rejects with the signal's reason, or with
 * a {@link StoreFailure}.
 */
export async function ask<T>(
  request: (asking: Asking) => Promise<T>,
  { attempt, all }: Patience,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted()
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), all)
  try {
    const abortSignal = signal ? AbortSignal.any([signal, over.signal]) : over.signal
    return await request({ abortSignal, requestTimeout: attempt })
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw failureOf(error, over.signal.aborted)
  } finally {
    clearTimeout(timer)
  }
}

/** What a store has refused, or that it could not be asked. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure'
  /** Of the store's answer (`NoSuchBucket`), of the SDK (`CredentialsProviderError`) or of the network (`ECONNREFUSED`). */
  readonly code: string
  /** Of its answer; absent: there was none. */
  readonly status: number | undefined
  /** The region in which it says that it is. */
  readonly region: string | undefined

  constructor(code: string, status?: number, region?: string) {
    super(`${status === undefined ? 'S3 could not be asked' : `S3 answered ${status}`}: ${code}`)
    this.code = code
    this.status = status
    this.region = region
  }
}

/**
 * Told by its numbers and names alone: the words of an answer, and what the SDK keeps beside them, may hold the request
 * with its signature, and the name of a key.
 */
function failureOf(error: unknown, late: boolean): StoreFailure {
  if (late) return new StoreFailure('TimeoutError')
  const { name, code, $metadata, Region, message }: Record<string, unknown> = Object(error)
  const { httpStatusCode }: Record<string, unknown> = Object($metadata)
  const status = typeof httpStatusCode === 'number' ? httpStatusCode : undefined
  const words = [code, name].filter((one) => typeof one === 'string' && /^\w{1,60}$/.test(one))
  const missing = message === 'Region is missing' ? 'RegionMissing' : undefined
  const region = typeof Region === 'string' && /^[a-z0-9-]{1,40}$/.test(Region) ? Region : undefined
  return new StoreFailure(missing ?? String(words[0] ?? 'Unknown'), status, region)
}

/** The same for callers: a file cannot be had or kept now. What is a Problem already is left as it is. */
export const unreachable = (error: unknown): unknown =>
  error instanceof StoreFailure
    ? new Problem('unavailable', { message: 'Files cannot be reached at the moment', retryAfter: 5, cause: error })
    : error
