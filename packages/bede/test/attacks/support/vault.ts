import {
  answer,
  anyone,
  app,
  choice,
  defineSchema,
  event,
  fromActor,
  html,
  id,
  integer,
  json,
  many,
  model,
  object,
  one,
  or,
  readable,
  ref,
  resources,
  secret,
  sendFile,
  system,
  text,
  timestamp,
} from '../../../src/index.ts'
import { type Actor, account, actor, route } from '../../support/account.ts'

/**
 * The app that is attacked: something of everything that can be got at. Guessable ids in two models, private fields, a
 * field with a rule of its own, a secret, JSON, a model that nobody may read, every exposed operation, and handlers.
 */

const user = model({
  ...account,
  recoveryToken: text({ optional: true, private: true }),
  salary: integer({ default: 0 }),
  bio: text({ default: '', max: 200 }),
  createdAt: timestamp({ default: 'now' }),
  notes: many('note', 'ownerId'),
  audits: many('audit', 'userId'),
})

const note = model(
  {
    id: id<'note'>({ integer: true }),
    title: text({ unique: true, min: 1, max: 60 }),
    body: text({ default: '', max: 1000 }),
    status: choice(['public', 'draft'], { default: 'public' }),
    code: text({ optional: true, private: true }),
    settings: json({ default: {} }),
    rank: integer({ default: 0, min: 0, max: 1000 }),
    verdict: text({ default: '', max: 40 }),
    createdAt: timestamp({ default: 'now' }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
    ownerId: ref('user', { default: fromActor('id') }),
    owner: one('ownerId'),
    pageId: ref('page', { integer: true, optional: true, onDelete: 'set-null' }),
    page: one('pageId'),
    labels: many('label', 'noteId'),
  },
  { index: [['status'], ['rank'], ['createdAt']] },
)

const page = model({
  id: id<'page'>({ integer: true }),
  title: text({ unique: true, min: 1, max: 60 }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  owner: one('ownerId'),
})

const label = model(
  {
    id: id<'label'>(),
    noteId: ref('note', { integer: true, onDelete: 'cascade' }),
    note: one('noteId'),
    name: text({ min: 1, max: 30 }),
    reason: text({ optional: true, private: true }),
  },
  { unique: [['noteId', 'name']], index: [['name']] },
)

/** One may put in and not look. */
const door = model({
  id: id<'door'>(),
  name: text({ unique: true, min: 1, max: 40 }),
  code: secret({ min: 4, max: 40 }),
  ownerId: ref('user', { default: fromActor('id') }),
})

/** Nobody may do anything with it, and nothing opens it. */
const audit = model({ id: id<'audit'>(), userId: ref('user'), user: one('userId'), entry: text() })

const models = defineSchema({ user, note, page, label, door, audit })
type Models = typeof models
interface Vault extends Models {}
const all = resources<Vault, Actor>(models, actor)
const { user: Users, note: Notes, page: Pages, label: Labels, door: Doors, audit: Audits } = all

export const userPolicy = Users.policy(({ row, actor }) => {
  const self = row.id.eq(actor.id)
  const editor = actor.role.eq('editor')
  return {
    read: anyone,
    update: or(self, editor),
    fields: {
      email: { read: self },
      salary: { read: self, write: editor },
      role: { write: editor },
      password: { write: self },
    },
  }
})
export const notePolicy = Notes.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return {
    read: or(row.status.eq('public'), mine),
    create: mine,
    update: mine,
    delete: mine,
    fields: { verdict: { write: actor.role.eq('editor') } },
  }
})
export const pagePolicy = Pages.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine, delete: mine }
})
export const labelPolicy = Labels.policy(({ row, actor }) => {
  const mine = row.note.ownerId.eq(actor.id)
  return { read: or(row.note.status.eq('public'), mine), create: mine, delete: mine }
})
export const doorPolicy = Doors.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine }
})
export const auditPolicy = Audits.policy(() => ({}))

export const userView = Users.view(({ row }) => ({
  id: row.id,
  handle: row.handle,
  bio: row.bio,
  salary: readable(row.salary),
  notes: row.notes.count(),
  audits: row.audits.count(),
}))
export const accountView = Users.view(({ row }) => ({
  id: row.id,
  handle: row.handle,
  email: readable(row.email),
  role: row.role,
}))
export const noteView = Notes.view(({ row }) => ({
  id: row.id,
  title: row.title,
  body: row.body,
  status: row.status,
  settings: row.settings,
  labels: row.labels.list((one) => one.name, { order: (one) => one.name.asc() }),
  owner: row.owner.handle,
}))
export const pageView = Pages.view(({ row }) => ({ id: row.id, title: row.title }))
export const labelView = Labels.view(({ row }) => ({ id: row.id, name: row.name, noteId: row.noteId }))
export const doorView = Doors.view(({ row }) => ({ id: row.id, name: row.name }))

export const identity = Users.identity({ register: ['handle'], view: accountView })

export const notePublished = event('note.published', { noteId: ref('note', { integer: true }) })
export const publish = Notes.action({
  where: ({ row }) => row.status.eq('draft'),
  set: () => ({ status: 'public' }),
  emits: [notePublished, ({ row }) => ({ noteId: row.id })],
  answers: noteView,
})

export const users = Users.expose({
  view: userView,
  operations: ['list', 'get', 'update'],
  filter: ['handle'],
  sort: ['handle'],
  accepts: { update: ['handle', 'bio', 'role', 'salary', 'email', 'password'] },
})
export const notes = Notes.expose({
  view: noteView,
  operations: [
    'list',
    'get',
    'create',
    'update',
    'delete',
    'upsert',
    'createMany',
    'updateMany',
    'deleteMany',
    publish,
  ],
  filter: ['title', 'status', 'rank', 'createdAt', 'labels.name', 'owner.handle'],
  sort: ['rank', 'title', 'createdAt'],
  accepts: { update: ['title', 'body', 'status', 'settings', 'rank', 'verdict', 'ownerId', 'pageId'] },
  key: ['title'],
})
export const pages = Pages.expose({
  view: pageView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'deleteMany'],
})
export const labels = Labels.expose({
  view: labelView,
  operations: ['list', 'create', 'delete'],
  filter: ['name'],
})
export const doors = Doors.expose({
  view: doorView,
  operations: ['list', 'create', 'createMany', 'update'],
  accepts: { create: ['name', 'code'], update: ['code'] },
})

export const getNote = route('GET /api/notes/:title', {
  auth: 'optional',
  answers: ({ params }) => ({ note: noteView.one((row) => row.title.eq(params.title)), notes: Notes.count() }),
})
export const getAccount = route('GET /api/account', {
  answers: ({ actor }) => ({ account: accountView.one((row) => row.id.eq(actor.id)) }),
})
export const putNote = route('PUT /api/notes/:id', {
  params: { id: ref('note', { integer: true }) },
  body: { note: object({ body: text({ max: 1000 }) }) },
  run: async ({ params, body, db }) => ({
    note: await db.update(Notes, params.id, { body: body.note.body }, noteView),
  }),
})
export const rename = Notes.action({
  input: { title: text({ min: 1, max: 60 }) },
  set: ({ input }) => ({ title: input.title }),
  answers: noteView,
})
export const postRename = route('POST /api/notes/:id/rename', {
  params: { id: ref('note', { integer: true }) },
  body: { title: text({ min: 1, max: 60 }) },
  calls: rename,
  with: ({ params, body }) => ({ id: params.id, title: body.title }),
  answers: ({ result }) => ({ note: result }),
})
/** A second way to a field that has a rule of its own. */
export const grant = Users.action({
  input: { salary: integer() },
  set: ({ input }) => ({ salary: input.salary }),
  answers: userView,
})
export const postGrant = route('POST /api/grant', {
  body: { userId: ref('user'), salary: integer() },
  calls: grant,
  with: ({ body }) => ({ id: body.userId, salary: body.salary }),
  answers: ({ result }) => ({ user: result }),
})
export const boom = route('POST /api/boom', {
  auth: 'optional',
  run: async ({ db }) => {
    const privileged = db.as(system('a test of what is left of a handler that fails'))
    const ada = await privileged.run(accountView.one((row) => row.handle.eq('ada')))
    await privileged.create(Audits, { entry: 'half done', userId: ada.id })
    throw new Error('canary-in-error')
  },
})
export const fail = route('POST /api/fail', {
  auth: 'optional',
  run: () => {
    throw new Error('canary-in-error select * from "user"')
  },
})
export const download = route('GET /api/download', {
  auth: 'optional',
  query: { name: text({ max: 200 }) },
  run: ({ query }) => sendFile(new TextEncoder().encode('a file'), { type: 'text/plain', name: query.name }),
})
export const echo = route('GET /api/echo', {
  auth: 'optional',
  query: { value: text({ max: 200 }) },
  run: ({ query }) => answer({ status: 200, headers: { 'X-Echo': query.value }, body: { ok: true } }),
})
export const shown = route('GET /api/page/:title', {
  auth: 'optional',
  run: async ({ params, db }) => {
    const found = await db.run(noteView.maybe((row) => row.title.eq(params.title)))
    return found === null ? html`<p>nothing</p>` : html`<p title="${found.title}">${found.body}</p>`
  },
})

import * as everything from './vault.ts'

export const vault = () => {
  const { vault: _, ...use } = everything
  return app({ name: 'vault', schema: models, use: { everything: use } })
}
