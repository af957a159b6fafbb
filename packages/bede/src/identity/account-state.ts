import { internalCall } from '../engine/internal-call.ts'
import { call, field, input, text, time, value } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { type Accounts, accountTypeOf } from './account.ts'

/** What Bede itself knows of accounts. */
export interface AccountStates {
  /** The owner of the account has shown that this address is theirs. */
  verified(connection: Connection, account: string | number, email: string, now: Date): Promise<void>
  /** From now on, or no more: null. */
  suspend(connection: Connection, account: string | number, since: Date | null): Promise<void>
  suspended(connection: Connection, account: string | number): Promise<boolean>
}

export function createAccountStates(planner: Planner, accounts: Accounts): AccountStates {
  const proven = { verifiedEmail: input('email', text), verifiedAt: input('now', time) }
  const verified = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.accountState,
      values: { accountId: input('account', accountTypeOf(accounts)), ...proven },
      exists: { key: ['accountId'], then: 'update', set: proven },
    },
  })
  const set = { suspendedAt: input('since', time) }
  const suspend = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.accountState,
      values: { accountId: input('account', accountTypeOf(accounts)), ...set },
      exists: { key: ['accountId'], then: 'update', set },
    },
  })
  const suspended = internalCall(planner, {
    kind: 'read',
    answers: value(call('not', unsuspended(input('account', accountTypeOf(accounts)))), { kind: 'boolean' }),
  })
  return {
    async suspend(connection, account, since) {
      await suspend.run(connection, { account, since: since === null ? null : since.toISOString() })
    },
    async suspended(connection, account) {
      const [body] = (await suspended.run(connection, { account })) ?? []
      return body === 'true'
    },
    async verified(connection, account, email, now) {
      const at = now.toISOString()
      await verified.run(connection, { account, email, now: at }, { now: at })
    },
  }
}

/** The account is not suspended: in a look-up of what signs in with it. */
export const unsuspended = (account: Expr): Expr => ({
  kind: 'none',
  from: { model: platform.accountState, as: 'state' },
  where: call(
    'and',
    call('eq', field('accountId', 'state'), account),
    call('isNotNull', field('suspendedAt', 'state')),
  ),
})
