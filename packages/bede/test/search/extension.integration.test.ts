import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { openStore } from '../../src/store/open.ts'
import { ensureSchema } from '../../src/store/schema.ts'
import { table, tablesOnly, text } from '../fixtures/tables.ts'
import { testStores } from '../support/stores.ts'
import { problemOf } from '../writes/support/running.ts'

const things = (index: object = {}) => tablesOnly({ thing: table('thing', { name: text() }, index) })
const searched = things({ indexes: [{ name: 'thing_name_trigram', fields: ['name'], method: 'trigram' }] })
const settings = { dialect: postgres, mode: 'development' } as const

for (const store of (await testStores()).filter(({ name }) => name === 'PostgreSQL')) {
  const skip = store.skip
  test('whoever may not install an extension is told what to ask for, and nothing was made', { skip }, async () => {
    const role = `bede_small_${randomBytes(4).toString('hex')}`
    const owner = openStore(store.url)
    const url = new URL(store.url)
    url.username = role
    const small = openStore(url.href)
    try {
      const connection = await owner.open()
      const onDatabase = (right: string) =>
        connection.script(`do $$ begin execute format('${right} ${role}', current_database()); end $$`)
      await connection.script('drop extension if exists pg_trgm cascade')
      await connection.script(`create role ${role} login; grant create, usage on schema public to ${role}`)
      await onDatabase('grant create on database %I to')
      await ensureSchema(await small.open(), things(), settings)
      await onDatabase('revoke create on database %I from')
      const problem = await problemOf(async () => ensureSchema(await small.open(), searched, settings))
      assert.equal(problem.code, 'store-schema')
      assert.match(problem.message, /pg_trgm.*this role may not install it/)
      assert.match(problem.hint ?? '', /create extension "pg_trgm"/)
      const count = "select count(*) from pg_class where relname = 'thing_name_trigram'"
      assert.deepEqual(await connection.query({ sql: count, params: [], shape: ['n'] }), [['0']])
      await connection.script('create extension pg_trgm')
      await onDatabase('grant create on database %I to')
      await ensureSchema(await small.open(), searched, settings)
      assert.deepEqual(await connection.query({ sql: count, params: [], shape: ['n'] }), [['1']])
    } finally {
      await small.close()
      const connection = await owner.open()
      await connection.script(
        `drop schema public cascade; create schema public; drop owned by ${role}; drop role ${role}`,
      )
      await owner.close()
    }
  })
}
