import { isMembers } from '../../engine/complete.ts'
import type { Json } from '../../expr/value.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Account } from '../look-up.ts'
import type { Redeemed } from '../one-time.ts'
import type { Services } from '../services.ts'

/**
 * The account that a link or a code was sent to, if the address it went to is the account's still.
 * Throws a Problem `not-redeemable`.
 */
export async function ownerOf(
  { lookUp }: Services,
  connection: Connection,
  redeemed: Redeemed | undefined,
): Promise<Account & { readonly email: string }> {
  const account = redeemed?.account == null ? undefined : await lookUp.byId(connection, redeemed.account)
  const sentTo = emailIn(redeemed?.data ?? null)
  if (account?.email === undefined || account.email !== sentTo) throw new Problem('not-redeemable')
  return { ...account, email: account.email }
}

const emailIn = (data: Json): string | undefined =>
  isMembers(data) && typeof data.email === 'string' ? data.email : undefined
