import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { after, call, field, input, is, text, time, value } from '../../engine/internal-statement.ts'
import type { Expr } from '../../expr/expr.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf } from '../account.ts'
import { purgeExpired } from '../expired.ts'

/** Which of the two addresses has confirmed. */
export type Side = 'old' | 'new'

/** Moves of accounts to other addresses. */
export interface EmailChanges {
  /** Begins one, in the place of any other of the account's. */
  begin(
    connection: Connection,
    change: { readonly account: string | number; readonly email: string; readonly lasts: number },
    now: Date,
  ): Promise<void>
  /** Notes that one address has confirmed. True: so has the other. Undefined: there is no such move any more. */
  confirm(
    connection: Connection,
    change: { readonly account: string | number; readonly email: string; readonly side: Side },
    now: Date,
  ): Promise<boolean | undefined>
  /** Ends it, done or not. */
  end(connection: Connection, account: string | number): Promise<void>
  /** Deletes those whose time is over. */
  purge(connection: Connection, now: Date): Promise<void>
}

const model = platform.emailChange
const flag = { kind: 'boolean' } as const
const literal = (value: boolean): Expr => ({ kind: 'literal', value, type: flag })

export function createEmailChanges(planner: Planner, accounts: Accounts): EmailChanges {
  const account = input('account', accountTypeOf(accounts))
  const values = {
    email: input('email', text),
    oldConfirmed: literal(false),
    newConfirmed: literal(false),
    expiresAt: input('expiresAt', time),
  }
  const begin = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: { accountId: account, ...values },
      exists: { key: ['accountId'], then: 'update', set: values },
    },
  })
  const mine = call('eq', field('accountId'), account)
  const target = call('and', mine, is('eq', 'email', text), is('gt', 'expiresAt', time, 'now'))
  const confirmed = (name: 'oldConfirmed' | 'newConfirmed') =>
    internalCall(planner, {
      kind: 'write',
      write: { kind: 'update', model, target, set: { [name]: literal(true) } },
      answers: {
        kind: 'object',
        members: { old: value(field('oldConfirmed'), flag), new: value(field('newConfirmed'), flag) },
      },
    })
  const confirm = { old: confirmed('oldConfirmed'), new: confirmed('newConfirmed') }
  const end = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: mine, absent: 'ok' } })

  return {
    async begin(connection, { account, email, lasts }, now) {
      await begin.run(connection, { account, email, expiresAt: after(now, lasts) }, { now: now.toISOString() })
    },
    async confirm(connection, { account, email, side }, now) {
      const at = now.toISOString()
      const [, body] = (await confirm[side].run(connection, { account, email, now: at }, { now: at })) ?? []
      const both = body == null ? null : JSON.parse(body)
      return isMembers(both) ? both.old === true && both.new === true : undefined
    },
    async end(connection, account) {
      await end.run(connection, { account })
    },
    purge: purgeExpired(planner, model),
  }
}
