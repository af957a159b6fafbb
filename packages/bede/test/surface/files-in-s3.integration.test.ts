import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { s3Files } from '../../src/adapters/files/s3.ts'
import { openFiles } from '../../src/cli/serve/files.ts'
import { readSettings } from '../../src/cli/settings/settings.ts'
import { start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { type Served, serveApp } from '../attacks/support/siege.ts'
import { studio } from '../attacks/support/studio.ts'
import { credentials, noS3, type S3Server, s3Server } from '../support/s3.ts'
import { pieces } from '../support/samples.ts'
import { type Tap, tap } from '../support/tap.ts'

/** A backend whose files are in a store that goes away. */

describe('files in a store that goes away', { skip: noS3 }, () => {
  let server: S3Server
  let bucket: string
  let line: Tap
  let served: Served
  const proof = 'x'.repeat(900_000)
  const send = (id: string, body: string) =>
    served.ask('PUT', `/pictures/${id}/proof`, {
      as: 'eve',
      body,
      headers: { 'Content-Type': 'application/octet-stream' },
    })
  const make = async (): Promise<string> =>
    (await served.ask('POST', '/pictures', { as: 'ada', json: { title: 'away' } })).json.id
  const sweepLater = async () => {
    await served.backend.files?.sweep(served.backend.connection, new Date(Date.now() + 2 * 86_400_000))
  }

  before(async () => {
    server = await s3Server()
    bucket = await server.bucket()
    line = await tap(server.url)
    const files = await s3Files(server.address(bucket, 'studio', line.url), { credentials })
    served = await serveApp(studio(), { name: 'PGlite', skip: false, url: 'memory://' }, { start: { files } })
  })
  after(async () => {
    await served?.close()
    await line?.close()
    await server?.close()
  })

  test('in the middle of an upload: 503, no row has it, and the sweep takes what was left', async () => {
    const id = await make()
    const earlier = await served.everything()
    line.cut('there', 400_000)
    const refused = await send(id, proof)
    assert.deepEqual([refused.status, refused.json.code], [503, 'unavailable'], refused.text)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.doesNotMatch(refused.text, /S3|bucket|ECONN|127\.0\.0\.1:\d/)
    assert.equal((await send(id, proof)).status, 503)
    line.mend()
    assert.equal(await served.everything(), earlier)
    // What was on its way may have come yet, for all that anybody knew: it is marked.
    const left = await server.stored(bucket)
    assert.ok(
      left.every((key) => key.startsWith('studio/unsettled/')),
      left.join(),
    )
    await sweepLater()
    assert.deepEqual(await server.stored(bucket), [])
    assert.equal((await send(id, proof)).status, 200)
    assert.equal((await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).text, proof)
  })

  test('in the middle of a download: the answer breaks off, and is never a whole one', async () => {
    const id = await make()
    assert.equal((await send(id, proof)).status, 200)
    line.cut('back', 500_000)
    const answer = await fetch(`http://127.0.0.1:${served.port}/pictures/${id}/proof`, {
      headers: { Authorization: `Bearer ${served.tokens.eve}` },
    })
    assert.equal(answer.status, 200)
    await assert.rejects(answer.text())
    const refused = await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })
    assert.deepEqual([refused.status, refused.json.code], [503, 'unavailable'])
    line.mend()
    assert.equal((await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).text, proof)
  })

  test('before a row is deleted: the row goes, and its file with the next sweep; the rest of the app serves on', async () => {
    const id = await make()
    const { status, json } = await send(id, proof)
    assert.equal(status, 200)
    line.cut()
    assert.equal((await served.ask('DELETE', `/pictures/${id}`, { as: 'ada' })).status, 204)
    assert.equal((await served.ask('GET', `/pictures/${id}`, { as: 'ada' })).status, 404)
    assert.equal((await served.ask('GET', '/health/ready')).status, 200)
    line.mend()
    assert.ok((await server.stored(bucket)).some((key) => key.endsWith(json.id)))
    await sweepLater()
    assert.ok(!(await server.stored(bucket)).some((key) => key.includes(json.id)))
  })

  test('class 110: what is logged of it says what failed, and nothing that signs a request', async () => {
    const lines = served.lines.join('\n')
    assert.match(lines, /S3 could not be asked: E[A-Z]+/)
    assert.doesNotMatch(lines, /testing|AWS4|Signature|x-amz-|test:tester/i)
  })

  test('BEDE_FILES alone opens a bucket, with the credentials of the environment', async () => {
    const names = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
    const were = Object.keys(names).map((name) => [name, process.env[name]] as const)
    Object.assign(process.env, names)
    try {
      const { files } = readSettings({ BEDE_FILES: server.address(bucket, 'said') })
      const storage = await openFiles(files, { folder: '/nowhere', embedded: false })
      assert.ok(storage)
      await storage.write('0190a1/aa/one', pieces(Buffer.from('words'), 5))
      assert.ok((await server.stored(bucket)).includes('said/0190a1/aa/one'))
      await storage.remove('0190a1/aa/one')
      await storage.close()
    } finally {
      for (const [name, value] of were)
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
    }
  })

  test('in production an app does not start with a bucket that is not there, and says what to do', async () => {
    const files = () => s3Files(server.address('nobodys'), { credentials })
    await assert.rejects(start(studio(), { mode: 'production', database: 'memory://', log: silent, files }), {
      code: 'invalid-setting',
      message: /there is no bucket nobodys/,
      hint: /Make the bucket/,
    })
  })
})
