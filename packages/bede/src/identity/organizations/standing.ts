import type { Actor } from '../../engine/call.ts'
import type { OrganizationsDefinition } from '../../manifest/manifest.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Membership, Memberships } from './memberships.ts'

/**
 * Who may do what to whom: an owner everything; every other role but the last what concerns roles that are weaker than
 * itself. Nobody gives away more than they have.
 */
export function manages({ roles }: OrganizationsDefinition, own: string, other: string): boolean {
  const [mine, theirs] = [roles.indexOf(own), roles.indexOf(other)]
  if (mine < 0 || theirs < 0 || mine === roles.length - 1) return false
  return mine === 0 || mine < theirs
}

/**
 * What the caller is in the organization they act in, read anew: what a session remembers may be a second old. Throws a
 * Problem `forbidden` where they are in none.
 */
export async function standingOf(memberships: Memberships, connection: Connection, actor: Actor): Promise<Membership> {
  const { id, organizationId } = actor
  if (typeof organizationId === 'string' || typeof organizationId === 'number') {
    const membership = await memberships.of(connection, id, organizationId)
    if (membership) return membership
  }
  throw new Problem('forbidden', {
    message: 'You act in no organization',
    hint: 'POST /auth/organizations/switch with the id of one of yours; GET /auth/organizations lists them.',
  })
}
