import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_POSTGRES, postgresUrl } from '../../../packages/bede/test/support/postgres.ts'
import { Caller, type Exchange } from './caller.ts'
import { operations } from './openapi.ts'
import { parts } from './scenario.ts'
import { serve } from './serve.ts'

const url = await postgresUrl()
const stores = [
  { name: 'PGlite', url: 'memory://', skip: false },
  { name: 'PostgreSQL', url: url ?? '', skip: url ? false : NO_POSTGRES },
] as const

const asked: Partial<Record<string, readonly Exchange[]>> = {}

for (const store of stores) {
  test(`the RealWorld contract on ${store.name}`, { skip: store.skip }, async (t) => {
    const backend = await serve(store.url)
    try {
      const caller = new Caller(backend.origin)
      for (const part of parts) await t.test(part.title, () => part.run(caller))
      asked[store.name] = caller.exchanges
      await t.test('every operation was answered, and refused to whoever is not signed in', () => {
        for (const { name, success, secured } of operations) {
          const statuses = caller.statuses(name)
          assert.ok(statuses.has(success), `${name} never answered ${success}`)
          assert.ok(!secured || statuses.has(401), `${name} was never refused`)
        }
      })
    } finally {
      await backend.close()
    }
  })
}

test('both stores answer the same, byte for byte', { skip: url ? false : NO_POSTGRES }, () => {
  const { PGlite = [], PostgreSQL = [] } = asked
  assert.equal(PGlite.length, PostgreSQL.length)
  for (const [index, exchange] of PGlite.entries()) assert.deepEqual(PostgreSQL[index], exchange)
})
