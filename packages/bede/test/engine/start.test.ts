import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { link } from '../../src/identity/link.ts'
import { start } from '../../src/identity/start.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'
import { club } from './support/club.ts'
import { problemOf } from './support/running.ts'

for (const store of await testStores()) {
  const { skip, url } = store

  test(`${store.name}: a manifest read from JSON serves every compiled operation, and sign-in`, { skip }, async () => {
    const { manifest } = link(club())
    const backend = await start(
      { manifest: JSON.parse(JSON.stringify(manifest)) },
      { database: url, mode: 'production', log: silent },
    )
    after(() => backend.close())
    const account = { email: 'json@example.com', name: 'json', password: 'correct horse battery' }
    const { answer } = await backend.call('auth.register', account)
    const actor = await backend.authenticate(JSON.parse(answer.kind === 'json' ? answer.text : '{}').token)
    const note = await backend.call('writeNote', { title: 'From JSON' }, actor)
    assert.equal(note.status, 201)
    const problem = await problemOf(() => backend.call('importNotes', { titles: [] }, actor))
    assert.deepEqual([problem.status, problem.code], [501, 'no-handler'])
    await backend.ready()
  })

  test(`class 103: ${store.name}: a broken key or setting stops the start, and the database is closed again`, {
    skip,
  }, async () => {
    const driver = openStore(url)
    const connection = await driver.open()
    // Closing is seen, and the in-memory database outlives each start.
    let closed = 0
    const shared = { ...driver, open: async () => connection, close: async () => void closed++ }
    after(() => driver.close())
    const options = { driver: shared, log: silent, mode: 'development' } as const
    await (await start(club(), options)).close()
    const damage = [
      "update bede.secret set value = 'short' where name = 'root'",
      "update bede.secret set value = '' where name = 'root'",
      "update bede.secret set value = value || '=' where name = 'root'",
    ]
    const [intact] = await connection.query({
      sql: "select value from bede.secret where name = 'root'",
      params: [],
      shape: [],
    })
    for (const [index, sql] of damage.entries()) {
      await connection.query({ sql, params: [], shape: [] })
      const problem = await problemOf(() => start(club(), options))
      assert.deepEqual([problem.code, closed], ['invalid-setting', index + 2])
      assert.doesNotMatch(JSON.stringify(problem), new RegExp(String(intact?.[0])))
      await connection.query({
        sql: `update bede.secret set value = '${intact?.[0]}' where name = 'root'`,
        params: [],
        shape: [],
      })
    }
    for (const wrong of [{ mode: 'prod' }, { deadline: 0 }, { deadline: Number.NaN }]) {
      assert.equal((await problemOf(() => start(club(), { ...options, ...(wrong as object) }))).code, 'invalid-setting')
    }
  })
}

test('class 103: a manifest of another version stops the start', async () => {
  const { manifest } = link(club())
  const other = JSON.parse(JSON.stringify({ ...manifest, version: 99 }))
  const problem = await problemOf(() => start({ manifest: other }, { mode: 'production', log: silent }))
  assert.deepEqual([problem.code, problem.message.includes('99')], ['invalid-manifest', true])
})

test('class 103: an address of no known kind stops the start', async () => {
  assert.equal(
    (await problemOf(() => start(club(), { database: 'mysql://x', mode: 'production', log: silent }))).code,
    'store-unavailable',
  )
})
