import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { dropAll, NO_POSTGRES, postgresUrl, SERVER_URL } from './postgres.ts'

const url = await postgresUrl()
const skip = url ? false : NO_POSTGRES

after(dropAll)

async function names(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<{ name: string }>(sql)).rows.map((row) => row.name)
  } finally {
    await client.end()
  }
}

test('a test file gets a database of its own, and it is gone afterwards', { skip }, async () => {
  assert.ok(url)
  const name = new URL(url).pathname.slice(1)
  assert.deepEqual(await names(url, 'select current_database() as name'), [name])
  await dropAll()
  assert.deepEqual(await names(SERVER_URL, `select datname as name from pg_database where datname = '${name}'`), [])
})
