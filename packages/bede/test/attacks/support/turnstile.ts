import {
  anyone,
  app,
  defineSchema,
  fromActor,
  id,
  integer,
  many,
  model,
  one,
  ref,
  resources,
  text,
} from '../../../src/index.ts'
import { type Actor, account, action, actor, route } from '../../support/account.ts'

/** An app whose callers are counted: by account, by key, by address and by operation, in every way one is reached. */

const user = model(account)
const entry = model({
  id: id<'entry'>(),
  title: text({ min: 1, max: 60 }),
  seen: integer({ default: 0 }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  owner: one('ownerId'),
  lines: many('line', 'entryId'),
})
const line = model({
  id: id<'line'>(),
  said: text({ min: 1, max: 60 }),
  entryId: ref('entry', { onDelete: 'cascade' }),
  entry: one('entryId'),
})

const models = defineSchema({ user, entry, line })
type Models = typeof models
interface Turnstile extends Models {}
const { user: Users, entry: Entries, line: Lines } = resources<Turnstile, Actor>(models, actor)

export const userPolicy = Users.policy(({ row, actor }) => ({ read: anyone, update: row.id.eq(actor.id) }))
export const entryPolicy = Entries.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: anyone, create: mine, update: mine, delete: mine }
})
export const linePolicy = Lines.policy(({ row, actor }) => {
  const mine = row.entry.ownerId.eq(actor.id)
  return { read: anyone, create: mine, update: mine, delete: mine }
})
export const entryView = Entries.view(({ row }) => ({ id: row.id, title: row.title, seen: row.seen }))

/** Five an hour, whichever way it is come by. */
export const look = Entries.action({
  set: ({ row }) => ({ seen: row.seen.plus(1) }),
  limits: { perActor: { points: 5, per: '1h' } },
  answers: entryView,
})
export const lookAgain = route('POST /look/:id', {
  params: { id: ref('entry') },
  calls: look,
  answers: ({ result }) => ({ looked: result }),
})
export const report = action({ cost: 10, output: { pages: integer() }, run: async () => ({ pages: 1 }) })
export const reports = route('POST /reports', { cost: 10, run: async () => ({ pages: 1 }) })
/** Whoever asks, signed in or not. */
export const greet = route('GET /greet', {
  auth: 'optional',
  limits: { perAddress: { points: 4, per: '1h' } },
  output: { hello: text() },
  run: async () => ({ hello: 'you' }),
})

export const identity = Users.identity({
  register: ['handle'],
  apiKeys: { scopes: ['entries:read', 'entries:write'], perAccount: 10 },
})
export const entries = Entries.expose({
  view: entryView,
  operations: ['list', 'get', 'create', 'update', 'createMany', look],
  accepts: { create: ['title'], update: ['title'] },
  nested: { lines: { create: true } },
})

import * as everything from './turnstile.ts'

export const turnstile = () => {
  const { turnstile: _, ...use } = everything
  return app({
    name: 'turnstile',
    schema: models,
    use: { everything: use },
    limits: {
      perActor: { points: 60, per: '1m' },
      perKey: { points: 40, per: '1m' },
      perAddress: { points: 30, per: '1m' },
    },
  })
}
