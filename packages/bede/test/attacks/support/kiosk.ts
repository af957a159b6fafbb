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
import { type Actor, account, actor, route } from '../../support/account.ts'

/** An app whose exposure says how often its operations may be called, all together and each. */

const user = model(account)
const photo = model({
  id: id<'photo'>(),
  slug: text({ unique: true, min: 1, max: 60 }),
  votes: integer({ default: 0 }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  owner: one('ownerId'),
  marks: many('mark', 'photoId'),
})
const mark = model(
  { id: id<'mark'>(), photoId: ref('photo'), photo: one('photoId'), userId: ref('user') },
  { unique: [['photoId', 'userId']] },
)

const models = defineSchema({ user, photo, mark })
type Models = typeof models
interface Kiosk extends Models {}
const { user: Users, photo: Photos, mark: Marks } = resources<Kiosk, Actor>(models, actor)

export const userPolicy = Users.policy(({ row, actor }) => ({ read: anyone, update: row.id.eq(actor.id) }))
export const photoPolicy = Photos.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: anyone, create: mine, update: mine, delete: mine }
})
export const markPolicy = Marks.policy(({ actor }) => ({
  read: anyone,
  create: actor.id.isNotNull(),
  delete: actor.id.isNotNull(),
}))
export const photoView = Photos.view(({ row }) => ({ id: row.id, slug: row.slug, votes: row.votes }))

/** It says nothing of how often. */
export const vote = Photos.action({ set: ({ row }) => ({ votes: row.votes.plus(1) }), answers: photoView })
/** Its own, beside those of the exposure. */
export const cheer = Photos.action({
  set: ({ row }) => ({ votes: row.votes.plus(2) }),
  limits: { perActor: { points: 2, per: '1h' } },
  answers: photoView,
})
export const voteAt = route('POST /vote/:id', {
  params: { id: ref('photo') },
  calls: vote,
  answers: ({ result }) => ({ voted: result }),
})

export const identity = Users.identity({ register: ['handle'] })
export const photos = Photos.expose({
  view: photoView,
  operations: ['list', 'get', 'create', 'createMany', 'upsert', 'update', 'delete', vote, cheer],
  key: ['slug'],
  accepts: { create: ['slug'], update: ['votes'] },
  links: { marks: { through: 'marks', to: 'userId' } },
  limit: { default: 20, max: 200 },
  aggregate: { measures: { count: true } },
  limits: { perActor: { points: 20, per: '1h' }, perAddress: { points: 1_000, per: '1h' } },
  perOperation: {
    create: { limits: { perActor: { points: 6, per: '1h' } } },
    upsert: { cost: 2 },
    list: { cost: 3 },
    addMarks: { limits: { perActor: { points: 1, per: '1h' } } },
  },
})

import * as everything from './kiosk.ts'

export const kiosk = () => {
  const { kiosk: _, ...use } = everything
  return app({
    name: 'kiosk',
    schema: models,
    use: { everything: use },
    limits: { perActor: { points: 60, per: '1m' }, perAddress: { points: 600, per: '1m' } },
  })
}
