import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { localFiles } from '../../src/adapters/files/local.ts'
import type { FileStorage } from '../../src/engine/files/storage.ts'
import { serveApp } from '../attacks/support/siege.ts'
import { studio } from '../attacks/support/studio.ts'

const folder = await mkdtemp(join(tmpdir(), 'bede-slow-files-'))
const local = await localFiles(folder)
/** Milliseconds that the place for files takes for each piece. */
let slowness = 0
const files: FileStorage = {
  ...local,
  write: (key, source, signal) => local.write(key, slowed(source), signal),
}
async function* slowed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    yield piece
    if (slowness > 0) await sleep(slowness)
  }
}
const served = await serveApp(
  studio(),
  { name: 'PGlite', skip: false, url: 'memory://' },
  {
    start: { files },
    http: { limits: { requestTime: 1_000, headersTime: 1_000 } },
  },
)
after(async () => {
  await served.close()
  await rm(folder, { recursive: true })
})
const { ask, port, tokens } = served
const { id } = (await ask('POST', '/pictures', { as: 'ada', json: { title: 'slow' } })).json

/** Sends so many pieces with a pause between them. Its status; `cut`: the connection ended without one. */
const send = (pieces: number, size: number, pause: number): Promise<number | 'cut'> =>
  new Promise((resolve) => {
    const sent = request({
      port,
      method: 'PUT',
      path: `/pictures/${id}/proof`,
      headers: { Authorization: `Bearer ${tokens.eve}`, 'Content-Length': pieces * size },
    })
    let left = pieces
    const timer = setInterval(() => {
      sent.write(Buffer.alloc(size, 'x'))
      left -= 1
      if (left === 0) end()
    }, pause)
    const end = () => {
      clearInterval(timer)
      sent.end()
    }
    const done = (status: number | 'cut') => {
      clearInterval(timer)
      resolve(status)
    }
    sent.on('response', (answer) => {
      answer.resume()
      done(answer.statusCode ?? 0)
    })
    sent.on('error', () => done('cut'))
  })

test('a file that comes steadily may take longer than any other request', async () => {
  assert.equal(await send(7, 60_000, 400), 200)
})

test('a file that comes by drops is cut off, and nothing of it is kept', async () => {
  const before = await served.everything()
  assert.equal(await send(200, 10, 50), 'cut')
  assert.equal(await served.everything(), before)
})

test('a place for files that is slow is not the fault of who sends one', async () => {
  slowness = 1_600
  assert.equal(await send(4, 1_500, 100), 200)
  slowness = 0
})
