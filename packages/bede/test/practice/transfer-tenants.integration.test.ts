import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { system } from '../../src/engine/call.ts'
import { start } from '../../src/identity/start.ts'
import { exportRequest, exportToFile } from '../../src/practice/transfer/export-file.ts'
import { importFile, importRequest } from '../../src/practice/transfer/import-file.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { tower } from '../attacks/support/tower.ts'
import { testStores } from '../support/stores.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-transfer-tenants-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const [one, two] = ['0190a1b2-c3d4-7e5f-8a9b-00000000f001', '0190a1b2-c3d4-7e5f-8a9b-00000000f002']
const log = createLogger({ form: 'json', write: () => {} })

for (const { name, skip, url } of await testStores()) {
  test(`${name}: rows of tenants go in and out with the rights of the system, which says whose they are`, {
    skip,
  }, async () => {
    const backend = await start(tower(), { database: url, mode: 'development', log })
    after(() => backend.close())
    const { manifest, connection } = backend
    const run = (sql: string) => connection.query({ sql, params: [], shape: [] })
    await run(`insert into organization (id, name) values ('${one}', 'one'), ('${two}', 'two')`)
    const file = join(folder, `${name}.csv`)
    const read = async (text: string, actor: ReturnType<typeof system> | null, existing: string, key?: string) => {
      writeFileSync(file, text)
      const words = { model: 'tag', format: undefined, file, existing, key, actor }
      const { stored, refused } = await importFile(backend, importRequest(manifest, words), {
        ...{ file, refused: `${file}.refused`, resume: false, report: () => {} },
      })
      const lines = readFileSync(`${file}.refused`, 'utf8').split('\n').filter(Boolean)
      return { stored, refused, first: lines[0] }
    }
    const why = system('rows from elsewhere')
    const both = `organizationId,name\n${one},same\n${two},same\n`
    assert.equal((await read(both, why, 'refuse')).stored, 2)
    const again = await read(both, why, 'refuse')
    assert.deepEqual([again.stored, again.refused], [0, 2])
    assert.match(again.first ?? '', /already-exists/)
    assert.equal((await read(`${both}${two},more\n`, why, 'keep', 'name')).stored, 3)
    const whose = 'select organization_id::text, name from tag order by 1, 2'
    const stored = [
      [one, 'same'],
      [two, 'more'],
      [two, 'same'],
    ]
    assert.deepEqual(await run(whose), stored)
    const unsaid = await read('name\nnobodys\n', why, 'refuse')
    assert.deepEqual([unsaid.stored, unsaid.refused], [0, 1])
    assert.match(unsaid.first ?? '', /organizationId/)
    const nobody = await read(`organizationId,name\n${one},taken\n`, null, 'refuse')
    assert.deepEqual([nobody.stored, nobody.refused], [0, 1])
    assert.deepEqual(await run(whose), stored)

    const write = async (actor: ReturnType<typeof system> | null) => {
      const request = exportRequest(manifest, { model: 'tag', format: undefined, file, fields: 'name', actor })
      await exportToFile(backend, request, { file, resume: false, report: () => {} })
      return readFileSync(file, 'utf8').split(/\r?\n/).filter(Boolean).slice(1).sort()
    }
    assert.deepEqual(await write(null), [])
    assert.deepEqual(await write(why), ['more', 'same', 'same'])
  })
}
