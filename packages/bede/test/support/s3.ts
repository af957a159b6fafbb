import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { S3 } from '@aws-sdk/client-s3'

// Nothing in a test asks the cloud's own address for credentials.
process.env.AWS_EC2_METADATA_DISABLED = 'true'

/** Debian's, for which its packages are installed; not one that stands before it in the path. */
const python = '/usr/bin/python3'
const asked = `import importlib.util as u; raise SystemExit(not all(u.find_spec(n) for n in ('swift.proxy', 'swift.obj', 'swift.container', 'swift.account')))`

/** Why tests that need a store that speaks S3 are skipped; false when they run. */
export const noS3: string | false = !installed()
  ? 'the package @aws-sdk/client-s3 is not installed'
  : spawnSync(python, ['-c', asked], { stdio: 'ignore' }).status === 0
    ? false
    : 'there is no OpenStack Swift here (Debian: python3-swift)'

function installed(): boolean {
  try {
    return import.meta.resolve('@aws-sdk/client-s3') !== ''
  } catch {
    return false
  }
}

export const credentials = { accessKeyId: 'test:tester', secretAccessKey: 'testing' }

/** A Swift of a test's own, which speaks S3, on a free port and in a folder that goes with it. */
export async function s3Server() {
  const folder = await mkdtemp(join(tmpdir(), 'bede-test-swift-'))
  const started = spawn(python, [join(import.meta.dirname, 's3-server.py'), folder, '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const url = await saidBy(started)
  const { S3: Client, paginateListObjectsV2 } = await import('@aws-sdk/client-s3')
  const client: S3 = new Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  let count = 0
  return {
    url,
    client,
    /** Makes an empty bucket; its name. */
    async bucket(): Promise<string> {
      const Bucket = `files-${++count}`
      await client.createBucket({ Bucket })
      return Bucket
    },
    /** The address of a bucket as an operator writes it. `endpoint`: what stands in front of the server. */
    address: (bucket: string, prefix = '', endpoint = url): string =>
      `s3://${bucket}${prefix && `/${prefix}`}?endpoint=${encodeURIComponent(endpoint)}`,
    /** Every key in a bucket, and every upload that has begun and not ended as `.incoming/` and its key. */
    async stored(Bucket: string): Promise<readonly string[]> {
      const found: string[] = []
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
        found.push(...Contents.map(({ Key }) => `${Key}`))
      for (let next = {}, more = true; more; ) {
        const { Uploads = [], IsTruncated, ...page } = await client.listMultipartUploads({ Bucket, ...next })
        found.push(...Uploads.map(({ Key }) => `.incoming/${Key}`))
        more = IsTruncated === true
        next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      }
      return found.sort()
    },
    async close(): Promise<void> {
      client.destroy()
      const ended = new Promise((resolve) => started.once('exit', resolve))
      started.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

export type S3Server = Awaited<ReturnType<typeof s3Server>>

const saidBy = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Swift ended with ${code} before it served`)))
    child.stdout?.once('data', (said) => resolve(String(said).trim()))
  })
