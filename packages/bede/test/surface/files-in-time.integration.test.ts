import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { localFiles } from '../../src/adapters/files/local.ts'
import type { FileStorage } from '../../src/engine/files/storage.ts'
import { type Served, serveApp } from '../attacks/support/siege.ts'
import { studio } from '../attacks/support/studio.ts'
import { tusRequests } from '../attacks/support/tus-requests.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'

const url = await postgresUrl()
/** Milliseconds of any operation here. */
const operationTime = 1_000
/** Milliseconds after which whoever holds a row lets go of it, should nobody have been refused. */
const patience = 4_000

/** How long bytes may take to come, and how long the transaction behind them. */
describe('a file that takes its time', { skip: url ? false : NO_POSTGRES }, () => {
  let served: Served
  let folder: string
  /** Called when the first byte of a file is being written: its caller was let through. */
  let writing = (): void => {}

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bede-files-in-time-'))
    const local = await localFiles(folder)
    const files: FileStorage = {
      ...local,
      async write(key, source, signal) {
        async function* watched() {
          for await (const piece of source) {
            yield piece
            writing()
          }
        }
        await local.write(key, watched(), signal)
      },
    }
    served = await serveApp(
      studio(),
      { name: 'PostgreSQL', skip: false, url: url ?? '' },
      { start: { files }, http: { limits: { operationTime } } },
    )
  })
  after(async () => {
    await served?.close()
    await rm(folder, { recursive: true })
  })

  const stored = async () => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name))
  const sweepLater = () => served.backend.files?.sweep(served.backend.connection, new Date(Date.now() + 2 * 86_400_000))
  const make = async (): Promise<string> =>
    (await served.ask('POST', '/pictures', { as: 'ada', json: { title: 'in time' } })).json.id

  /** Sends bytes in pieces; `between` is waited for behind the first one. */
  const send = (
    method: string,
    path: string,
    pieces: readonly string[],
    headers: object,
    between: () => Promise<void>,
  ) =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const sent = request(
        {
          port: served.port,
          method,
          path,
          headers: {
            Authorization: `Bearer ${served.tokens.eve}`,
            'Content-Type': 'application/octet-stream',
            'Content-Length': pieces.join('').length,
            ...headers,
          },
        },
        async (answer) => {
          let text = ''
          for await (const chunk of answer.setEncoding('utf8')) text += chunk
          resolve({ status: answer.statusCode ?? 0, text })
        },
      )
      sent.once('error', reject)
      const [first, ...rest] = pieces
      sent.write(first)
      between().then(async () => {
        for (const piece of rest) {
          sent.write(piece)
          await sleep(400)
        }
        sent.end()
      }, reject)
    })
  /** Does something during which the row is somebody else's: from when the file is being written. */
  const whileHeld = async <T>(id: string, does: (taken: Promise<void>) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    let timer: NodeJS.Timeout | undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    writing = resolve
    const taken = promise.then(async () => {
      await client.query('begin')
      await client.query('select 1 from picture where id = $1 for update', [id])
      timer = setTimeout(() => void client.query('rollback').catch(() => {}), patience)
    })
    try {
      return await does(taken)
    } finally {
      clearTimeout(timer)
      await client.end()
    }
  }

  test('its bytes may take longer than any operation, and do not take the time of the transaction', async () => {
    const pieces = Array.from({ length: 6 }, (_, n) => String(n).repeat(60_000))
    const id = await make()
    const { status, text } = await send('PUT', `/pictures/${id}/proof`, pieces, {}, async () => {})
    assert.equal(status, 200, text)
    assert.equal((await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).text, pieces.join(''))
  })

  test('its transaction has the time of any operation: a row that somebody holds ends it, and nothing is changed', async () => {
    const id = await make()
    const before = await served.everything()
    // The first piece is as much as is looked at before anything is written.
    const { status, text } = await whileHeld(id, (taken) =>
      send('PUT', `/pictures/${id}/proof`, ['x'.repeat(10_000), 'y'], {}, () => taken),
    )
    assert.deepEqual([status, JSON.parse(text).code], [504, 'deadline-exceeded'])
    assert.equal(await served.everything(), before)
    await sweepLater()
    assert.ok(!(await stored()).some((name) => name.startsWith('unsettled')))
    assert.equal((await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).status, 404)
  })

  test('so has that of the last part of one that is sent in parts, which can be sent again', async () => {
    const { begun, far, append } = tusRequests(served)
    const id = await make()
    const upload = await begun('eve', `/pictures/${id}/proof`, 10)
    const headers = {
      'Content-Type': 'application/offset+octet-stream',
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': '0',
    }
    const { status, text } = await whileHeld(id, (taken) =>
      send('PATCH', upload, ['half ', 'of it'], headers, () => taken),
    )
    assert.deepEqual([status, JSON.parse(text).code], [504, 'deadline-exceeded'])
    assert.equal(await far('eve', upload), 0)
    assert.equal((await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).status, 404)
    const again = await append('eve', upload, 0, 'half of it')
    assert.equal(again.status, 204, again.text)
    assert.equal((await served.ask('GET', `/pictures/${id}/proof`, { as: 'eve' })).text, 'half of it')
  })
})
