import type { Within } from '../engine/runtime.ts'
import type { Account } from './look-up.ts'
import type { Services } from './services.ts'

/**
 * Somebody has shown that the address of an account is theirs, which nobody had shown before: whatever the account signs
 * in with is somebody else's, for all that is known, and ends (class 87). Its authenticator app stays where an address of the account was
 * confirmed once: then it is of whoever that was, and a way to another address is none around it (class 96).
 */
export async function claimed(
  { ending, secondFactor, audit }: Services,
  within: Within,
  { actor: { id }, everVerified }: Account,
): Promise<void> {
  await ending.after(within, 'account.claimed', id)
  if (!everVerified && (await secondFactor?.drop(within, id))) await audit.note(within, 'totp.removed', { account: id })
}
