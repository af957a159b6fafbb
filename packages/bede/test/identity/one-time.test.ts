import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountsOf } from '../../src/identity/account.ts'
import { createOneTime } from '../../src/identity/one-time.ts'
import { clubs } from '../engine/support/running.ts'

const now = () => new Date()

for (const { store, run } of await clubs()) {
  const { skip } = store

  test(`class 97: ${store.name}: what works once works once, redeemed by twenty at a time`, { skip }, async () => {
    const { backend } = await run()
    const accounts = accountsOf(backend.manifest)
    assert.ok(accounts)
    const once = createOneTime(backend.planner, accounts)
    const token = await once.issue(backend.connection, { purpose: 'reset', data: { to: 'a' }, lasts: 60 }, now())
    const all = await Promise.all(
      Array.from({ length: 20 }, () => once.redeem(backend.connection, { purpose: 'reset', token }, now())),
    )
    assert.deepEqual(
      all.filter((one) => one !== undefined),
      [{ account: null, data: { to: 'a' } }],
    )
  })

  test(`class 84: ${store.name}: a token is good for what it was issued for, in time and where it was asked for`, {
    skip,
  }, async () => {
    const { backend } = await run()
    const accounts = accountsOf(backend.manifest)
    assert.ok(accounts)
    const once = createOneTime(backend.planner, accounts)
    const { connection } = backend
    const token = await once.issue(connection, { purpose: 'magic', boundTo: 'this browser', lasts: 60 }, now())
    const later = new Date(Date.now() + 61_000)
    assert.equal(await once.redeem(connection, { purpose: 'reset', token, boundTo: 'this browser' }, now()), undefined)
    assert.equal(await once.redeem(connection, { purpose: 'magic', token }, now()), undefined)
    assert.equal(await once.redeem(connection, { purpose: 'magic', token, boundTo: 'another' }, now()), undefined)
    assert.equal(await once.redeem(connection, { purpose: 'magic', token, boundTo: 'this browser' }, later), undefined)
    const redeemed = await once.redeem(connection, { purpose: 'magic', token, boundTo: 'this browser' }, now())
    assert.deepEqual(redeemed, { account: null, data: null })
  })
}
