import { type ActorOf, choice, ref } from '../../../src/index.ts'

/** What an account can be in an organization. */
export const roles = ['owner', 'member'] as const

/** What rules know of who calls, where an account acts in one of its organizations, or in none. */
export const actor = {
  id: ref('user'),
  organizationId: ref('organization', { optional: true }),
  organizationRole: choice(roles, { optional: true }),
}
export interface Actor extends ActorOf<typeof actor> {}
