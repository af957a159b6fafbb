import type { Within } from '../../engine/runtime.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Account } from '../look-up.ts'
import type { Services } from '../services.ts'

/**
 * The account of somebody who is signed in and has typed its password again. Comes before anything else is asked of the
 * database: a guess is counted where no refusal takes it back (class 126). Throws Problems `wrong-password`,
 * `too-many-attempts`.
 */
export async function ownAccount(
  { guesses, lookUp, base }: Services,
  within: Within,
  id: string | number,
  password: string,
): Promise<Account> {
  const guessed = { what: 'password', whose: String(id) }
  await within.apart((connection) => guesses.count(connection, guessed, within.now))
  const account = await lookUp.byId(within.reader(), id)
  if (account?.hash === undefined || !(await base.hasher.verify(account.hash, password)))
    throw new Problem('wrong-password')
  await guesses.forget(within.connection, guessed)
  return account
}
