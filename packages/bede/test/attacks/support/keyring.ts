import {
  anyone,
  app,
  choice,
  defineSchema,
  email,
  event,
  fromActor,
  id,
  integer,
  many,
  model,
  one,
  or,
  readable,
  ref,
  resources,
  system,
  text,
  timestamp,
} from '../../../src/index.ts'
import { type Actor, account, action, actor, route } from '../../support/account.ts'

/** An app that programs call with keys: something of every kind of operation, with scopes of every origin and without. */

const user = model(account)

const article = model(
  {
    id: id<'article'>(),
    title: text({ min: 1, max: 60, unique: true }),
    status: choice(['draft', 'published'], { default: 'draft' }),
    views: integer({ default: 0 }),
    createdAt: timestamp({ default: 'now' }),
    ownerId: ref('user', { default: fromActor('id') }),
    notes: many('note', 'articleId'),
  },
  { index: [['status'], ['createdAt']], history: true, softDelete: true },
)

const note = model({
  id: id<'note'>(),
  text: text({ min: 1, max: 200 }),
  articleId: ref('article', { onDelete: 'cascade' }),
  article: one('articleId'),
})

const models = defineSchema({ user, article, note })
type Models = typeof models
interface Press extends Models {}
const { user: Users, article: Articles, note: Notes } = resources<Press, Actor>(models, actor)

export const userPolicy = Users.policy(({ row, actor }) => ({
  read: anyone,
  update: or(row.id.eq(actor.id), actor.role.eq('editor')),
  fields: { email: { read: row.id.eq(actor.id) }, role: { write: actor.role.eq('editor') } },
}))
export const articlePolicy = Articles.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return {
    read: or(row.status.eq('published'), mine),
    create: mine,
    update: or(mine, actor.role.eq('editor')),
    delete: mine,
    restore: mine,
    purge: mine,
    history: mine,
  }
})
export const notePolicy = Notes.policy(({ row, actor }) => {
  const mine = row.article.ownerId.eq(actor.id)
  return { read: or(row.article.status.eq('published'), mine), create: mine, update: mine, delete: mine }
})

export const userView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, role: row.role }))
export const accountView = Users.view(({ row }) => ({
  id: row.id,
  handle: row.handle,
  email: readable(row.email),
  role: row.role,
}))
export const articleView = Articles.view(({ row }) => ({
  id: row.id,
  title: row.title,
  status: row.status,
  views: row.views,
  notes: row.notes.list((one) => one.text),
}))
export const noteView = Notes.view(({ row }) => ({ id: row.id, text: row.text }))

export const identity = Users.identity({
  register: ['handle'],
  view: accountView,
  administration: { allow: ({ actor }) => actor.role.eq('editor') },
  apiKeys: {
    scopes: [
      'articles:read',
      'articles:write',
      'articles:publish',
      'notes:read',
      'import',
      'auth.account:read',
      'auth.keys:write',
    ],
    perAccount: 30,
    max: '90d',
    services: ({ actor }) => actor.role.eq('editor'),
  },
})

export const articleRead = event('article.read', { articleId: ref('article') })
export const publish = Articles.action({
  where: ({ row }) => row.status.eq('draft'),
  set: () => ({ status: 'published' }),
  answers: articleView,
  scope: 'articles:publish',
})
export const leave = route('POST /leave', {
  scope: 'articles:read',
  run: async ({ auth }) => {
    await auth.signOut()
  },
})
export const unpublish = Articles.action({ set: () => ({ status: 'draft' }), answers: articleView })

export const articles = Articles.expose({
  path: '/api/articles',
  view: articleView,
  operations: [
    'list',
    'get',
    'create',
    'createMany',
    'update',
    'updateMany',
    'upsert',
    'delete',
    'deleteMany',
    'listDeleted',
    'restore',
    'purge',
    'history',
    'asOf',
    publish,
    unpublish,
  ],
  filter: ['status'],
  sort: ['createdAt'],
  key: ['title'],
  aggregate: { groupBy: ['status'], measures: { count: true } },
  nested: { notes: { create: true, update: true, delete: true } },
})
/** Keys can be made to read these, and not to write them. */
export const notes = Notes.expose({
  path: '/notes-of-articles',
  scope: 'notes',
  view: noteView,
  operations: ['list', 'get', 'create', 'update', 'delete'],
})
/** Nothing that a key could be made for. */
export const users = Users.expose({
  view: userView,
  operations: ['list', 'get', 'update'],
  accepts: { update: ['handle', 'role'] },
})

export const openCount = route('GET /api/count', { auth: 'optional', answers: () => ({ count: Articles.count() }) })
export const readCount = route('GET /api/my-count', {
  scope: 'articles:read',
  answers: () => ({ count: Articles.count() }),
})
/** It is called reading, and its handler writes: with the rights of the caller, unless it says `as=system`. */
export const readAndCount = route('POST /api/articles/:id/read', {
  scope: 'articles:read',
  params: { id: ref('article') },
  query: { how: choice(['read', 'write', 'create', 'delete', 'emit', 'publish', 'system'], { default: 'read' }) },
  run: async ({ params, query, db, emit }) => {
    if (query.how === 'write') await db.increment(Articles, params.id, { views: 1 })
    if (query.how === 'create') await db.create(Articles, { title: `made while reading ${params.id}` })
    if (query.how === 'delete') await db.delete(Articles, params.id)
    if (query.how === 'emit') await emit(articleRead, { articleId: params.id })
    if (query.how === 'publish') await db.run(publish.with({ id: params.id }))
    if (query.how === 'system') await db.as(system('counting who reads')).increment(Articles, params.id, { views: 1 })
    return { article: await db.run(articleView.one((row) => row.id.eq(params.id))) }
  },
})
export const importArticles = action({
  scope: 'import',
  input: { title: text({ min: 1, max: 60 }) },
  run: async ({ input, db, emit }) => {
    const { id } = await db.create(Articles, { title: input.title })
    await db.run(publish.with({ id }))
    await emit(articleRead, { articleId: id })
    return { id }
  },
})
export const postImport = route('POST /api/import', {
  scope: 'import',
  body: { title: text({ min: 1, max: 60 }) },
  run: async ({ body, db }) => ({ article: await db.create(Articles, { title: body.title }, articleView) }),
})
export const callPublish = route('POST /api/publish', {
  scope: 'articles:publish',
  body: { id: ref('article') },
  calls: publish,
  with: ({ body }) => ({ id: body.id }),
  answers: ({ result }) => ({ article: result }),
})
/** A way to sign in of the app's own: what it gives is no key's to ask for. */
export const login = route('POST /api/login', {
  auth: 'optional',
  sensitive: true,
  body: { email: email(), password: text({ max: 200 }) },
  run: async ({ body, auth }) => ({ token: (await auth.signIn({ login: body.email, password: body.password })).token }),
})

import * as everything from './keyring.ts'

export const keyring = () => {
  const { keyring: _, ...use } = everything
  return app({ name: 'keyring', schema: models, use: { everything: use } })
}
