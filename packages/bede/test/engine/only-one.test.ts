import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  fromActor,
  id,
  link,
  model,
  one,
  ref,
  resources,
  text,
  timestamp,
} from '../../src/index.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { isProblem, type Problem } from '../../src/telemetry/problem.ts'
import { testStores } from '../support/stores.ts'

/** A library that lends a book to one person at a time: the database holds it, not a rule that reads other rows. */
const member = model({ id: id<'member'>(), name: text() })
const book = model({ id: id<'book'>(), title: text() })
const loan = model(
  {
    id: id<'loan'>(),
    state: choice(['out', 'back'], { default: 'out' }),
    bookId: ref('book'),
    book: one('bookId'),
    memberId: ref('member', { default: fromActor('id'), immutable: true }),
    returnedAt: timestamp({ optional: true }),
  },
  {
    unique: [['memberId', 'returnedAt'], { fields: ['bookId'], where: (row) => row.returnedAt.isNull() }],
    index: [{ fields: ['state'], where: (row) => row.state.eq('out') }],
  },
)
const models = defineSchema({ member, book, loan })
const actor = { id: ref('member') }
type Models = typeof models
interface Library extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const { member: Members, book: Books, loan: Loans } = resources<Library, Actor>(models, actor)
const loanView = Loans.view(({ row }) => ({ id: row.id, bookId: row.bookId }))
const giveBack = Loans.action({
  where: ({ row }) => row.returnedAt.isNull(),
  set: ({ now }) => ({ returnedAt: now, state: 'back' }),
})
const library = () =>
  app({
    name: 'library',
    schema: models,
    use: {
      all: {
        memberPolicy: Members.policy(() => ({ read: anyone })),
        bookPolicy: Books.policy(() => ({ read: anyone })),
        loanPolicy: Loans.policy(({ row, actor }) => {
          const mine = row.memberId.eq(actor.id)
          return { read: anyone, create: mine, update: mine }
        }),
        loanView,
        giveBack,
        loans: Loans.expose({
          view: loanView,
          operations: ['list', 'create', 'createMany', giveBack],
          filter: ['bookId'],
        }),
      },
    },
  })

const refusal = (step: () => unknown): Problem => {
  try {
    step()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('a conditional unique and a conditional index are in the manifest, beside the index of the ref', () => {
  const { indexes } = link(library()).manifest.models.loan ?? { indexes: [] }
  assert.deepEqual(
    indexes.map(({ name, where }) => [name, where !== undefined]),
    [
      ['loan_member_id_returned_at_key', false],
      ['loan_book_id_key', true],
      ['loan_state_idx', true],
      ['loan_book_id_idx', false],
    ],
  )
  assert.deepEqual(indexes[1]?.where, {
    kind: 'call',
    fn: 'isNull',
    args: [{ kind: 'field', row: 'row', field: 'returnedAt' }],
  })
})

test('indexes of different fields have different names, and one that is stated twice is one', () => {
  const pair = model(
    { id: id<'pair'>(), a: text(), b: text(), aB: text({ unique: true }) },
    {
      unique: [
        ['a', 'b'],
        ['a', 'b'],
      ],
      index: [['b', 'a']],
    },
  )
  const schema = defineSchema({ pair })
  const { pair: Pairs } = resources(schema, {})
  const { manifest } = link(app({ name: 'pairs', schema, use: { m: { p: Pairs.policy(() => ({})) } } }))
  assert.deepEqual(
    manifest.models.pair?.indexes.map(({ name, fields }) => [name, fields.join()]),
    [
      ['pair_a_b_key', 'aB'],
      ['pair_a_b_key_2', 'a,b'],
      ['pair_b_a_idx', 'b,a'],
    ],
  )
})

test('a conditional unique is no key and serves no filter; its condition speaks of the row alone', () => {
  const thing = model(
    { id: id<'thing'>(), name: text(), kind: text(), at: timestamp() },
    {
      unique: [{ fields: ['name'], where: (row) => row.kind.eq('a') }],
      index: [
        { fields: ['kind'], where: (row) => row.at.part('year').eq(2026) },
        { fields: ['at'], where: () => ({}) as never },
      ],
    },
  )
  const schema = defineSchema({ thing })
  const { thing: Things } = resources(schema, {})
  const view = Things.view(({ row }) => ({ name: row.name }))
  const api = Things.expose({
    view,
    operations: ['list', 'create', 'update', 'upsert'],
    filter: ['name'],
    key: ['name'],
  })
  const p = Things.policy(() => ({ read: anyone, create: anyone, update: anyone }))
  const { details } = refusal(() => link(app({ name: 'things', schema, use: { m: { p, view, api } } })))
  const said = details.map(({ place, message }) => `${place}: ${message}`)
  assert.ok(said.includes('thing.index: A condition is expected, not object'), said.join('\n'))
  assert.ok(said.includes('thing.index.thing_kind_idx: The condition of an index cannot use part'), said.join('\n'))
  assert.ok(said.includes('api.key: name is no unique of thing'), said.join('\n'))
  assert.ok(
    said.some((one) => one.includes('filter.name: thing.name has no index')),
    said.join('\n'),
  )
})

for (const store of await testStores()) {
  test(`${store.name}: of twenty who borrow a book at the same time one has it`, { skip: store.skip }, async () => {
    const backend = await start(library(), {
      database: store.url,
      mode: 'development',
      log: createLogger({ level: 'error', write: () => {} }),
    })
    try {
      const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: [] })
      const made = await rows(
        `insert into member (id, name) select gen_random_uuid(), n::text from generate_series(1, 20) n returning id::text`,
      )
      const people = made.map(([key]) => ({ id: key ?? '' }))
      const [[bookId] = []] = await rows(
        `insert into book (id, title) values (gen_random_uuid(), 'x') returning id::text`,
      )
      const borrow = (actor: { id: string }) =>
        backend.engine.call({ operation: 'loan.create', input: { data: { bookId } }, actor })
      const outcomes = await Promise.allSettled(people.map(borrow))
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue
        assert.ok(isProblem(outcome.reason))
        assert.equal(outcome.reason.code, 'already-exists')
        assert.deepEqual(
          outcome.reason.details.map(({ place }) => place),
          ['/data/bookId'],
        )
      }
      assert.deepEqual(await rows('select count(*)::text from loan'), [['1']])

      const [[loanId, borrower] = []] = await rows('select id::text, member_id::text from loan')
      const many = await backend.engine.call({
        operation: 'loan.createMany',
        input: { items: [{ bookId }] },
        actor: people[0] ?? null,
      })
      assert.ok(many.answer.kind === 'json' && many.answer.text.includes('already-exists'))
      assert.deepEqual(await rows('select count(*)::text from loan'), [['1']])

      await backend.engine.call({ operation: 'giveBack', input: { id: loanId }, actor: { id: borrower ?? '' } })
      const again = await Promise.allSettled(people.map(borrow))
      assert.equal(again.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.deepEqual(await rows('select count(*)::text from loan'), [['2']])
    } finally {
      await backend.close()
    }
  })
}
