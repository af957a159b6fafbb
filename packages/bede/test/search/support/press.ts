import {
  type ActorOf,
  anyone,
  app,
  bool,
  defineSchema,
  id,
  many,
  model,
  one,
  or,
  ref,
  resources,
  text,
  verbs,
} from '../../../src/index.ts'

const author = model({
  id: id<'author'>(),
  name: text({ max: 80 }),
  notes: text({ default: '' }),
  articles: many('article', 'authorId'),
})
const article = model(
  {
    id: id<'article'>(),
    title: text({ max: 200 }),
    body: text({ optional: true }),
    draft: bool({ default: false }),
    authorId: ref('author'),
    author: one('authorId'),
  },
  { search: { language: 'english', weights: { title: 'A', body: 'B' } }, index: [['title']], history: true },
)
const models = defineSchema({ author, article })
const actor = { id: ref('author') }
interface Press extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { author: Authors, article: Articles } = resources<Press, Actor>(models, actor)
const { route } = verbs<Actor>(actor)

/** Articles that are searched, some of them nobody else's to see. */
export const press = (more: object = {}, policy: object = {}) => {
  const view = Articles.view(({ row }) => ({ id: row.id, title: row.title }))
  const authorView = Authors.view(({ row }) => ({
    name: row.name,
    onFoxes: row.articles.count((one) => one.search.matches('fox')),
  }))
  return app({
    name: 'press',
    schema: models,
    use: {
      all: {
        view,
        authorView,
        authorPolicy: Authors.policy(() => ({ read: anyone })),
        articlePolicy: Articles.policy(({ row, actor }) => ({
          read: or(row.draft.eq(false), row.authorId.eq(actor.id)),
          create: row.authorId.eq(actor.id),
          update: row.authorId.eq(actor.id),
          ...policy,
        })),
        authors: Authors.expose({ view: authorView, operations: ['list'] }),
        articles: Articles.expose({
          view,
          operations: ['list', 'create', 'update'],
          search: true,
          sort: ['title'],
          ...more,
        }),
        found: route('GET /found', {
          auth: 'optional',
          query: { q: text({ max: 200 }) },
          answers: ({ query }) => ({
            items: Articles.list(
              (row) => ({
                title: row.title,
                rank: row.search.rank(query.q),
                parts: row.search.highlight(row.body, query.q),
              }),
              {
                where: (row) => row.search.matches(query.q),
                order: (row) => row.search.rank(query.q).desc(),
                limit: 10,
              },
            ),
          }),
        }),
      },
    },
  })
}
