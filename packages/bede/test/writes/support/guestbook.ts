import {
  type ActorOf,
  and,
  anyone,
  app,
  bool,
  defineSchema,
  fromActor,
  id,
  many,
  model,
  one,
  ref,
  resources,
  text,
} from '../../../src/index.ts'

/** Rows that are created alone, and rows that need more than their insert. */
const person = model({ id: id<'person'>(), name: text() })
const book = model({
  id: id<'book'>(),
  title: text(),
  open: bool({ default: true }),
  entries: many('entry', 'bookId'),
})
const entry = model({
  id: id<'entry'>(),
  said: text({ max: 200 }),
  hidden: bool({ default: false }),
  bookId: ref('book'),
  book: one('bookId'),
  authorId: ref('person', { default: fromActor('id') }),
  author: one('authorId'),
})
const models = defineSchema({ person, book, entry })
const actor = { id: ref('person') }
interface Models extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, book: Books, entry: Entries } = resources<Models, Actor>(models, actor)

const personView = Persons.view(({ row }) => ({ id: row.id, name: row.name }))
const entryView = Entries.view(({ row }) => ({
  id: row.id,
  said: row.said,
  author: personView.of(row.author),
  book: row.book.title,
}))
/** Counts the rows that the new one is one of. */
const countedView = Entries.view(({ row }) => ({ id: row.id, inAll: row.book.entries.count() }))

const add = Entries.action({
  input: { said: text({ max: 200 }), bookId: ref('book') },
  create: ({ input }) => ({ said: input.said, bookId: input.bookId }),
  answers: countedView,
})

export const guestbook = () =>
  app({
    name: 'guestbook',
    schema: models,
    use: {
      policies: {
        personPolicy: Persons.policy(() => ({ read: anyone })),
        bookPolicy: Books.policy(({ row }) => ({ read: row.open })),
        entryPolicy: Entries.policy(({ row, actor }) => ({
          read: row.hidden.eq(false),
          create: and(row.authorId.eq(actor.id), row.said.ne('spam')),
        })),
      },
      api: {
        personView,
        entryView,
        countedView,
        entries: Entries.expose({
          view: entryView,
          operations: ['create', 'get'],
          accepts: { create: ['said', 'hidden', 'bookId'] },
        }),
        add,
      },
    },
  })
