import { system } from '../../engine/call.ts'
import { isMembers } from '../../engine/complete.ts'
import { call, field, value } from '../../engine/internal-statement.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Brought, Organizations } from '../../manifest/link/identity.ts'
import { inputOf } from '../../manifest/link/input.ts'
import type { CompiledOperation, OrganizationsDefinition, Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { choice, id, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Accounts } from '../account.ts'
import { listing, operation } from '../operation.ts'
import { invitationOperations } from './invitation-operations.ts'
import { organizationTypeOf } from './memberships.ts'
import { manages, standingOf } from './standing.ts'

/** As many as one account belongs to: what is more is not a person's work. */
const mostJoined = 100

/** Organizations: making them, who belongs to them, and in which one the caller acts. */
export function organizationOperations(
  accounts: Accounts,
  { definition: organizations, model }: Organizations,
): Readonly<Record<string, Brought>> {
  const [owner = '', second = ''] = organizations.roles
  const organizationType = organizationTypeOf(accounts)
  const here: Expr = { kind: 'actor', field: 'organizationId', type: organizationType }
  const inHere = call('eq', field('organizationId'), here)
  /** Who belongs to an organization and as what is changed by one call at a time: it never loses its last owner. */
  const exclusive = { group: 'auth.organizations', keys: [here] }
  const role = choice(organizations.roles)
  const inputs = Object.fromEntries(
    organizations.create.flatMap((name) => {
      const field = model.fields[name]
      return field ? [[name, inputOf(field)] as const] : []
    }),
  )
  const create: CompiledOperation = {
    kind: 'write',
    auth: 'optional',
    input: inputs,
    write: {
      kind: 'create',
      model: organizations.model,
      values: Object.fromEntries(
        Object.entries(inputs).map(([name, { type }]) => [name, { kind: 'input', path: [name], type }]),
      ),
    },
    answers: {
      kind: 'object',
      members: { id: value(field(model.id), model.fields[model.id]?.type ?? { kind: 'id' }) },
    },
  }
  return {
    'auth.organizations.create': operation('POST /auth/organizations', {
      summary: 'Make an organization, own it, and act in it',
      moves: true,
      fields: inputs,
      output: { id: id() },
      status: 201,
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships },
          audit,
          sessions,
        },
      }) => {
        const { connection, now } = within
        if ((await memberships.joined(connection, actor.id)) >= mostJoined) {
          throw new Problem('conflict', {
            message: `One account belongs to at most ${mostJoined} organizations`,
            hint: 'Leave one first.',
          })
        }
        const made = await within.ask({ operation: create, input }, system('make an organization'))
        const organization = isMembers(made) ? made.id : null
        if (typeof organization !== 'string' && typeof organization !== 'number')
          throw new Problem('internal', { message: 'An organization has no id' })
        await memberships.add(connection, { organization, account: actor.id, role: owner }, now)
        await audit.note(within, 'organization.created', { account: actor.id, details: { organization } })
        await sessions.actIn(connection, actor, organization)
        return { id: organization }
      },
    }),
    'auth.organizations.list': listing('GET /auth/organizations', {
      summary: 'The organizations of the caller',
      from: {
        model: platform.membership,
        as: 'row',
        where: call('eq', field('accountId'), {
          kind: 'actor',
          field: 'id',
          type: accounts.actor.fields.id?.type ?? { kind: 'ref' },
        }),
      },
      item: {
        kind: 'object',
        members: {
          organizationId: value(field('organizationId'), organizationType),
          role: value(field('role'), { kind: 'text' }),
          organization: {
            kind: 'one',
            from: { relation: { row: 'row', name: 'organization' }, as: 'organization' },
            item: shown(organizations, model),
            nullable: true,
          },
        },
      },
    }),
    'auth.organizations.switch': operation('POST /auth/organizations/switch', {
      summary: 'Act in another organization, or in none',
      moves: true,
      input: { organizationId: text({ optional: true }) },
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships },
          audit,
          sessions,
        },
      }) => {
        const { connection } = within
        const organization = input.organizationId ?? null
        if (organization !== null && !(await memberships.of(connection, actor.id, organization)))
          throw new Problem('not-found', { message: 'You belong to no such organization' })
        await sessions.actIn(connection, actor, organization)
        await audit.note(within, 'organization.switched', { account: actor.id, details: { organization } })
      },
    }),
    'auth.organizations.members.list': listing('GET /auth/organizations/members', {
      summary: 'The members of the organization the caller acts in',
      from: { model: platform.membership, as: 'row', where: inHere },
      item: {
        kind: 'object',
        members: {
          id: value(field('id'), { kind: 'id', model: platform.membership }),
          accountId: value(field('accountId'), accounts.actor.fields.id?.type ?? { kind: 'ref' }),
          role: value(field('role'), { kind: 'text' }),
          createdAt: value(field('createdAt'), { kind: 'timestamp' }),
        },
      },
    }),
    'auth.organizations.members.update': operation('PATCH /auth/organizations/members/:id', {
      summary: 'Give a member another role',
      input: { id: id(), role },
      exclusive,
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships },
          audit,
        },
      }) => {
        const { connection } = within
        const own = await standingOf(memberships, connection, actor)
        const member = await memberships.find(connection, own.organization, input.id)
        if (!member) throw new Problem('not-found', { message: 'There is no such member' })
        if (!manages(organizations, own.role, member.role) || !manages(organizations, own.role, input.role))
          throw new Problem('forbidden', { message: `A member who is ${own.role} cannot do this` })
        if (member.role === owner && input.role !== owner && (await memberships.others(connection, member)) < 1)
          throw lastOwner()
        await memberships.setRole(connection, member.id, input.role)
        await audit.note(within, 'member.role-changed', {
          account: member.account,
          details: { organization: own.organization, from: member.role, to: input.role },
        })
      },
    }),
    'auth.organizations.members.remove': operation('DELETE /auth/organizations/members/:id', {
      summary: 'Take a member out, or leave',
      moves: true,
      input: { id: id() },
      exclusive,
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships },
          audit,
        },
      }) => {
        const { connection } = within
        const own = await standingOf(memberships, connection, actor)
        const member = await memberships.find(connection, own.organization, input.id)
        if (!member) throw new Problem('not-found', { message: 'There is no such member' })
        if (member.id !== own.id && !manages(organizations, own.role, member.role))
          throw new Problem('forbidden', { message: `A member who is ${own.role} cannot do this` })
        if (member.role === owner && (await memberships.others(connection, member)) < 1) throw lastOwner()
        await memberships.remove(connection, member.id)
        await audit.note(within, member.id === own.id ? 'member.left' : 'member.removed', {
          account: member.account,
          details: { organization: own.organization },
        })
      },
    }),
    'auth.organizations.transfer': operation('POST /auth/organizations/transfer', {
      summary: 'Make another member the owner in one’s place',
      guarded: true,
      input: { id: id() },
      exclusive,
      run: async ({
        input,
        actor,
        within,
        services: {
          organizations: { memberships },
          audit,
        },
      }) => {
        const { connection } = within
        const own = await standingOf(memberships, connection, actor)
        if (own.role !== owner) throw new Problem('forbidden', { message: `Only the ${owner} can hand it over` })
        const member = await memberships.find(connection, own.organization, input.id)
        if (!member) throw new Problem('not-found', { message: 'There is no such member' })
        if (member.id === own.id) throw new Problem('conflict', { message: 'You own it already' })
        await memberships.setRole(connection, member.id, owner)
        await memberships.setRole(connection, own.id, second)
        await audit.note(within, 'organization.transferred', {
          account: member.account,
          details: { organization: own.organization },
        })
      },
    }),
    ...invitationOperations(accounts, organizations),
  }
}

const lastOwner = (): Problem =>
  new Problem('conflict', {
    message: 'An organization has at least one owner',
    hint: 'Hand it over first: POST /auth/organizations/transfer with the id of the member who is to own it.',
  })

/** What members see of their organization beside its id: what it said of itself when it was made. */
const shown = ({ create }: OrganizationsDefinition, model: ModelDefinition): Shape => ({
  kind: 'object',
  members: Object.fromEntries(
    [model.id, ...create].flatMap((name) => {
      const definition = model.fields[name]
      return definition && !definition.private
        ? [[name, value(field(name, 'organization'), definition.type, true)]]
        : []
    }),
  ),
})
