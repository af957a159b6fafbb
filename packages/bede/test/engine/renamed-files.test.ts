import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { localFiles } from '../../src/adapters/files/local.ts'
import { signedUrl } from '../../src/engine/files/signed.ts'
import { start } from '../../src/identity/start.ts'
import { anyone, app, defineSchema, file, id, model, resources, text } from '../../src/index.ts'
import type { Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'

const paper = file({ types: ['text/plain'], max: '1kb' })

/** As the models are named at first: a letter has a scan. */
const before = () => {
  const letter = model({ id: id<'letter'>(), title: text(), scan: paper })
  const models = defineSchema({ letter })
  const { letter: Letters } = resources<typeof models, object>(models, {})
  const policy = Letters.policy(() => ({ read: anyone, create: anyone, update: anyone }))
  const view = Letters.view(({ row }) => ({ id: row.id, scan: row.scan }))
  const letters = Letters.expose({ view, operations: ['get', 'create'], files: { scan: ['get', 'put'] } })
  return app({ name: 'post', schema: models, use: { all: { policy, view, letters } } })
}
/** Later a document has a page, and something else is called a cover. */
const later = () => {
  const document = model(
    {
      id: id<'document'>(),
      title: text(),
      page: file({ types: ['text/plain'], max: '1kb', was: 'scan' }),
      cover: paper,
    },
    { was: 'letter' },
  )
  const models = defineSchema({ document })
  const { document: Documents } = resources<typeof models, object>(models, {})
  const policy = Documents.policy(() => ({ read: anyone, update: anyone }))
  const view = Documents.view(({ row }) => ({ id: row.id, page: row.page, cover: row.cover }))
  const documents = Documents.expose({
    view,
    operations: ['get'],
    files: { page: ['get', 'put', 'delete'], cover: ['put'] },
  })
  return app({ name: 'post', schema: models, use: { all: { policy, view, documents } } })
}

for (const store of await testStores()) {
  test(`${store.name}: files stay with a model and a field that are called otherwise by now, and go when these let them go`, {
    skip: store.skip,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bede-renamed-'))
    const driver = openStore(store.url)
    const lasting: Driver = { ...driver, open: () => connection, close: async () => {} }
    const connection = driver.open()
    const stored = async () => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name))
    const words = (text: string) => ({
      bytes: (async function* () {
        yield Buffer.from(text)
      })(),
    })
    const open = async (which: ReturnType<typeof before> | ReturnType<typeof later>) =>
      start(which, { driver: lasting, mode: 'development', log: silent, files: await localFiles(folder) })
    try {
      const first = await open(before())
      const call = (backend: Awaited<ReturnType<typeof open>>, operation: string, input: object, text?: string) =>
        backend.engine.call({ operation, input, actor: null, ...(text !== undefined && { content: words(text) }) })
      const body = async (of: ReturnType<typeof call>) => {
        const { answer } = await of
        return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
      }
      const { id } = await body(call(first, 'letter.create', { data: { title: 'one' } }))
      const kept = await body(call(first, 'letter.putScan', { id, name: 'a.txt' }, 'a letter'))
      await first.close()

      const second = await open(later())
      const until = new Date(Date.now() + 60_000)
      const url = signedUrl(second.keys, { id: kept.id, until: Math.ceil(until.valueOf() / 1000), saved: false })
      const token = url.split('/').at(-1)
      const reads = async (operation: string, input: object) => {
        const { answer } = await call(second, operation, input)
        assert.ok(answer.kind === 'raw' && typeof answer.body === 'object' && 'read' in answer.body)
        return Buffer.concat(await Readable.from(answer.body).toArray()).toString()
      }
      const inTwoDays = () => new Date(Date.now() + 2 * 86_400_000)
      // By the names of then, by those of now, and by one that some other version has given it.
      for (const name of ['scan', 'page', 'cover', 'unknown']) {
        await (await connection).script(`update bede.file set field = '${name}'`)
        if (name !== 'cover' && name !== 'unknown') assert.equal(await reads('files.signed', { token }), 'a letter')
        await second.files?.sweep(second.connection, inTwoDays())
        assert.equal((await stored()).length, 1)
        const [row] = await (await connection).query({
          sql: 'select model, field from bede.file',
          params: [],
          shape: [],
        })
        assert.deepEqual(row, ['document', 'page'])
        assert.equal(await reads('files.signed', { token }), 'a letter')
        assert.equal(await reads('document.getPage', { id }), 'a letter')
      }
      await call(second, 'document.putCover', { id }, 'another')
      await second.files?.sweep(second.connection, inTwoDays())
      assert.equal((await stored()).length, 2)
      await call(second, 'document.deletePage', { id })
      await second.close()
      assert.equal((await stored()).length, 1)
    } finally {
      await driver.close()
      await rm(folder, { recursive: true })
    }
  })
}
