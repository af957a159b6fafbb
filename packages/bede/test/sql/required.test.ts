import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  anyone,
  app,
  bool,
  defineSchema,
  id,
  integer,
  many,
  model,
  one,
  ref,
  resources,
  start,
  system,
  text,
  verbs,
} from '../../src/index.ts'
import { testStores } from '../support/stores.ts'

const shelf = model({ id: id<'shelf'>(), name: text(), shown: bool() })
const book = model({
  id: id<'book'>(),
  title: text(),
  shown: bool(),
  shelfId: ref('shelf'),
  shelf: one('shelfId'),
  quotes: many('quote', 'bookId'),
})
const quote = model(
  {
    id: id<'quote'>(),
    place: integer(),
    bookId: ref('book'),
    book: one('bookId'),
    otherId: ref('book', { optional: true }),
    other: one('otherId'),
  },
  { index: [['place']] },
)
const models = defineSchema({ shelf, book, quote })
const actor = { id: ref('shelf') }
const { shelf: Shelves, book: Books, quote: Quotes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route, action } = verbs<ActorOf<typeof actor>>(actor)

const shelfView = Shelves.view(({ row }) => ({ name: row.name }))
const bookView = Books.view(({ row }) => ({ title: row.title, at: { shelf: shelfView.of(row.shelf) } }))
const quoteView = Quotes.view(({ row }) => ({
  place: row.place,
  book: bookView.of(row.book),
  other: bookView.of(row.other),
}))

const library = {
  quoteView,
  shelfPolicy: Shelves.policy(({ row }) => ({ read: row.shown })),
  bookPolicy: Books.policy(({ row }) => ({ read: row.shown })),
  quotePolicy: Quotes.policy(() => ({ read: anyone })),
  quotes: Quotes.expose({ view: quoteView, operations: ['list'], filter: [], sort: ['place'] }),
  first: route('GET /first', {
    auth: 'optional',
    answers: () => ({
      quotes: quoteView.list({ order: (row) => row.place.asc(), limit: 2 }),
      rest: quoteView.list({ order: (row) => row.place.asc(), limit: 9, offset: 1 }),
      all: quoteView.list({ order: (row) => row.place.asc() }),
      books: Books.list(
        (row) => ({
          title: row.title,
          quotes: row.quotes.list((one) => ({ place: one.place, book: bookView.of(one.book) }), {
            order: (one) => one.place.desc(),
            limit: 1,
          }),
        }),
        { order: (row) => row.title.asc() },
      ),
    }),
  }),
  fill: action({
    run: async ({ db }) => {
      const shelves = await db.createMany(Shelves, [
        { name: 'open', shown: true },
        { name: 'closed', shown: false },
      ])
      const books = await db.createMany(Books, [
        { title: 'a', shown: true, shelfId: shelves[0]!.id },
        { title: 'b', shown: false, shelfId: shelves[0]!.id },
        { title: 'c', shown: true, shelfId: shelves[1]!.id },
      ])
      const [a, b, c] = books.map((made) => made.id)
      await db.createMany(Quotes, [
        { place: 1, bookId: b!, otherId: null },
        { place: 2, bookId: a!, otherId: c! },
        { place: 3, bookId: c!, otherId: a! },
        { place: 4, bookId: a!, otherId: a! },
        { place: 5, bookId: a!, otherId: null },
      ])
    },
  }),
}

for (const store of await testStores()) {
  test(`a row whose required rows may not be read is in no list, count or page, on ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log }
    const declared = app({ name: 'library', schema: models, use: { library } })
    const backend = await start(declared, { database: store.url, mode: 'development', log })
    const ask = async (name: string, input: object = {}, as?: ReturnType<typeof system>) => {
      const { answer, next } = await backend.call(name, input, as)
      return { said: JSON.parse(answer.kind === 'json' ? answer.text : ''), next }
    }
    const open = { title: 'a', at: { shelf: { name: 'open' } } }
    const [second, fourth, fifth] = [
      { place: 2, book: open, other: null },
      { place: 4, book: open, other: open },
      { place: 5, book: open, other: null },
    ]
    try {
      await backend.call('fill', {}, system('test'))
      const { said } = await ask('first')
      assert.deepEqual(said, {
        quotes: [second, fourth],
        rest: [fourth, fifth],
        all: [second, fourth, fifth],
        books: [
          { title: 'a', quotes: [{ place: 5, book: open }] },
          { title: 'c', quotes: [] },
        ],
      })
      const first = await ask('quote.list', { sort: 'place', limit: 2, count: true })
      assert.deepEqual([first.said.items, first.said.total], [[second, fourth], 3])
      const then = await ask('quote.list', { sort: 'place', limit: 2, count: true, cursor: first.next })
      assert.deepEqual([then.said.items, then.said.total, then.next], [[fifth], 3, null])
      const every = await ask('first', {}, system('test'))
      assert.deepEqual(
        every.said.all.map(({ place, book }: { place: number; book: { title: string } }) => [place, book.title]),
        [
          [1, 'b'],
          [2, 'a'],
          [3, 'c'],
          [4, 'a'],
          [5, 'a'],
        ],
      )
    } finally {
      await backend.close()
    }
  })
}
