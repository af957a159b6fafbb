import type { Logger } from '../../telemetry/logger.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type S3Place, s3AddressForm } from './s3-address.ts'
import { ask, brief, type S3Calls, StoreFailure } from './s3-client.ts'

/** What is written and removed to see whether it can be. No file has such a key. */
const probe = 'probe'

/**
 * Whether files can be listed, written and removed there. Throws the Problem `invalid-setting` where the store says no: that
 * does not pass by itself. A store that does not answer is another matter, and only logged: it must not keep an app from
 * starting that does much else.
 */
export async function checkPlace(
  s3: S3Calls,
  { bucket: Bucket, prefix, encryption }: S3Place,
  log: Logger,
): Promise<void> {
  const at = { Bucket, Key: prefix + probe }
  const encrypted = encryption !== undefined && { ServerSideEncryption: encryption }
  const written = { ...at, ContentType: 'application/octet-stream', ...encrypted, Body: Buffer.alloc(0) }
  try {
    await ask((asking) => s3.listObjectsV2({ Bucket, Prefix: prefix, EncodingType: 'url', MaxKeys: 1 }, asking), brief)
    await ask((asking) => s3.putObject(written, asking), brief)
    await ask((asking) => s3.deleteObject(at, asking), brief)
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error
    const said = refusal(error, Bucket)
    if (said)
      throw new Problem('invalid-setting', {
        message: `Files cannot be kept in S3: ${said[0]}.`,
        hint: said[1],
        cause: error,
      })
    log.warn('the place for files does not answer', { bucket: Bucket, cause: error })
  }
}

const rights =
  's3:ListBucket and s3:ListBucketMultipartUploads for the bucket; s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload for what is in it'

/** What it has said no to, and what to do about it; undefined: it has said nothing, or that it cannot now. */
function refusal({ code, status, region }: StoreFailure, bucket: string): readonly [string, string] | undefined {
  if (code === 'CredentialsProviderError')
    return ['there are no credentials', 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.']
  if (code === 'RegionMissing') return ['nobody has said a region', `Write it into the address: ${s3AddressForm}.`]
  if (status === undefined || status >= 500 || status === 408 || status === 429) {
    const isUnknown = code === 'NotImplemented'
    return isUnknown
      ? ['the store does not know what is asked of it', 'Leave out encryption=… where the store has none.']
      : undefined
  }
  if (code === 'NoSuchBucket')
    return [`there is no bucket ${bucket}`, 'Make the bucket, private as it is by default, or name another.']
  if (region !== undefined || code === 'PermanentRedirect' || code === 'AuthorizationHeaderMalformed')
    return [
      `the bucket is in ${region === undefined ? 'another region' : `the region ${region}`}`,
      `Write its region into the address: ${s3AddressForm}.`,
    ]
  if (status === 401 || status === 403)
    return [
      `the store refuses these credentials, or does not let them do this (${code})`,
      `Look at the credentials, and give them ${rights}.`,
    ]
  return [`the store answered ${status} (${code})`, 'Look at the bucket, the region and the endpoint of the address.']
}
