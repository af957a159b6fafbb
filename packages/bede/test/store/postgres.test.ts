import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../src/store/open.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { conformance } from './store.conformance.ts'
import { value } from './subject.ts'

const url = await postgresUrl()

conformance({
  name: 'PostgreSQL',
  skip: url ? false : NO_POSTGRES,
  create: async () => openStore(url),
  oneSession: false,
})

test('a server that has its own price of an index lookup keeps it', { skip: url ? false : NO_POSTGRES }, async () => {
  const own = new URL(url ?? '')
  own.searchParams.set('options', '-c random_page_cost=2.5')
  const driver = openStore(own.href)
  try {
    assert.equal(await value(await driver.open(), "select current_setting('random_page_cost')"), '2.5')
  } finally {
    await driver.close()
  }
})
