import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { localFiles } from '../../src/adapters/files/local.ts'
import { serveApp } from '../attacks/support/siege.ts'
import { studio } from '../attacks/support/studio.ts'

const folder = await mkdtemp(join(tmpdir(), 'bede-late-files-'))
const kept = async () => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f-]{36}$/.test(name))
const place = await localFiles(folder)
let late: (() => Promise<void>) | undefined
const served = await serveApp(
  studio(),
  { name: 'PGlite', skip: false, url: 'memory://' },
  {
    start: {
      files: {
        ...place,
        // As a store across a network: it has said nothing, and has written all the same.
        async write(key, source, signal) {
          if (key.startsWith('unsettled/')) return place.write(key, source, signal)
          const chunks: Uint8Array[] = []
          for await (const chunk of source) chunks.push(chunk)
          late = () =>
            place.write(
              key,
              (async function* () {
                yield* chunks
              })(),
            )
          throw new Error('no answer')
        },
      },
    },
  },
)
after(async () => {
  await served.close()
  await rm(folder, { recursive: true })
})

test('what a place writes after it has failed is found by its mark and swept', async () => {
  const { ask, backend, everything } = served
  const { id } = (await ask('POST', '/pictures', { as: 'ada', json: { title: 'late' } })).json
  const earlier = await everything()
  const sent = await ask('PUT', `/pictures/${id}/proof`, {
    as: 'eve',
    body: 'words',
    headers: { 'Content-Type': 'application/octet-stream' },
  })
  assert.deepEqual([sent.status, sent.json.code], [503, 'unavailable'], sent.text)
  assert.equal(await everything(), earlier)
  await late?.()
  assert.equal((await kept()).length, 2, 'the file and its mark')
  await backend.files?.sweep(backend.connection, new Date())
  assert.equal((await kept()).length, 2)
  await backend.files?.sweep(backend.connection, new Date(Date.now() + 2 * 86_400_000))
  assert.deepEqual(await kept(), [])
})
