import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseDatabase } from '../../src/cli/serve/database.ts'
import { urlOf } from '../../src/cli/settings/address.ts'
import { openStore } from '../../src/store/open.ts'
import { isProblem } from '../../src/telemetry/problem.ts'

const refused = (f: () => unknown) => {
  try {
    f()
  } catch (error) {
    if (isProblem(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return assert.fail('it was accepted')
}

test('an address is shown as a browser takes it', () => {
  assert.equal(urlOf({ host: '::1', port: 1 }), 'http://[::1]:1')
  assert.equal(urlOf({ host: '0.0.0.0', port: 1 }), 'http://localhost:1')
})

test('the database is PostgreSQL where there is an address, and its name holds no password', () => {
  const database = chooseDatabase({ url: 'postgres://me:hidden@db.example:5433/shop', data: undefined, folder: '/app' })
  assert.equal(database.driver.name, 'postgres')
  assert.equal(database.name, 'PostgreSQL at me@db.example:5433/shop')
})

test('a socket is named by its folder', () => {
  const url = 'postgres:///shop?host=/run/postgresql'
  assert.equal(chooseDatabase({ url, data: undefined, folder: '/app' }).name, 'PostgreSQL at /run/postgresql/shop')
})

test('without an address it is the embedded one in the project', () => {
  const database = chooseDatabase({ url: undefined, data: undefined, folder: '/app' })
  assert.equal(database.driver.name, 'pglite')
  assert.equal(database.name, 'embedded, in .bede/data')
})

test('an address that is none is refused, not replaced by an empty embedded database', () => {
  const malformed = ['postgres:/root@x', 'postgres:root@x/db', 'postgres:///db', 'postgres://host', 'postgres://host/']
  for (const url of ['', 'db.example', 'mysql://a/b', 'http://a/b', ...malformed, 'postgres://[::1/db']) {
    const message = refused(() => chooseDatabase({ url, data: undefined, folder: '/app' }))
    assert.match(message, /^usage: DATABASE_URL is not/, url)
    if (url !== '')
      assert.match(
        refused(() => openStore(url)),
        /^store-unavailable: The database address/,
        url,
      )
  }
  assert.match(
    refused(() => chooseDatabase({ url: 'postgres://a/b', data: 'x', folder: '/app' })),
    /^usage: Both/,
  )
})
