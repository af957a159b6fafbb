import { internalCall } from '../engine/internal-call.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { type Accounts, accountTypeOf } from './account.ts'
import { input, text, time } from './statement.ts'

/** What Bede itself knows of accounts. */
export interface AccountStates {
  /** The owner of the account has shown that this address is theirs. */
  verified(connection: Connection, account: string | number, email: string, now: Date): Promise<void>
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
  return {
    async verified(connection, account, email, now) {
      const at = now.toISOString()
      await verified.run(connection, { account, email, now: at }, { now: at })
    },
  }
}
