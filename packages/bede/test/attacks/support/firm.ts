import { app, defineSchema, id, model, resources, text } from '../../../src/index.ts'
import { account } from '../../support/account.ts'
import { type Actor, actor, roles } from './organization-actor.ts'

/** Accounts that invite others by mail to what they belong to. */

const user = model(account)
const organization = model({ id: id<'organization'>(), name: text({ min: 1 }) })
const models = defineSchema({ user, organization })
type Models = typeof models
interface Firm extends Models {}
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
