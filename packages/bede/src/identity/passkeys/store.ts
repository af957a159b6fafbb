import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { boolean, call, field, input, is, text, value } from '../../engine/internal-statement.ts'
import { isCreated, isWritten, orLeave } from '../../engine/internal-write.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf } from '../account.ts'
import type { Made } from './webauthn.ts'

type Account = string | number

/** A passkey as it is kept. */
export interface KeptPasskey extends Omit<Made, 'backedUp'> {
  readonly id: string
  readonly account: Account
}

/** The passkeys of accounts: public keys, which sign nothing. */
export interface Passkeys {
  /** False: there is one that its authenticator calls the same (WebAuthn §7.1). */
  add(connection: Connection, account: Account, made: Made & { readonly name: string }, now: string): Promise<boolean>
  find(connection: Connection, credentialId: string): Promise<KeptPasskey | undefined>
  /** What the account's passkeys are called by their authenticators. */
  known(connection: Connection, account: Account): Promise<readonly string[]>
  /**
   * Notes that it has signed, and how often: false where it has signed as often before, for then there are two of it. An
   * authenticator that does not count says 0 each time.
   */
  used(
    connection: Connection,
    id: string,
    signed: { readonly counter: number; readonly backedUp: boolean },
    now: string,
  ): Promise<boolean>
  /** False: the account has no such one. */
  rename(
    connection: Connection,
    account: Account,
    named: { readonly id: string; readonly name: string },
  ): Promise<boolean>
  /** False: the account has no such one. */
  remove(connection: Connection, account: Account, id: string): Promise<boolean>
  endAll(connection: Connection, account: Account): Promise<void>
}

/** More than a person has devices; a list of them stays short. */
export const mostPasskeys = 50

const model = platform.passkey
const bigint: ValueType = { kind: 'bigint' }
const idType: ValueType = { kind: 'id', model }

export function createPasskeys(planner: Planner, accounts: Accounts): Passkeys {
  const accountType = accountTypeOf(accounts)
  const byId = is('eq', 'id', idType)
  const mine = is('eq', 'accountId', accountType, 'account')
  const zero = { kind: 'literal', value: '0', type: bigint } as const

  const add = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        accountId: input('account', accountType),
        credentialId: input('credentialId', text),
        publicKey: input('publicKey', text),
        counter: input('counter', bigint),
        backedUp: input('backedUp', boolean),
        name: input('name', text),
      },
      exists: orLeave('credentialId'),
    },
  })
  const find = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model, as: 'row', where: is('eq', 'credentialId', text) },
      item: {
        kind: 'object',
        members: {
          id: value(field('id'), idType),
          account: value(field('accountId'), accountType),
          credentialId: value(field('credentialId'), text),
          publicKey: value(field('publicKey'), text),
          counter: value(field('counter'), bigint),
        },
      },
      nullable: true,
    },
  })
  const known = internalCall(planner, {
    kind: 'read',
    answers: { kind: 'list', from: { model, as: 'row', where: mine }, item: value(field('credentialId'), text) },
  })
  const used = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call(
        'and',
        byId,
        call(
          'or',
          call('lt', field('counter'), input('counter', bigint)),
          call('and', call('eq', field('counter'), zero), call('eq', input('counter', bigint), zero)),
        ),
      ),
      set: { counter: input('counter', bigint), backedUp: input('backedUp', boolean), usedAt: { kind: 'now' } },
    },
  })
  const own = call('and', byId, mine)
  const rename = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: own, set: { name: input('name', text) } },
  })
  const remove = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: own, absent: 'ok' } })
  const endAll = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: mine, absent: 'ok' } })

  return {
    async add(connection, account, { counter, ...made }, now) {
      return isCreated(await add.run(connection, { account, ...made, counter: String(counter) }, { now }))
    },
    async find(connection, credentialId) {
      const [body] = (await find.run(connection, { credentialId })) ?? []
      return passkeyFrom(body == null ? null : JSON.parse(body))
    },
    async known(connection, account) {
      const [body] = (await known.run(connection, { account })) ?? []
      const ids: Json = JSON.parse(body ?? '[]')
      return Array.isArray(ids) ? ids.map(String) : []
    },
    async used(connection, id, { counter, backedUp }, now) {
      return isWritten(await used.run(connection, { id, counter: String(counter), backedUp }, { now }))
    },
    async rename(connection, account, { id, name }) {
      return isWritten(await rename.run(connection, { account, id, name }))
    },
    async remove(connection, account, id) {
      return isWritten(await remove.run(connection, { account, id }))
    },
    async endAll(connection, account) {
      await endAll.run(connection, { account })
    },
  }
}

function passkeyFrom(json: Json): KeptPasskey | undefined {
  if (!isMembers(json)) return undefined
  const { id, account, credentialId, publicKey, counter } = json
  if (typeof id !== 'string' || typeof credentialId !== 'string' || typeof publicKey !== 'string') return undefined
  if (typeof account !== 'string' && typeof account !== 'number') return undefined
  return { id, account, credentialId, publicKey, counter: Number(counter) }
}
