import {
  and,
  anyone,
  app,
  bool,
  choice,
  defineSchema,
  fromActor,
  id,
  integer,
  many,
  model,
  nobody,
  not,
  one,
  or,
  readable,
  ref,
  resources,
  signedIn,
  text,
  timestamp,
} from '../../src/index.ts'
import { type Actor, account, action, actor, route } from '../support/account.ts'

/** A desk with articles, on which who may do what hangs on roles, owners, fields and rows elsewhere. */

const user = model({
  ...account,
  suspended: bool({ default: false, private: true }),
  note: text({ optional: true, private: true }),
  bio: text({ default: '' }),
  articles: many('article', 'authorId'),
})
const article = model({
  id: id<'article'>(),
  slug: text({ unique: true, max: 60 }),
  title: text({ min: 1, max: 60 }),
  status: choice(['draft', 'published'], { default: 'draft' }),
  rating: integer({ optional: true }),
  updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  authorId: ref('user', { default: fromActor('id'), immutable: true }),
  author: one('authorId'),
  reviewerId: ref('user', { optional: true }),
  reviewer: one('reviewerId'),
  locks: many('lock', 'articleId'),
})
const lock = model({
  id: id<'lock'>({ integer: true }),
  articleId: ref('article', { onDelete: 'cascade', immutable: true }),
  article: one('articleId'),
  kind: choice(['soft', 'hard'], { default: 'soft' }),
})
const models = defineSchema({ user, article, lock })
type Models = typeof models
interface Desk extends Models {}
const { user: Users, article: Articles, lock: Locks } = resources<Desk, Actor>(models, actor)

const userPolicy = Users.policy(({ row, actor }) => {
  const self = row.id.eq(actor.id)
  return {
    read: or(row.suspended.eq(false), self),
    update: or(self, actor.role.eq('editor')),
    fields: { role: { write: actor.role.eq('editor') }, bio: { read: or(self, actor.role.eq('editor')) } },
  }
})
const articlePolicy = Articles.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  const free = not(row.locks.some((lock) => lock.kind.eq('hard')))
  return {
    read: or(and(row.status.eq('published'), row.author.suspended.eq(false)), mine, actor.role.eq('editor')),
    create: and(mine, row.status.eq('draft')),
    update: { from: and(or(mine, row.reviewerId.eq(actor.id)), free), to: or(mine, row.rating.lte(5)) },
    delete: and(mine, free),
    fields: { rating: { write: actor.role.eq('editor') } },
  }
})
const lockPolicy = Locks.policy(({ row, actor }) => {
  const mine = row.article.authorId.eq(actor.id)
  return { read: anyone, create: mine, delete: mine, update: nobody }
})

const userView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, bio: readable(row.bio) }))
const articleView = Articles.view(({ row }) => ({
  id: row.id,
  slug: row.slug,
  title: row.title,
  status: row.status,
  author: userView.of(row.author),
}))
const lockView = Locks.view(({ row }) => ({ id: row.id, kind: row.kind }))

const publish = Articles.action({
  where: ({ row }) => row.status.eq('draft'),
  set: () => ({ status: 'published' }),
  answers: articleView,
})
const rate = Articles.action({
  by: 'slug',
  input: { rating: integer() },
  set: ({ input }) => ({ rating: input.rating }),
  answers: articleView,
})

/** Found by more than its id: what the row itself has to be is no rule about who may, and hides it all the same. */
const release = Locks.action({
  input: { id: ref('lock', { integer: true }), articleId: ref('article') },
  delete: ({ row, input }) => and(row.id.eq(input.id), row.kind.eq('soft'), row.articleId.eq(input.articleId)),
})

const declared = {
  userPolicy,
  articlePolicy,
  lockPolicy,
  userView,
  articleView,
  lockView,
  publish,
  rate,
  release,
  users: Users.expose({
    view: userView,
    operations: ['list', 'get', 'update'],
    accepts: { update: ['handle', 'bio', 'role'] },
  }),
  articles: Articles.expose({
    view: articleView,
    operations: ['list', 'get', 'create', 'update', 'delete', 'updateMany', publish],
    accepts: {
      create: ['slug', 'title', 'status', 'reviewerId'],
      update: ['title', 'status', 'rating', 'reviewerId'],
    },
  }),
  locks: Locks.expose({ view: lockView, operations: ['list', 'get', 'create', 'delete'] }),
  getBySlug: route('GET /by-slug/:slug', {
    auth: 'optional',
    answers: ({ params }) => ({
      article: articleView.one((row) => row.slug.eq(params.slug)),
      locks: Locks.count((lock) => lock.article.slug.eq(params.slug)),
    }),
  }),
  putRating: route('PUT /by-slug/:slug/rating', {
    body: { rating: integer() },
    calls: rate,
    with: ({ params, body }) => ({ slug: params.slug, rating: body.rating }),
    answers: ({ result }) => ({ article: result }),
  }),
  deleteLock: route('DELETE /articles/:articleId/locks/:id', {
    params: { articleId: ref('article'), id: ref('lock', { integer: true }) },
    calls: release,
    with: ({ params }) => ({ id: params.id, articleId: params.articleId }),
  }),
  recount: action({
    auth: 'optional',
    input: { hard: bool() },
    allow: ({ actor, input }) => and(signedIn, or(actor.role.eq('editor'), input.hard.eq(false))),
    run: () => undefined,
  }),
}

/** `permissions`: whether the app tells its callers what they may do. */
export const desk = (options: { readonly permissions?: false } = {}) =>
  app({
    name: 'desk',
    schema: models,
    use: { declared: { ...declared, identity: Users.identity({ register: ['handle'], ...options }) } },
  })
