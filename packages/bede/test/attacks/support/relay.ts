import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  model,
  ref,
  resources,
  text,
  url,
  verbs,
} from '../../../src/index.ts'
import { account } from '../../support/account.ts'

/** An app that calls others: what callers name, and services of its own. */

const user = model({
  ...account,
  /** A picture somewhere: nothing looks at it by itself. */
  avatar: url({ optional: true }),
})
const fetched = model({ id: id<'fetched'>(), bytes: integer() })

const models = defineSchema({ user, fetched })
const actor = { id: ref('user') }
type Models = typeof models
interface Relay extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const { user: Users, fetched: Fetched } = resources<Relay, Actor>(models, actor)
const { route } = verbs<Actor>(actor)

/** Of the app's own services; nobody may ever read it elsewhere. */
export const serviceKey = 'canary-service-key-3fb1'

export const userPolicy = Users.policy(({ row, actor }) => ({ read: anyone, update: row.id.eq(actor.id) }))
export const fetchedPolicy = Fetched.policy(() => ({ create: anyone, read: anyone }))
export const userView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, avatar: row.avatar }))
export const identity = Users.identity({ register: ['handle', 'avatar'], view: userView })
export const users = Users.expose({ view: userView, operations: ['update'], accepts: { update: ['avatar'] } })

/** What it fetches is noted first, so that a refusal has something to take back. */
export const preview = route('POST /preview', {
  body: { address: text({ max: 9000 }) },
  output: { bytes: integer() },
  run: async ({ body, db, http }) => {
    await db.create(Fetched, { bytes: 0 })
    const answer = await http.public.get(body.address, { timeout: '2s', max: '100kb', retries: 0 })
    return { bytes: answer.bytes().byteLength }
  },
})
export const ownPicture = route('POST /own-picture', {
  output: { bytes: integer() },
  run: async ({ db, actor, http }) => {
    await db.create(Fetched, { bytes: 0 })
    const { avatar } = await db.run(userView.one((row) => row.id.eq(actor.id)))
    const answer = await http.public.get(avatar ?? '', { retries: 0 })
    return { bytes: answer.bytes().byteLength }
  },
})
/** A service of the app's own, which is not always well. */
export const ask = route('POST /ask', {
  body: { address: text({ max: 300 }) },
  output: { status: integer(), bytes: integer() },
  run: async ({ body, db, http }) => {
    await db.create(Fetched, { bytes: 0 })
    const answer = await http.get(body.address, {
      headers: { Authorization: `Bearer ${serviceKey}`, Cookie: `key=${serviceKey}`, 'X-Api-Key': serviceKey },
      query: { token: serviceKey },
      timeout: '1s',
      max: '100kb',
      retries: 0,
    })
    return { status: answer.status, bytes: answer.bytes().byteLength }
  },
})
/** The same with a body that is for the service alone. */
export const send = route('POST /send', {
  body: { address: text({ max: 300 }) },
  output: { status: integer() },
  run: async ({ body, db, http }) => {
    await db.create(Fetched, { bytes: 0 })
    const answer = await http.post(body.address, { form: { client_secret: serviceKey }, timeout: '1s', retries: 0 })
    return { status: answer.status }
  },
})

import * as everything from './relay.ts'

export const relay = (allow: readonly string[]) => {
  const { relay: _, serviceKey: __, ...use } = everything
  return app({ name: 'relay', schema: models, http: { public: true, allow }, use: { everything: use } })
}
