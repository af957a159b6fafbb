import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type Backend, start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  link,
  model,
  ref,
  resources,
  text,
  timestamp,
} from '../../src/index.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { tendPartitions } from '../../src/store/partitions.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'
import { problemOf } from './support/running.ts'

type Options = object

const log = (options: Options = { partition: { by: 'at', every: 'month', ahead: 2, keep: 2 } }, more = {}) => {
  const person = model({ id: id<'person'>() })
  const visit = model(
    {
      id: id<'visit'>(),
      page: text(),
      at: timestamp({ default: 'now', immutable: true }),
      ...more,
    },
    { index: [['at']], ...options } as object,
  )
  const models = defineSchema({ person, visit })
  const actor = { id: ref('person') }
  const { person: People, visit: Visits } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const view = Visits.view(({ row }) => ({ id: row.id, page: row.page, at: row.at }))
  const visits = Visits.expose({
    view,
    operations: ['list', 'get', 'create', 'update', 'delete', 'createMany'],
    sort: ['at'],
  })
  const record = Visits.action({
    auth: 'optional',
    input: { page: text(), at: timestamp() },
    create: ({ input }) => ({ page: input.page, at: input.at }),
  })
  const personPolicy = People.policy(() => ({ read: anyone }))
  const visitPolicy = Visits.policy(() => ({ read: anyone, create: anyone, update: anyone, delete: anyone }))
  return app({ name: 'log', schema: models, use: { all: { personPolicy, visitPolicy, view, visits, record } } })
}

for (const store of await testStores()) {
  describe(`partitions by time, on ${store.name}`, { skip: store.skip }, () => {
    let now = new Date('2026-03-15T12:00:00Z')
    let started: Promise<Backend> | undefined
    const backend = () =>
      (started ??= start(log(), {
        database: store.url,
        mode: 'development',
        log: createLogger({ write: () => {} }),
        clock: () => now,
      }))
    after(async () => (await started)?.close())
    const rows = async (sql: string) => (await backend()).connection.query({ sql, params: [], shape: [] })
    // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
    const ask = async (operation: string, input: unknown): Promise<any> => {
      const { answer } = await (await backend()).engine.call({ operation, input, actor: null })
      return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
    }
    const parts = async () =>
      (
        await rows(
          "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'visit'::regclass order by 1",
        )
      ).flat()
    const record = (page: string, at: string) => ask('record', { page, at })

    test('parts are there before their time, and no write is ever without one', async () => {
      await backend()
      assert.deepEqual(await parts(), ['visit_2026_03', 'visit_2026_04', 'visit_2026_05', 'visit_default'])
      for (const [page, at] of [
        ['old', '2026-02-10T00:00:00Z'],
        ['now', '2026-03-31T23:59:59.999Z'],
        ['next', '2026-04-01T00:00:00Z'],
        ['far', '2026-09-01T00:00:00Z'],
      ] as const)
        await record(page, at)
      assert.deepEqual(await rows('select tableoid::regclass::text, page from visit order by at'), [
        ['visit_default', 'old'],
        ['visit_2026_03', 'now'],
        ['visit_2026_04', 'next'],
        ['visit_default', 'far'],
      ])
    })

    test('a row is found by its id, changed and deleted, and a list goes on from part to part', async () => {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: { items: { id: string; page: string }[]; next: string | null } = await ask('visit.list', {
          sort: 'at',
          limit: 1,
          ...(cursor ? { cursor } : {}),
        })
        seen.push(...page.items.map((one) => one.page))
        cursor = page.next
      } while (cursor)
      assert.deepEqual(seen, ['old', 'now', 'next', 'far'])
      const made = await ask('visit.create', { data: { page: 'x' } })
      assert.equal((await ask('visit.get', { id: made.id })).page, 'x')
      assert.equal((await ask('visit.update', { id: made.id, data: { page: 'y' } })).page, 'y')
      await ask('visit.delete', { id: made.id })
      assert.equal((await problemOf(() => ask('visit.get', { id: made.id }))).code, 'not-found')
      const many = await ask('visit.createMany', { items: [{ page: 'm' }] })
      assert.equal(many[0].status, 'created')
      await rows("delete from visit where page = 'm'")
    })

    test('as time goes on parts are made, rows that came too early are moved, and only what keep leaves out is dropped', async () => {
      const { connection, manifest } = await backend()
      const tend = () => tendPartitions(connection, manifest, postgres, now)
      now = new Date('2026-07-02T00:00:00Z')
      await Promise.all([tend(), tend()])
      assert.deepEqual(await rows('select tableoid::regclass::text, page from visit order by at'), [
        ['visit_2026_09', 'far'],
      ])
      assert.deepEqual(await parts(), [
        'visit_2026_05',
        'visit_2026_07',
        'visit_2026_08',
        'visit_2026_09',
        'visit_default',
      ])
    })

    test('a start with less keep, or other parts, changes nothing and says what would be lost', async () => {
      if (store.name === 'PGlite') return
      const { connection } = await backend()
      for (const [partition, said] of [
        [{ by: 'at', every: 'month', keep: 1 }, /drops its parts, with their rows, but the last 1/],
        [{ by: 'at', every: 'day' }, /lies in other parts/],
      ] as const) {
        const again = await problemOf(() => start(log({ partition }), { database: store.url, mode: 'development' }))
        assert.equal(again.code, 'store-schema')
        assert.match(JSON.stringify(again.details), said)
      }
      assert.equal((await connection.query({ sql: 'select 1 from visit', params: [], shape: [] })).length, 1)
    })
  })
}

test('what cannot be kept across parts is a mistake of the declaration', () => {
  const refusal = (options: Options, more = {}): string => {
    try {
      link(log(options, more))
    } catch (error) {
      return String(error)
    }
    return ''
  }
  const partition = { by: 'at', every: 'month', keep: 3 } as const
  assert.match(refusal({ partition }, { code: text({ unique: true }) }), /would be unique in each part/)
  assert.match(refusal({ partition, history: true }), /no history would tell/)
  assert.match(refusal({ partition: { ...partition, by: 'page' } }), /cannot say in which part/)
  assert.match(refusal({ partition }, { before: ref('visit', { optional: true }) }), /names a row of visit/)
  assert.match(refusal({ partition: { ...partition, by: 'seen' } }, { seen: integer() }), /cannot say/)
  assert.equal(refusal({ partition }), '')
})
