import { call, field, value } from '../../engine/internal-statement.ts'
import type { Brought } from '../../manifest/link/identity.ts'
import type { OrganizationsDefinition } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { choice, email, id, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Accounts, loginForm } from '../account.ts'
import { mayWriteTo } from '../email/letters.ts'
import { listing, operation } from '../operation.ts'
import { organizationTypeOf } from './memberships.ts'
import { manages, standingOf } from './standing.ts'

/** As many as one account sends in an hour: a team joins at once, a stranger's list does not (class 61). */
const mostInvitations = 100

/** Asking somebody to join, by mail. Whoever accepts has the token and signs in with the address it was sent to. */
export function invitationOperations(
  accounts: Accounts,
  organizations: OrganizationsDefinition,
): Readonly<Record<string, Brought>> {
  const { invitations: lasts, roles } = organizations
  const here = { kind: 'actor', field: 'organizationId', type: organizationTypeOf(accounts) } as const
  const role = choice(roles)
  return {
    'auth.organizations.invitations.create': operation('POST /auth/organizations/invitations', {
      summary: 'Invite somebody by mail to the organization the caller acts in',
      input: { email: email(), role },
      status: 202,
      mails: ['invitation'],
      run: async ({ input, actor, within, services }) => {
        const {
          organizations: { memberships, invitations },
          audit,
          post,
          base,
        } = services
        const { connection } = within
        const { organization, role: own } = await standingOf(memberships, connection, actor)
        if (!manages(organizations, own, input.role))
          throw new Problem('forbidden', { message: `A member who is ${own} cannot invite a ${input.role}` })
        const invitee = loginForm(accounts, input.email)
        const sender = { what: 'invitations', whose: String(actor.id), most: mostInvitations, per: 3_600 }
        const may = await services.allowances.take(connection, sender, base.clock())
        if (!may || !(await mayWriteTo(services, within, invitee)))
          throw new Problem('too-many-attempts', {
            message: 'As many mails as may be sent in an hour were sent',
            hint: 'Invite them later, or take back the invitation they have and ask them to look for it.',
            retryAfter: 3_600,
          })
        const token = await invitations.issue(
          connection,
          { organization, invitee, role: input.role, invitedBy: actor.id, lasts },
          base.clock(),
        )
        const names = await invitations.names(connection, organization, actor.id)
        const values = { ...names, link: `/invitation?token=${token}`, expires: String(lasts) }
        await post.send(connection, { to: input.email, template: 'invitation', values })
        await audit.note(within, 'invitation.sent', {
          account: actor.id,
          details: { organization, role: input.role },
        })
      },
    }),
    'auth.organizations.invitations.list': listing('GET /auth/organizations/invitations', {
      summary: 'Who has been invited and has not answered',
      from: { model: platform.invitation, as: 'row', where: call('eq', field('organizationId'), here) },
      item: {
        kind: 'object',
        members: {
          id: value(field('id'), { kind: 'id', model: platform.invitation }),
          email: value(field('invitee'), { kind: 'text' }),
          role: value(field('role'), { kind: 'text' }),
          createdAt: value(field('createdAt'), { kind: 'timestamp' }),
          expiresAt: value(field('expiresAt'), { kind: 'timestamp' }),
        },
      },
    }),
    'auth.organizations.invitations.revoke': operation('DELETE /auth/organizations/invitations/:id', {
      summary: 'Take an invitation back',
      input: { id: id() },
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships, invitations },
          audit,
        },
      }) => {
        const { organization, role: own } = await standingOf(memberships, within.connection, actor)
        if (!manages(organizations, own, roles.at(-1) ?? ''))
          throw new Problem('forbidden', { message: `A member who is ${own} cannot do this` })
        if (!(await invitations.revoke(within.connection, organization, input.id)))
          throw new Problem('not-found', { message: 'There is no such invitation' })
        await audit.note(within, 'invitation.revoked', { account: actor.id, details: { organization } })
      },
    }),
    'auth.organizations.invitations.accept': operation('POST /auth/organizations/invitations/accept', {
      summary: 'Join the organization that sent the invitation, and act in it',
      moves: true,
      input: { token: text({ max: 200 }) },
      sensitive: true,
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships, invitations },
          sessions,
          states,
          audit,
          base,
        },
      }) => {
        const { connection, now } = within
        const invitee = await invitations.loginOf(connection, actor.id)
        const accepted = await invitations.accept(connection, { token: input.token, invitee }, base.clock())
        if (!accepted) throw notForYou()
        const { organization, role, invitedBy } = accepted
        // An invitation is worth what whoever sent it may still give.
        const inviter = await memberships.of(connection, invitedBy, organization)
        if (!inviter || !manages(organizations, inviter.role, role) || (await states.suspended(connection, invitedBy)))
          throw notForYou()
        if (!(await memberships.add(connection, { organization, account: actor.id, role }, now)))
          throw new Problem('conflict', { message: 'You belong to this organization already' })
        await sessions.actIn(connection, actor, organization)
        await audit.note(within, 'invitation.accepted', { account: actor.id, details: { organization, role } })
      },
    }),
  }
}

/** The same whatever is wrong with it: whoever has a token is told nothing of whose it is. */
const notForYou = (): Problem =>
  new Problem('not-found', {
    message: 'There is no such invitation for you',
    hint: 'It may have expired, or was sent to another address: sign in with the one it was sent to.',
  })
