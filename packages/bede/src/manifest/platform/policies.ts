import type { Expr } from '../../expr/expr.ts'
import type { Policy } from '../manifest.ts'
import { type AccountModel, accountRef } from './account.ts'
import { platform } from './names.ts'

/** Who reaches the platform's own models beside the system: nobody, where a model is not named. */
export const platformPolicies = (account?: AccountModel): Readonly<Record<string, Policy>> => {
  if (account === undefined) return {}
  const mine: Expr = {
    kind: 'call',
    fn: 'eq',
    args: [
      { kind: 'field', row: 'row', field: 'accountId' },
      { kind: 'actor', field: 'id', type: accountRef(account) },
    ],
  }
  return { [platform.session]: { read: mine, delete: mine } }
}
