import type { Planner } from '../../sql/planner.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Accounts } from '../account.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import { createMemberships, type Memberships } from './memberships.ts'

export interface OrganizationStores {
  readonly memberships: Memberships
  readonly invitations: Invitations
}

/** Throws a Problem where the app has no organizations: only their own operations ask. */
export function createOrganizationStores(planner: Planner, accounts: Accounts): OrganizationStores {
  if (!accounts.organizations) throw new Problem('internal', { message: 'The app has no organizations' })
  return {
    memberships: createMemberships(planner, accounts),
    invitations: createInvitations(planner, accounts, accounts.organizations),
  }
}
