import {
  type ActorOf,
  app,
  choice,
  defineSchema,
  email,
  id,
  model,
  ref,
  resources,
  secret,
  text,
} from '../../../src/index.ts'

/** Accounts that invite others by mail to what they belong to. */

const user = model({
  id: id<'user'>(),
  handle: text({ unique: true, min: 1, max: 40 }),
  email: email({ unique: true, private: true, max: 254 }),
  password: secret({ private: true }),
  role: choice(['member', 'editor'], { default: 'member' }),
})
const organization = model({ id: id<'organization'>(), name: text({ min: 1 }) })
const models = defineSchema({ user, organization })
const roles = ['owner', 'member'] as const
const actor = {
  id: ref('user'),
  organizationId: ref('organization', { optional: true }),
  organizationRole: choice(roles, { optional: true }),
}
type Models = typeof models
interface Firm extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const { user: Users, organization: Organizations } = resources<Firm, Actor>(models, actor)

export const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
export const organizationPolicy = Organizations.policy(({ row, actor }) => ({ read: row.id.eq(actor.organizationId) }))
export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle }))
export const identity = Users.identity({ register: ['handle'], view: accountView, organizations: { roles } })

import * as everything from './firm.ts'

export const firm = () => {
  const { firm: _, ...use } = everything
  return app({ name: 'firm', schema: models, use: { everything: use } })
}
