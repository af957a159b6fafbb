import type { SignedIn } from '../../declare/handler.ts'
import type { Actor } from '../../engine/call.ts'
import type { Within } from '../../engine/runtime.ts'
import { claimed } from '../claim.ts'
import { ownerOf } from '../email/redeemed.ts'
import { enter } from '../entry.ts'
import type { Method } from '../method.ts'
import type { Redeemed } from '../one-time.ts'
import { storePassword } from '../password/stored.ts'
import type { Services } from '../services.ts'
import { newToken } from '../token.ts'

/**
 * Lets in whoever has shown that an account's address is theirs. Where nobody had shown it before, whatever the account
 * was made with is somebody else's, for all that is known: its password and all that was signed in are nothing from now
 * on (class 87). Throws a Problem `not-redeemable`.
 */
export async function arrive(
  services: Services,
  within: Within,
  redeemed: Redeemed | undefined,
  method: Method,
  how: { readonly cookie: boolean },
): Promise<SignedIn<Actor>> {
  const { connection, now } = within
  const owner = await ownerOf(services, connection, redeemed)
  const { id } = owner.actor
  if (!owner.verified) {
    await storePassword(services, within, { id, password: newToken(), why: 'nobody had confirmed the address' })
    await claimed(services, within, owner)
    await services.states.verified(connection, id, owner.email, new Date(now))
    await services.audit.note(within, 'email.verified', { account: id })
  }
  return enter(services, within, owner.actor, method, how)
}
