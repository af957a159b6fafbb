import {
  anyone,
  app,
  choice,
  decimal,
  defineSchema,
  fromActor,
  id,
  integer,
  model,
  or,
  ref,
  resources,
  text,
} from '../../../src/index.ts'
import { type Actor, account, actor, route } from '../../support/account.ts'

/** Texts that are searched, with one beside them that is not, numbers the database computes, and one of them hidden. */

const user = model(account)
const story = model(
  {
    id: id<'story'>(),
    title: text({ min: 1, max: 200 }),
    body: text({ default: '' }),
    status: choice(['public', 'draft'], { default: 'public' }),
    code: text({ optional: true, private: true }),
    price: decimal({ default: '0' }),
    count: integer({ default: 0 }),
    cost: decimal({ optional: true, private: true }),
    total: decimal({ generated: true }),
    margin: decimal({ generated: true, optional: true, private: true }),
    ownerId: ref('user', { default: fromActor('id') }),
  },
  {
    search: { language: 'english', weights: { title: 'A', body: 'B' } },
    index: [{ fields: ['title'], method: 'trigram' }, ['total'], ['status']],
    generated: {
      total: (row) => row.price.times(row.count.toDecimal()),
      margin: (row) => row.price.minus(row.cost),
    },
  },
)
const models = defineSchema({ user, story })
const all = resources<typeof models, Actor>(models, actor)
const { user: Users, story: Stories } = all

const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
const storyPolicy = Stories.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: or(row.status.eq('public'), mine), create: mine, update: mine, delete: mine }
})
const identity = Users.identity({ register: ['handle'] })
const storyView = Stories.view(({ row }) => ({
  id: row.id,
  title: row.title,
  status: row.status,
  total: row.total,
}))
const stories = Stories.expose({
  view: storyView,
  operations: ['list', 'get', 'create', 'update', 'delete'],
  search: true,
  filter: ['title', 'total', 'status'],
  sort: ['total'],
  accepts: {
    create: ['title', 'body', 'status', 'price', 'count'],
    update: ['title', 'body', 'status', 'price', 'count'],
  },
})
const found = route('GET /found', {
  auth: 'optional',
  query: { q: text({ min: 1, max: 200 }) },
  answers: ({ query }) => ({
    items: Stories.list((row) => ({ parts: row.search.highlight(row.body, query.q) }), {
      where: (row) => row.search.matches(query.q),
      order: (row) => row.search.rank(query.q).desc(),
      limit: 20,
    }),
  }),
})

export const library = () =>
  app({
    name: 'library',
    schema: models,
    use: { all: { userPolicy, storyPolicy, identity, storyView, stories, found } },
  })

/** Nothing may be filtered by what nobody may see, whatever computes it from it. */
export const leaking = () => {
  const open = Stories.expose({ view: storyView, operations: ['list'], filter: ['margin'] })
  return app({
    name: 'leaking',
    schema: models,
    use: { all: { userPolicy, storyPolicy: Stories.policy(() => ({ read: anyone })), identity, storyView, open } },
  })
}
