import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { call, field, input, is, text, value } from '../../engine/internal-statement.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import type { Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf, isId } from '../account.ts'

type Id = string | number

/** Who belongs to an organization, and as what. */
export interface Membership {
  readonly id: string
  readonly organization: Id
  readonly account: Id
  readonly role: string
}

export interface Memberships {
  /** Of an account in an organization; undefined: none, or no such organization. */
  of(connection: Connection, account: Id, organization: Id): Promise<Membership | undefined>
  /** One of an organization, by its id. */
  find(connection: Connection, organization: Id, id: string): Promise<Membership | undefined>
  /** False: the account belongs to it already. */
  add(connection: Connection, membership: Omit<Membership, 'id'>, now: string): Promise<boolean>
  setRole(connection: Connection, id: string, role: string): Promise<void>
  remove(connection: Connection, id: string): Promise<void>
  /** How many others have the same role in its organization, of accounts that are not deleted. */
  others(connection: Connection, membership: Omit<Membership, 'account'>): Promise<number>
  /** How many organizations the account belongs to. */
  joined(connection: Connection, account: Id): Promise<number>
}

const model = platform.membership
const id: ValueType = { kind: 'id', model }

/** The type of a reference to an organization. */
export const organizationTypeOf = ({ actor }: Accounts): ValueType =>
  actor.fields.organizationId?.type ?? { kind: 'ref' }

export function createMemberships(planner: Planner, accounts: Accounts): Memberships {
  const account = accountTypeOf(accounts)
  const organization = organizationTypeOf(accounts)
  const row: Shape = {
    kind: 'object',
    members: {
      id: value(field('id'), id),
      organization: value(field('organizationId'), organization),
      account: value(field('accountId'), account),
      role: value(field('role'), text),
    },
  }
  // The row of an account that was deleted may stay; it belongs to nothing.
  const living: Expr = {
    kind: 'some',
    from: { model: accounts.identity.model, as: 'account' },
    where: call('eq', field(accounts.model.id, 'account'), field('accountId')),
  }
  const inIt = is('eq', 'organizationId', organization, 'organization')
  const one = (where: ReturnType<typeof call>) =>
    internalCall(planner, {
      kind: 'read',
      answers: { kind: 'one', from: { model, as: 'row', where }, item: row, nullable: true },
    })
  const of = one(call('and', inIt, is('eq', 'accountId', account, 'account')))
  const find = one(call('and', inIt, is('eq', 'id', id)))
  const add = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        organizationId: input('organization', organization),
        accountId: input('account', account),
        role: input('role', text),
      },
      exists: { key: ['organizationId', 'accountId'], then: 'keep' },
    },
  })
  const setRole = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: is('eq', 'id', id), set: { role: input('role', text) } },
  })
  const remove = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('eq', 'id', id), absent: 'ok' },
  })
  const counted = (where: ReturnType<typeof call>) =>
    internalCall(planner, {
      kind: 'read',
      answers: value({ kind: 'aggregate', fn: 'count', from: { model, as: 'row', where } }, { kind: 'integer' }),
    })
  const others = counted(call('and', inIt, is('eq', 'role', text), is('ne', 'id', id), living))
  const joined = counted(is('eq', 'accountId', account, 'account'))
  const number = (row: readonly (string | null)[] | undefined): number => Number(row?.[0] ?? 0)

  return {
    of: async (connection, account, organization) =>
      membershipFrom(parsed(await of.run(connection, { account, organization }))),
    find: async (connection, organization, id) =>
      membershipFrom(parsed(await find.run(connection, { organization, id }))),
    add: async (connection, { organization, account, role }, now) =>
      number(await add.run(connection, { organization, account, role }, { now })) > 0,
    setRole: async (connection, id, role) => void (await setRole.run(connection, { id, role })),
    remove: async (connection, id) => void (await remove.run(connection, { id })),
    others: async (connection, { id, organization, role }) =>
      number(await others.run(connection, { id, organization, role })),
    joined: async (connection, account) => number(await joined.run(connection, { account })),
  }
}

const parsed = (row: readonly (string | null)[] | undefined): Json => (row?.[0] == null ? null : JSON.parse(row[0]))

function membershipFrom(json: Json): Membership | undefined {
  if (!isMembers(json)) return undefined
  const { id, organization, account, role } = json
  if (typeof id !== 'string' || typeof role !== 'string' || !isId(organization) || !isId(account)) return undefined
  return { id, organization, account, role }
}
