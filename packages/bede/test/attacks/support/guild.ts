import { anyone, app, defineSchema, fromActor, id, model, ref, resources, text } from '../../../src/index.ts'
import { account } from '../../support/account.ts'
import { type Actor, actor, roles } from './organization-actor.ts'

/** Accounts in several organizations whose rows nothing but the tenant keeps apart, and programs that call for them. */

const user = model(account)
const organization = model({ id: id<'organization'>(), name: text({ min: 1, max: 40 }) })
const paper = model(
  {
    id: id<'paper'>(),
    organizationId: ref('organization', { default: fromActor('organizationId') }),
    title: text({ min: 1, max: 60 }),
  },
  { tenant: 'organizationId' },
)
const models = defineSchema({ user, organization, paper })
type Models = typeof models
interface Guild extends Models {}
const { user: Users, organization: Organizations, paper: Papers } = resources<Guild, Actor>(models, actor)

export const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
export const organizationPolicy = Organizations.policy(({ row, actor }) => ({ read: row.id.eq(actor.organizationId) }))
export const paperPolicy = Papers.policy(() => ({ read: anyone, create: anyone, update: anyone }))
export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle }))
export const paperView = Papers.view(({ row }) => ({ id: row.id, title: row.title }))
export const identity = Users.identity({
  register: ['handle'],
  view: accountView,
  organizations: { roles },
  stepUp: { within: '10m' },
  apiKeys: { scopes: ['papers:read', 'papers:write', 'auth.keys:write'] },
})
export const papers = Papers.expose({ view: paperView, operations: ['list', 'get', 'create', 'update'] })

import * as everything from './guild.ts'

export const guild = () => {
  const { guild: _, ...use } = everything
  return app({ name: 'guild', schema: models, use: { everything: use } })
}
