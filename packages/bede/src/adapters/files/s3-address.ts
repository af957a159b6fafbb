import { Problem } from '../../telemetry/problem.ts'

/** How a store encrypts what lies in it (`x-amz-server-side-encryption`). */
export type S3Encryption = 'AES256' | 'aws:kms'

/** A part of a bucket in which files are kept. */
export interface S3Place {
  readonly bucket: string
  /** What every key in the bucket begins with: nothing, or something that ends with `/`. */
  readonly prefix: string
  readonly region?: string
  /** Another store than AWS, which is asked for `https://endpoint/bucket/key`. */
  readonly endpoint?: string
  readonly encryption?: S3Encryption
}

/** What an address looks like, for whoever wrote another. */
export const s3AddressForm = 's3://bucket/prefix?region=eu-central-1'

const addressForm = /^s3:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/
/** What AWS allows (General purpose bucket naming rules). */
const bucketForm = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/
/** Nothing in it needs to be escaped anywhere, and no part of it is `..`. */
const prefixForm = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/)*$/
/** A key has 1,024 bytes at most, of which Bede takes fewer than 100. */
const longestPrefix = 512
const regionForm = /^[A-Za-z0-9-]{1,64}$/
const parameters: ReadonlySet<string> = new Set(['region', 'endpoint', 'encryption'])
const encryptions: ReadonlySet<string> = new Set<S3Encryption>(['AES256', 'aws:kms'])

/**
 * Reads `s3://bucket/prefix?region=…&endpoint=…&encryption=…`. Throws the Problem `invalid-setting`, which never shows the
 * address: somebody may have written a secret into it, where none belongs.
 */
export function readS3Address(text: string): S3Place {
  const [, bucket = '', path = '', query = ''] = addressForm.exec(text) ?? []
  if (bucket.includes('@') || bucket.includes(':')) throw refused('The address of a bucket holds no credentials.')
  if (!bucketForm.test(bucket)) throw refused('This is not the address of a bucket.')
  const prefix = path.replace(/^\//, '').replace(/([^/])$/, '$1/')
  if (!prefixForm.test(prefix) || prefix.length > longestPrefix)
    throw refused('The prefix has parts of letters, digits, ., _ and -, which begin with a letter or a digit.')
  const said = new URLSearchParams(query)
  const names = [...said.keys()]
  if (names.some((name) => !parameters.has(name)) || new Set(names).size < names.length)
    throw refused('The address has other parameters than region, endpoint and encryption, or one of them twice.')
  const region = said.get('region') ?? undefined
  const endpoint = said.get('endpoint') ?? undefined
  const encryption = said.get('encryption') ?? undefined
  if (region !== undefined && !regionForm.test(region)) throw refused('The region is none.')
  if (encryption !== undefined && !isEncryption(encryption)) throw refused('encryption is AES256 or aws:kms.')
  return {
    bucket,
    prefix,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint: endpointOf(endpoint) }),
    ...(encryption !== undefined && { encryption }),
  }
}

const isEncryption = (text: string): text is S3Encryption => encryptions.has(text)

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username + url.password + url.search + url.hash !== '')
    throw refused('The endpoint is an address that begins with https://, or http://, without a user or parameters.')
  return url.href.replace(/\/+$/, '')
}

const refused = (message: string): Problem =>
  new Problem('invalid-setting', {
    message,
    hint: `Write ${s3AddressForm}, or s3://bucket?endpoint=https://objects.example for another store than AWS. Credentials stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or wherever else the SDK of AWS finds them.`,
  })
