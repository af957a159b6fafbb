import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Backend, start } from '../../src/identity/start.ts'
import { anyone, app, defineSchema, id, isProblem, model, ref, resources, text } from '../../src/index.ts'
import { rotate, secretStatus } from '../../src/practice/secrets/rotate.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'

/** A book of numbers; `search`: whether notes are found by their value too. */
const book = (search: boolean) => {
  const firm = model({ id: id<'firm'>(), name: text() })
  const person = model(
    {
      id: id<'person'>(),
      code: text({ unique: true }),
      number: text({ encrypted: { search: 'exact' }, unique: true }),
      inside: text({ optional: true, encrypted: { search: 'exact' } }),
      note: search
        ? text({ optional: true, encrypted: { search: 'exact' } })
        : (text({ optional: true, encrypted: true }) as never),
      firmId: ref('firm', { optional: true }),
    },
    { unique: [['firmId', 'inside']] },
  )
  const models = defineSchema({ firm, person })
  const { firm: Firms, person: People } = resources(models, { id: ref('firm') })
  const view = People.view(({ row }) => ({
    id: row.id,
    code: row.code,
    number: row.number,
    inside: row.inside,
    note: row.note,
  }))
  const firmView = Firms.view(({ row }) => ({ id: row.id }))
  const byNote = search ? { byNote: People.view(({ row }) => ({ found: row.note.eq('note 3') })) } : {}
  const use = {
    a: Firms.policy(() => ({ read: anyone, create: anyone })),
    b: People.policy(() => ({ read: anyone, create: anyone, update: anyone })),
    view,
    firmView,
    ...byNote,
    people: People.expose({
      view,
      operations: ['list', 'get', 'create', 'update', 'createMany', 'updateMany', 'upsert'],
      key: ['code'],
      filter: ['number'],
    }),
    firms: Firms.expose({ view: firmView, operations: ['create'] }),
  }
  return app({ name: 'book', schema: models, use: { use } })
}

const secret = () => randomBytes(32).toString('base64url')
const [first, second, third] = [secret(), secret(), secret()]

for (const store of await testStores()) {
  describe(`a secret is changed, on ${store.name}`, { skip: store.skip }, () => {
    let driver: ReturnType<typeof openStore> | undefined
    let backend: Backend | undefined
    const shared = { open: async () => assert.fail('not open yet') } as unknown as ReturnType<typeof openStore>
    before(async () => {
      driver = openStore(store.url)
      const connection = await driver.open()
      // The database outlives each start.
      Object.assign(shared, { ...driver, open: async () => connection, close: async () => {} })
    })
    after(async () => {
      await backend?.close()
      await driver?.close()
    })
    const from = async (current: string, previous: readonly string[] = [], search = false): Promise<Backend> => {
      await backend?.close()
      backend = undefined
      backend = await start(book(search), {
        driver: shared,
        mode: 'development',
        log: silent,
        secrets: { current, previous },
      })
      return backend
    }
    // biome-ignore lint/suspicious/noExplicitAny: what is in an answer is asserted
    const call = async (operation: string, input: unknown): Promise<any> => {
      const { answer } = (await backend?.call(operation, input)) ?? assert.fail('nothing is started')
      return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
    }
    const refused = async (work: () => Promise<unknown>): Promise<string> => {
      try {
        await work()
      } catch (error) {
        assert.ok(isProblem(error), String(error))
        return error.code
      }
      return 'accepted'
    }
    const people = 1_100
    const state = async () => (await secretStatus(backend ?? assert.fail('nothing is started'))).columns

    test('what the one before has sealed opens, is found, and stays unique; new rows are under the current one', async () => {
      await from(first)
      const firm = (await call('firm.create', { data: { name: 'f' } })).id
      const person = (n: number) => ({
        code: `c${n}`,
        number: `n${n}`,
        note: `note ${n}`,
        inside: `i${n}`,
        firmId: firm,
      })
      for (const [begin, end] of [
        [0, 600],
        [600, people],
      ] as const) {
        const items = Array.from({ length: end - begin }, (_, n) => person(begin + n))
        const made = await call('person.createMany', { items })
        assert.ok(made.every(({ status }: { status: string }) => status === 'created'))
      }
      await from(second, [first])
      const found = async (number: string) => (await call('person.list', { number })).items
      assert.deepEqual(
        (await found('n7')).map((one: { note: string }) => one.note),
        ['note 7'],
      )
      const fresh = await call('person.create', { data: { code: 'new', number: 'new', note: 'new' } })
      assert.deepEqual(
        (await found('new')).map((one: { id: string }) => one.id),
        [fresh.id],
      )

      const [seven] = await found('n7')
      const create = (data: object) => call('person.create', { data: { code: 'again', ...data } })
      assert.equal(await refused(() => create({ number: 'n7' })), 'already-exists')
      assert.equal(await refused(() => create({ number: 'new' })), 'already-exists')
      assert.equal(await refused(() => create({ number: 'x', inside: 'i7', firmId: firm })), 'already-exists')
      assert.equal(
        await refused(() => call('person.update', { id: fresh.id, data: { number: 'n7' } })),
        'already-exists',
      )
      const many = await call('person.createMany', {
        items: [
          { code: 'm1', number: 'm1' },
          { code: 'm2', number: 'n8' },
        ],
      })
      assert.deepEqual(
        many.map((one: { status: string }) => one.status),
        ['created', 'refused'],
      )
      const updates = await call('person.updateMany', {
        items: [
          { id: fresh.id, number: 'n9' },
          { id: seven.id, note: 'x' },
        ],
      })
      assert.deepEqual(
        updates.map((one: { status: string }) => one.status),
        ['refused', 'updated'],
      )
      // A row may keep what it has, and another firm may have the same.
      assert.equal(await refused(() => call('person.update', { id: seven.id, data: { number: 'n7' } })), 'accepted')
      assert.equal(await refused(() => call('person.upsert', { data: { code: 'c6', number: 'n6' } })), 'accepted')
      assert.equal(await refused(() => call('person.upsert', { data: { code: 'c6', number: 'n5' } })), 'already-exists')
      assert.equal(await refused(() => create({ number: 'y', inside: 'i7' })), 'accepted')
      for (const { under } of await state()) assert.equal(Object.keys(under).length, 2)
    })

    test('rows are sealed anew in batches, while others write; cut off and begun again, nothing is lost', async () => {
      const running = backend ?? assert.fail('nothing is started')
      const before = (await call('person.list', { limit: 100 })).items
      await assert.rejects(
        rotate(running, () => {
          throw new Error('cut off')
        }),
        /cut off/,
      )
      // A row that is changed after it was read, and before it is rewritten, keeps what it was changed to.
      const [[victim = ''] = []] = await running.connection.query({
        sql: "select id::text from person where code = 'c1099'",
        params: [],
        shape: ['id'],
      })
      let meddled = false
      const query: typeof running.connection.query = async (statement, options) => {
        if (!statement.sql.includes('unnest') || !statement.params.some((one) => one?.includes(victim ?? '-')))
          return running.connection.query(statement, options)
        meddled = true
        await call('person.update', { id: victim, data: { number: 'meanwhile' } })
        await running.connection.query(statement, options)
        throw new Error('cut off')
      }
      await assert.rejects(rotate({ ...running, connection: { ...running.connection, query } }), /cut off/)
      assert.ok(meddled)
      assert.equal((await call('person.get', { id: victim })).number, 'meanwhile')
      assert.ok(
        (await state()).some(({ under }) => Object.keys(under).length === 2),
        'it was not done',
      )
      let going = true
      const writing = (async () => {
        for (let n = 0; going; n++)
          await call('person.update', { id: before[n % 50].id, data: { note: `written ${n}` } })
      })()
      const done = await rotate(running)
      going = false
      await writing
      assert.deepEqual(done.left, [])
      for (const { under } of await state()) assert.deepEqual(Object.keys(under), [done.current])
      assert.deepEqual((await rotate(running)).resealed, 0, 'a second run has nothing to do')
      const now = (await call('person.list', { limit: 100 })).items
      for (const [n, row] of now.entries()) {
        assert.deepEqual([row.id, row.number], [before[n].id, before[n].number])
        assert.ok(row.note === before[n].note || /^written/.test(row.note), row.note)
      }
    })

    test('class 103: then the one before may go; without the current one, or under a third, it does not start', async () => {
      await from(second)
      assert.equal((await call('person.list', { number: 'n7' })).items[0].number, 'n7')
      for (const wrong of [first, third]) {
        assert.equal(await refused(() => from(wrong)), 'invalid-setting')
        const problem = await from(wrong).catch((error: unknown) => error)
        assert.ok(isProblem(problem))
        assert.match(`${problem.message} ${problem.hint}`, /sealed under the secret [0-9a-f]{10}.*BEDE_SECRET_PREVIOUS/)
        assert.ok(!JSON.stringify(problem).includes(wrong) && !problem.message.includes(second))
      }
    })

    test('a field that has become searchable is found once its rows were gone through', async () => {
      const { connection } = await from(second)
      await connection.script(`update person set note = 'in clear' where code = 'c1'`)
      const running = await from(second, [], true)
      const view = async () => {
        const rows = await connection.query({
          sql: "select count(*)::text from person where substr(note, 44, 1) = ':'",
          params: [],
          shape: [],
        })
        return Number(rows[0]?.[0])
      }
      assert.equal(await view(), 0)
      const { left, resealed } = await rotate(running)
      assert.ok(resealed >= people)
      assert.equal(await view(), resealed)
      assert.deepEqual(
        left.map(({ column, why }) => [column, why.slice(0, 16)]),
        [['person.note', 'it does not open']],
      )
      await connection.script(`update person set note = null where code = 'c1'`)
      assert.deepEqual((await rotate(running)).left, [])
    })
  })
}
