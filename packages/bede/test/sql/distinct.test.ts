import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  app,
  bigint,
  bool,
  defineSchema,
  id,
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

const shelf = model({ id: id<'shelf'>(), name: text(), books: many('book', 'shelfId') })
const book = model({
  id: id<'book'>(),
  genre: text({ optional: true }),
  pages: bigint(),
  shown: bool(),
  shelfId: ref('shelf'),
  shelf: one('shelfId'),
})
const models = defineSchema({ shelf, book })
const actor = { id: ref('shelf') }
const { shelf: Shelves, book: Books } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route, action } = verbs<ActorOf<typeof actor>>(actor)

const library = {
  shelfPolicy: Shelves.policy(({ row }) => ({ read: row.name.ne('hidden') })),
  bookPolicy: Books.policy(({ row }) => ({ read: row.shown })),
  values: route('GET /values', {
    auth: 'optional',
    answers: () => ({
      genres: Books.distinct((b) => b.genre),
      pages: Books.distinct((b) => b.pages),
      shelves: Books.distinct((b) => b.shelf.name),
      second: Books.distinct((b) => b.pages, { where: (b) => b.genre.isNotNull(), limit: 1, offset: 1 }),
      each: Shelves.list((s) => s.books.distinct((b) => b.genre), { order: (s) => s.name.asc() }),
    }),
  }),
  fill: action({
    run: async ({ db }) => {
      const [a, b, hidden] = await db.createMany(Shelves, [{ name: 'b' }, { name: 'a' }, { name: 'hidden' }])
      const rows = [
        { genre: 'novel', pages: '9', shown: true, shelfId: a!.id },
        { genre: 'novel', pages: '10', shown: true, shelfId: b!.id },
        { genre: 'Atlas', pages: '10', shown: true, shelfId: b!.id },
        { genre: null, pages: '100', shown: true, shelfId: hidden!.id },
        { genre: 'secret', pages: '7', shown: false, shelfId: a!.id },
      ]
      await db.createMany(Books, rows)
    },
  }),
}

for (const store of await testStores()) {
  test(`distinct values come once, in their order, without nulls and under the policies, on ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log }
    const declared = app({ name: 'library', schema: models, use: { library } })
    const backend = await start(declared, { database: store.url, mode: 'development', log })
    try {
      await backend.call('fill', {}, system('test'))
      const { answer } = await backend.call('values')
      assert.deepEqual(JSON.parse(answer.kind === 'json' ? answer.text : ''), {
        genres: ['Atlas', 'novel'],
        pages: ['9', '10', '100'],
        shelves: ['a', 'b'],
        second: ['10'],
        each: [['Atlas', 'novel'], ['novel']],
      })
    } finally {
      await backend.close()
    }
  })
}
