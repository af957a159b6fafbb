import { isMembers } from '../../engine/complete.ts'
import { type InternalCall, internalCall } from '../../engine/internal-call.ts'
import { field, input, is, text, value } from '../../engine/internal-statement.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf } from '../account.ts'

type Id = string | number

/** A program that calls in its own name: an ordinary account, to which nobody signs in. */
export interface Service {
  readonly id: string
  readonly account: Id
}

export interface ServiceAccounts {
  /** `values`: what else an account of the app has to say of itself. `hash`: of a password that nobody knows. */
  make(
    connection: Connection,
    service: { readonly name: string; readonly values: Readonly<Record<string, Json>>; readonly hash: string },
    now: Date,
  ): Promise<Id>
  find(connection: Connection, name: string): Promise<Service | undefined>
  /** Ends it with all its keys; what its account has made stays. Undefined: there is none. */
  end(connection: Connection, name: string): Promise<Service | undefined>
  has(connection: Connection, account: Id): Promise<boolean>
}

const model = platform.service

/** What a service's account would be signed in to with: an address that can be nobody's (RFC 2606 §2). */
const loginOf = (name: string, { kind }: ValueType): string => (kind === 'email' ? `${name}@services.invalid` : name)

export function createServiceAccounts(planner: Planner, accounts: Accounts): ServiceAccounts {
  const { identity } = accounts
  const account = accountTypeOf(accounts)
  const row = {
    kind: 'object',
    members: {
      id: value(field('id'), { kind: 'id', model }),
      account: value(field('accountId'), account),
    },
  } as const
  const make = internalCall(planner, {
    kind: 'write',
    write: { kind: 'create', model: identity.model, values: accountValues(accounts) },
    answers: {
      kind: 'object',
      members: { account: value(field(accounts.model.id), { ...account, kind: 'id' }) },
    },
  })
  const mark = internalCall(planner, {
    kind: 'write',
    write: { kind: 'create', model, values: { name: input('name', text), accountId: input('account', account) } },
  })
  const one = (where: Expr) =>
    internalCall(planner, {
      kind: 'read',
      answers: { kind: 'one', nullable: true, from: { model, as: 'row', where }, item: row },
    })
  const find = one(is('eq', 'name', text))
  const has = one(is('eq', 'accountId', account, 'account'))
  const end = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('eq', 'name', text), absent: 'ok' },
    answers: row,
  })
  const asked = async (
    connection: Connection,
    statement: InternalCall,
    values: Readonly<Record<string, Json>>,
    column: 0 | 1 = 0,
  ): Promise<Json> => {
    const body = (await statement.run(connection, values))?.[column]
    return body == null ? null : JSON.parse(body)
  }

  return {
    async make(connection, { name, values, hash }, now) {
      const at = { now: now.toISOString() }
      const login = loginOf(name, accounts.model.fields[identity.login]?.type ?? text)
      const [, body] =
        (await make.run(connection, { ...values, [identity.login]: login, [identity.password]: hash }, at)) ?? []
      const { account } = body == null ? {} : JSON.parse(body)
      if (typeof account !== 'string' && typeof account !== 'number') throw new TypeError('an account has an id')
      await mark.run(connection, { name, account }, at)
      return account
    },
    find: async (connection, name) => serviceFrom(await asked(connection, find, { name })),
    end: async (connection, name) => serviceFrom(await asked(connection, end, { name }, 1)),
    has: async (connection, account) => (await asked(connection, has, { account })) !== null,
  }
}

/** What registering takes, where it was sent. */
function accountValues({ identity, model }: Accounts): Readonly<Record<string, Expr>> {
  const typeOf = (name: string): ValueType => model.fields[name]?.type ?? text
  const said = identity.register.map((name): [string, Expr] => [
    name,
    { kind: 'given', path: [name], then: input(name, typeOf(name)) },
  ])
  const own = [identity.login, identity.password].map((name): [string, Expr] => [name, input(name, typeOf(name))])
  return Object.fromEntries([...said, ...own])
}

function serviceFrom(json: Json): Service | undefined {
  if (!isMembers(json) || typeof json.id !== 'string') return undefined
  const { id, account } = json
  return typeof account === 'string' || typeof account === 'number' ? { id, account } : undefined
}
