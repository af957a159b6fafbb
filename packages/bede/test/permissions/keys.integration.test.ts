import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bringing } from '../../src/engine/credential.ts'
import { start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  app,
  defineSchema,
  email,
  id,
  integer,
  model,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'

/** Seats are known by two fields together, as in a table that was there before. */
const user = model({ id: id<'user'>(), email: email({ unique: true }), password: secret({ private: true }) })
const seat = model({ id: id<'seat'>({ of: ['hall', 'number'] }), hall: text({ max: 20 }), number: integer() })
const models = defineSchema({ user, seat })
const actor = { id: ref('user') }
const { user: Users, seat: Seats } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const view = Seats.view(({ row }) => ({ id: row.id }))
const house = app({
  name: 'house',
  schema: models,
  use: {
    all: {
      userPolicy: Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) })),
      seatPolicy: Seats.policy(({ row }) => ({ read: row.number.gt(1), delete: row.hall.eq('b') })),
      view,
      seats: Seats.expose({ view, operations: ['get', 'delete'] }),
      identity: Users.identity({ apiKeys: { scopes: ['seats:read', 'seats:write'] } }),
    },
  },
})
const somebody = { id: '0190a1b2-c3d4-7e5f-8a9b-00000000e001' }

for (const store of await testStores()) {
  test(`rows that several fields tell apart are asked about by their own key, on ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const log = createLogger({ level: 'error', write: () => {} })
    const backend = await start(house, { database: store.url, mode: 'development', log })
    try {
      const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: ['plan'] })
      await rows(`insert into seat (hall, number) values ('a', 1), ('a', 2), ('b', 2), ('c~d', 3)`)
      await rows(`insert into seat (hall, number) select 'z', n from generate_series(1, 20000) n`)
      await rows('analyze seat')
      const ids = ['a~1', 'a~2', 'b~2', 'c%7Ed~3', 'y~9']
      const ask = async (operation: string) => {
        const { answer } = await backend.call('me.permissions', { operation, ids }, somebody)
        return answer.kind === 'json' ? JSON.parse(answer.text) : null
      }
      assert.deepEqual(await ask('seat.get'), { rows: { 'a~2': true, 'b~2': true, 'c%7Ed~3': true } })
      assert.deepEqual(await ask('seat.delete'), { rows: { 'a~2': false, 'b~2': true, 'c%7Ed~3': false } })
      const call = { input: { ids }, actor: somebody, system: false, now: new Date().toISOString() }
      const asked = backend.planner.rights('seat.get', call) ?? assert.fail()
      const plan = await rows(`explain ${asked.statement.sql.replaceAll('$1', `'{a~1,a~2}'`)}`)
      assert.match(JSON.stringify(plan), /Index.*seat_pkey/)
    } finally {
      await backend.close()
    }
  })

  test(`what a credential may not do is said of it, whatever its account may, on ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const log = createLogger({ level: 'error', write: () => {} })
    const backend = await start(house, { database: store.url, mode: 'production', log })
    try {
      const sql = `insert into seat (hall, number) values ('b', 2) on conflict do nothing`
      await backend.connection.query({ sql, params: [], shape: [] })
      const key = bringing({ ...somebody }, { kind: 'apiKey', id: 'k', token: 't', scopes: ['seats:read'] })
      const why = await backend.explain('seat.delete', { id: 'b~2' }, key)
      assert.deepEqual(
        [why.admitted, why.refusal?.code, why.because],
        [false, 'insufficient-scope', ["This needs the scope 'seats:write'"]],
      )
      await assert.rejects(backend.call('me.permissions', {}, key), { code: 'insufficient-scope' })
      const { answer } = await backend.call('me.permissions', { operation: 'seat.delete', id: 'b~2' }, somebody)
      assert.equal(answer.kind === 'json' && answer.text, '{"allowed":true}')
    } finally {
      await backend.close()
    }
  })
}
