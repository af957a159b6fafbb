import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { after, call, field, input, is, text, time, value } from '../../engine/internal-statement.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Organizations } from '../../manifest/link/identity.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf, isId } from '../account.ts'
import { purgeExpired } from '../expired.ts'
import { newToken, tokenHash } from '../token.ts'
import { organizationTypeOf } from './memberships.ts'

type Id = string | number

interface Invitation {
  readonly organization: Id
  readonly invitee: string
  readonly role: string
  readonly invitedBy: Id
  /** Seconds. */
  readonly lasts: number
}

/** Who was asked to join. One invitation per organization and address: a second replaces the first. */
export interface Invitations {
  /** The token for the mail; only its hash is kept. */
  issue(connection: Connection, invitation: Invitation, now: Date): Promise<string>
  /** Takes it away with the statement that finds it; undefined: unknown, expired, accepted, or somebody else's (class 101). */
  accept(
    connection: Connection,
    shown: { readonly token: string; readonly invitee: string },
    now: Date,
  ): Promise<{ readonly organization: Id; readonly role: string; readonly invitedBy: Id } | undefined>
  /** False: there is none of that id in the organization. */
  revoke(connection: Connection, organization: Id, id: string): Promise<boolean>
  /** What the account signs in with; empty where there is none. */
  loginOf(connection: Connection, account: Id): Promise<string>
  /** What the organization and who invites are called in a mail. */
  names(
    connection: Connection,
    organization: Id,
    inviter: Id,
  ): Promise<{ readonly organization: string; readonly inviter: string }>
  /** Deletes those that have expired. */
  purge(connection: Connection, now: Date): Promise<void>
}

const model = platform.invitation

export function createInvitations(
  planner: Planner,
  accounts: Accounts,
  { definition, model: own }: Organizations,
): Invitations {
  const { identity, model: account } = accounts
  const organization = organizationTypeOf(accounts)
  const accountType = accountTypeOf(accounts)
  const set = {
    role: input('role', text),
    invitedBy: input('invitedBy', accountType),
    tokenHash: input('tokenHash', text),
    createdAt: { kind: 'now' as const },
    expiresAt: input('expiresAt', time),
  }
  const replace = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model,
      target: call('and', is('eq', 'organizationId', organization, 'organization'), is('eq', 'invitee', text)),
      absent: 'ok',
    },
  })
  const issue = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: { organizationId: input('organization', organization), invitee: input('invitee', text), ...set },
    },
  })
  const accept = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model,
      target: call('and', is('eq', 'tokenHash', text), is('eq', 'invitee', text), is('gt', 'expiresAt', time, 'now')),
      absent: 'ok',
    },
    answers: {
      kind: 'object',
      members: {
        organization: value(field('organizationId'), organization),
        role: value(field('role'), text),
        invitedBy: value(field('invitedBy'), accountType),
      },
    },
  })
  const revoke = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model,
      target: call(
        'and',
        is('eq', 'organizationId', organization, 'organization'),
        is('eq', 'id', { kind: 'id', model }),
      ),
      absent: 'ok',
    },
  })
  const login: Expr = {
    kind: 'via',
    from: {
      model: identity.model,
      as: 'account',
      where: call('eq', field(account.id, 'account'), input('account', accountType)),
    },
    value: field(identity.login, 'account'),
  }
  const organizationName = definition.create.find((name) => own.fields[name]?.type.kind === 'text')
  const named: Expr = {
    kind: 'via',
    from: {
      model: definition.model,
      as: 'organization',
      where: call('eq', field(own.id, 'organization'), input('organization', organization)),
    },
    value: field(organizationName ?? own.id, 'organization'),
  }
  const loginOf = internalCall(planner, { kind: 'read', answers: value(login, text, true) })
  const names = internalCall(planner, {
    kind: 'read',
    answers: { kind: 'object', members: { organization: value(named, text, true), inviter: value(login, text, true) } },
  })

  return {
    async issue(connection, { organization, invitee, role, invitedBy, lasts }, now) {
      const token = newToken()
      const at = { now: now.toISOString() }
      await replace.run(connection, { organization, invitee }, at)
      const row = { organization, invitee, role, invitedBy, tokenHash: tokenHash(token), expiresAt: after(now, lasts) }
      await issue.run(connection, row, at)
      return token
    },
    async accept(connection, { token, invitee }, now) {
      const asked = { tokenHash: tokenHash(token), invitee, now: now.toISOString() }
      const [, body] = (await accept.run(connection, asked, { now: now.toISOString() })) ?? []
      const json = body == null ? null : JSON.parse(body)
      if (!isMembers(json) || typeof json.role !== 'string') return undefined
      const { organization, role, invitedBy } = json
      return isId(organization) && isId(invitedBy) ? { organization, role, invitedBy } : undefined
    },
    async revoke(connection, organization, id) {
      const [written] = (await revoke.run(connection, { organization, id })) ?? []
      return Number(written) > 0
    },
    async loginOf(connection, account) {
      const [body] = (await loginOf.run(connection, { account })) ?? []
      const login = body == null ? null : JSON.parse(body)
      return typeof login === 'string' ? login : ''
    },
    async names(connection, organization, inviter) {
      const [body] = (await names.run(connection, { organization, account: inviter })) ?? []
      const json = body == null ? null : JSON.parse(body)
      return isMembers(json)
        ? { organization: String(json.organization), inviter: String(json.inviter) }
        : { organization: '', inviter: '' }
    },
    purge: purgeExpired(planner, model),
  }
}
