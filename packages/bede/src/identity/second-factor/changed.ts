import type { Reply } from '../../declare/reply.ts'
import type { Actor } from '../../engine/call.ts'
import type { Within } from '../../engine/runtime.ts'
import type { Accounts } from '../account.ts'
import type { Services } from '../services.ts'
import { renewedAnswer } from '../session-answer.ts'

/** What is done about a change of what an account signs in with. */
interface Change {
  /** For the trail. */
  readonly event: string
  /** For the account's owner, as the end of a sentence that a colon begins. */
  readonly said: string
}

/** The mails that a change sends: none where accounts have no address. */
export const noticesOf = (accounts: Accounts): readonly ['second-factor-changed'] | readonly [] =>
  accounts.identity.email || signsInByEmail(accounts) ? ['second-factor-changed'] : []

const signsInByEmail = ({ identity, model }: Accounts): boolean => model.fields[identity.login]?.type.kind === 'email'

/**
 * Ends what rests on the account as it was, notes it and tells the account's owner. The session that made the change goes
 * on under another token, which the answer gives, beside `more`.
 */
export async function changed(
  services: Services,
  within: Within,
  { id }: Actor,
  change: Change,
  more?: object,
): Promise<object | Reply<object>> {
  await noted(services, within, id, change)
  return renewedAnswer(services, await services.ending.after(within, 'factor.changed', id), more)
}

/** Notes a change that ends nothing, and tells the account's owner. */
export async function noted(
  { audit, accounts, lookUp, post }: Services,
  within: Within,
  account: string | number,
  { event, said }: Change,
): Promise<void> {
  await audit.note(within, event, { account })
  const known = await lookUp.byId(within.connection, account)
  const to = known?.email ?? (signsInByEmail(accounts) ? known?.login : undefined)
  if (to === undefined) return
  await post.send(within.connection, {
    to,
    template: 'second-factor-changed',
    values: { at: within.now, change: said },
  })
}
