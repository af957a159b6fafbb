import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { s3Files } from '../../src/adapters/files/s3.ts'
import { readS3Address } from '../../src/adapters/files/s3-address.ts'
import { loadS3 } from '../../src/adapters/files/s3-client.ts'
import { s3Upload } from '../../src/adapters/files/s3-upload.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { Queue } from '../../src/toolkit/queue.ts'
import { scratchName } from '../../src/toolkit/scratch/lease.ts'
import { credentials, noS3, type S3Server, s3Server } from '../support/s3.ts'
import { pieces } from '../support/samples.ts'
import { tap } from '../support/tap.ts'
import { conforms } from './file-storage.conformance.ts'

const megabyte = 1024 * 1024
const unavailable = { code: 'unavailable', status: 503 }

describe('files in S3', { skip: noS3 }, () => {
  let started: Promise<S3Server> | undefined
  const running = (): Promise<S3Server> => {
    started ??= s3Server()
    return started
  }
  const closings: (() => Promise<void>)[] = []
  after(async () => {
    for (const close of closings) await close()
    await (await started)?.close()
  })
  /** What stands in front of the server. */
  async function tapped() {
    const line = await tap((await running()).url)
    closings.push(line.close)
    return line
  }

  /** A bucket of a test's own and what is kept in it, reached through a tap. */
  async function opened(prefix = '') {
    const server = await running()
    const bucket = await server.bucket()
    const line = await tapped()
    const storage = await s3Files(server.address(bucket, prefix, line.url), { credentials })
    closings.push(storage.close)
    return {
      ...server,
      name: bucket,
      line,
      storage,
      left: () => server.stored(bucket),
      put: (Key: string, Body = 'x') => server.client.putObject({ Bucket: bucket, Key, Body }),
    }
  }

  conforms('a bucket', async () => {
    const server = await running()
    const bucket = await server.bucket()
    return { storage: await s3Files(server.address(bucket), { credentials }), left: () => server.stored(bucket) }
  })

  test('nothing in a bucket is made public, and nobody has what is in it without credentials', async () => {
    const { storage, line, url, name } = await opened()
    await storage.write('0190a1/aa/small', pieces(Buffer.from('words'), 5))
    await storage.write('0190a1/aa/large', pieces(Buffer.alloc(9 * megabyte), megabyte))
    assert.match(line.heard(), /PUT \/files-\d+\/0190a1\/aa\/small/)
    assert.doesNotMatch(line.heard(), /acl|public|grant/i)
    for (const key of ['small', 'large']) {
      const got = await fetch(`${url}/${name}/0190a1/aa/${key}`)
      assert.ok(got.status >= 400 && !(await got.text()).includes('words'))
    }
  })

  test('below a prefix nothing else is seen, listed, read or removed, whatever its name', async () => {
    const { storage, put, left, client, name: Bucket } = await opened('shop')
    const others = [
      'unsettled/a',
      'shop2/unsettled/a',
      'shop/unsettled/../../unsettled/a',
      'shop/unsettled/..',
      'shop/unsettled/%2e%2e',
      'shop/unsettled/A',
      'shop/unsettled/a b',
      'shop/unsettled/a%2Fb%',
      'shop/unsettled/a\u202eb',
      'shop/unsettled/a//b',
      'shop/unsettled/<Key>x</Key>',
      'shop/unsettled/&amp;',
      'shop/unsettled/ends/',
    ]
    for (const key of others) await put(key)
    await client.createMultipartUpload({ Bucket, Key: 'shop2/0190a1/aa/a' })
    await client.createMultipartUpload({ Bucket, Key: '0190a1/aa/a' })
    await storage.write('unsettled/mine', pieces(Buffer.from('x'), 1))
    const found: string[] = []
    for await (const key of storage.list('unsettled/')) found.push(key)
    assert.deepEqual(found, ['unsettled/mine'])
    assert.equal(await storage.read('unsettled/a'), undefined)
    for (const key of ['unsettled/a', 'unsettled/mine']) await storage.remove(key)
    await storage.tidy(new Date(Date.now() + 60_000))
    assert.deepEqual(await left(), [...others, '.incoming/shop2/0190a1/aa/a', '.incoming/0190a1/aa/a'].sort())
  })

  test('more keys and uploads than one page of an answer has are all found', async () => {
    const { storage, client, name: Bucket, left } = await opened()
    const keys = Array.from({ length: 45 }, (_, n) => `unsettled/${10 + n}`)
    for (const Key of keys) {
      await client.putObject({ Bucket, Key, Body: Buffer.alloc(0) })
      await client.createMultipartUpload({ Bucket, Key: `0190a1/aa/${Key.slice(-2)}` })
    }
    const found: string[] = []
    for await (const key of storage.list('unsettled/')) found.push(key)
    assert.deepEqual(found, keys)
    await storage.tidy(new Date(Date.now() + 60_000))
    assert.deepEqual(await left(), keys)
  })

  test('an upload that its process never ended is tidied away once it is old', async () => {
    const { storage, client, name: Bucket, left } = await opened('shop')
    const half = { Bucket, Key: 'shop/0190a1/aa/half' }
    const { UploadId } = await client.createMultipartUpload(half)
    await client.uploadPart({ ...half, UploadId, PartNumber: 1, Body: 'half' })
    await storage.tidy(new Date(Date.now() - 86_400_000))
    assert.deepEqual(await left(), ['.incoming/shop/0190a1/aa/half'])
    await storage.tidy(new Date(Date.now() + 60_000))
    assert.deepEqual(await left(), [])
  })

  test('however many send slowly, what has come of their files takes no memory, and is gone when they are', async () => {
    const { storage, left } = await opened()
    const folders = async () => (await readdir(tmpdir())).filter((one) => one.startsWith(scratchName()))
    const cut = new AbortController()
    const ended = Promise.withResolvers<void>()
    let waiting = 0
    async function* slow() {
      for (let n = 0; n < 7; n++) yield Buffer.alloc(megabyte, n)
      waiting += 1
      await ended.promise
      yield Buffer.alloc(1)
    }
    const before = process.memoryUsage().arrayBuffers
    const writes = Array.from({ length: 30 }, (_, n) => storage.write(`0190a1/aa/${n}`, slow(), cut.signal))
    const settled = Promise.allSettled(writes)
    while (waiting < 30) await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc?.()
    const taken = process.memoryUsage().arrayBuffers - before
    assert.equal((await folders()).length, 30)
    assert.ok(taken < 100 * megabyte, `${Math.round(taken / megabyte)} MB of 210 are held in memory`)
    cut.abort(new Error('gone'))
    ended.resolve()
    assert.ok((await settled).every((one) => one.status === 'rejected' && /gone/.test(String(one.reason))))
    assert.deepEqual([await left(), await folders()], [[], []])
  })

  test('a store that goes away while a file is sent keeps nothing of it that is not tidied, and is unavailable', async () => {
    const { storage, line, left } = await opened()
    async function* away() {
      yield Buffer.alloc(17 * megabyte)
      line.cut('there', 100_000)
      yield Buffer.alloc(9 * megabyte)
    }
    await assert.rejects(storage.write('0190a1/aa/away', away()), unavailable)
    await assert.rejects(storage.write('0190a1/aa/small', pieces(Buffer.from('x'), 1)), unavailable)
    await assert.rejects(storage.read('0190a1/aa/away'), unavailable)
    await assert.rejects(storage.remove('0190a1/aa/away'), unavailable)
    await assert.rejects(async () => {
      for await (const _ of storage.list('unsettled/')) assert.fail('there is no list')
    }, unavailable)
    line.mend()
    assert.equal(await storage.read('0190a1/aa/away'), undefined)
    assert.deepEqual(await left(), ['.incoming/0190a1/aa/away'])
    await storage.tidy(new Date(Date.now() + 60_000))
    assert.deepEqual(await left(), [])
  })

  test('a store that goes away while a file is read ends it with an error, and never as if it were whole', async () => {
    const { storage, line } = await opened()
    await storage.write('0190a1/aa/large', pieces(Buffer.alloc(9 * megabyte), megabyte))
    line.cut('back', 2 * megabyte)
    const reading = await storage.read('0190a1/aa/large')
    assert.ok(reading)
    await assert.rejects(reading.toArray())
    line.mend()
    assert.equal(
      (await (await storage.read('0190a1/aa/large'))?.toArray())?.reduce((n, one) => n + one.length, 0),
      9 * megabyte,
    )
  })

  test('the last request of an upload is not waited for when nobody waits any more', async () => {
    const { storage, line, left } = await opened()
    const cut = new AbortController()
    async function* source() {
      yield Buffer.from('words')
      line.hold()
      setTimeout(() => cut.abort(new Error('gone')), 100)
    }
    // Nobody knows what became of it, so it is not told as if there were nothing.
    await assert.rejects(storage.write('0190a1/aa/held', source(), cut.signal), unavailable)
    line.mend()
    line.cut()
    line.mend()
    assert.deepEqual(await left(), [])
  })

  test('a bucket that is not there, and credentials that are not good, are refused at the start with what to do', async () => {
    const server = await running()
    const bucket = await server.bucket()
    const lines: string[] = []
    const log = createLogger({ level: 'debug', write: (line) => lines.push(line) })
    const canary = 'canary-secret-9f2c'
    const refused = async (address: string, given: typeof credentials | undefined, message: RegExp, hint: RegExp) => {
      const error = await s3Files(address, { log, ...(given && { credentials: given }) }).then(
        () => assert.fail(`${message} is not refused`),
        (thrown: unknown) => thrown,
      )
      assert.ok(isProblem(error) && error.code === 'invalid-setting', String(error))
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
      log.error('not started', { cause: error })
      const told = inspect(error, { depth: 10, showHidden: true }) + lines.join('\n')
      assert.doesNotMatch(told, /canary|testing|AWS4|Signature:|StringToSign|x-amz/i)
    }
    await refused(server.address('nobodys'), credentials, /there is no bucket nobodys/, /Make the bucket/)
    const wrong = { ...credentials, secretAccessKey: canary }
    await refused(server.address(bucket), wrong, /refuses these credentials.*SignatureDoesNotMatch/, /s3:PutObject/)
    await refused(server.address(bucket), { ...wrong, accessKeyId: 'canary-id' }, /refuses these/, /s3:ListBucket/)
    await refused(`${server.address(bucket)}&region=eu-west-1`, credentials, /us-east-1/, /region/)
    await refused(`${server.address(bucket)}&encryption=AES256`, credentials, /does not know/, /encryption/)
    assert.deepEqual(await server.stored(bucket), [])
    const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_REGION'] // biome-ignore format: a list of words
    const were = names.map((name) => [name, process.env[name]] as const)
    for (const name of names) delete process.env[name]
    process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nowhere'
    try {
      await refused(server.address(bucket), undefined, /there are no credentials/, /AWS_ACCESS_KEY_ID/)
      await refused('s3://bucket', credentials, /nobody has said a region/, /region=/)
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' })
      const storage = await s3Files(server.address(bucket))
      await storage.write('0190a1/aa/one', pieces(Buffer.from('x'), 1))
      assert.deepEqual(await server.stored(bucket), ['0190a1/aa/one'])
      await storage.close()
    } finally {
      for (const [name, value] of were)
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
    }
  })

  test('encryption is asked for with every object, small or in parts', async () => {
    const server = await running()
    const bucket = await server.bucket()
    const line = await tapped()
    const place = readS3Address(`${server.address(bucket, '', line.url)}&encryption=aws:kms`)
    const s3 = await loadS3(place, credentials)
    const { encryption } = place
    const uploading = { s3, encryption, sending: new Queue(1, 1), remove: async () => {} }
    for (const [name, size] of [
      ['small', 1],
      ['large', 9 * megabyte],
    ] as const) {
      const at = { Bucket: bucket, Key: name }
      // Swift has no encryption, and says so.
      await assert.rejects(s3Upload({ ...uploading, at }, pieces(Buffer.alloc(size), megabyte)), unavailable)
    }
    s3.destroy()
    const requests = line.heard().split(/(?=(?:PUT|POST) \/)/)
    for (const begun of [/^PUT [^ ]+\/small/, /^POST [^ ]+\/large\?uploads/]) {
      const request = requests.find((one) => begun.test(one)) ?? assert.fail(`nobody asked for ${begun}`)
      assert.match(request, /^x-amz-server-side-encryption: aws:kms\r$/im)
    }
  })

  test('a store that does not answer at the start is said in the log, and used once it is there', async () => {
    const server = await running()
    const bucket = await server.bucket()
    const line = await tapped()
    const lines: string[] = []
    const log = createLogger({ write: (one) => lines.push(one) })
    line.cut()
    const storage = await s3Files(server.address(bucket, '', line.url), { credentials, log })
    assert.match(lines.join(), /the place for files does not answer/)
    await assert.rejects(storage.read('0190a1/aa/one'), unavailable)
    line.mend()
    await storage.write('0190a1/aa/one', pieces(Buffer.from('x'), 1))
    assert.deepEqual(await server.stored(bucket), ['0190a1/aa/one'])
    await storage.close()
  })
})
