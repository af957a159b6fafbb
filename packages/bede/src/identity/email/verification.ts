import type { Within } from '../../engine/runtime.ts'
import type { Services } from '../services.ts'
import { issueLink } from './letters.ts'
import { pageOf, purposes, verifyLasts } from './links.ts'

interface Asked {
  /** Null: nobody's. */
  readonly account: string | number | null
  readonly to: string
}

/** What the mail says that asks the owner of an address whether it is theirs. */
export const verification = (
  services: Services,
  within: Within,
  { account, to }: Asked,
): Promise<Readonly<Record<string, string>>> =>
  issueLink(services, within, {
    purpose: purposes.verify,
    page: pageOf(services.accounts, 'verify'),
    lasts: verifyLasts,
    account,
    data: { email: to },
  })

/** Asks them, in the caller's transaction. */
export async function askToVerify(services: Services, within: Within, asked: Asked): Promise<void> {
  const values = await verification(services, within, asked)
  await services.post.send(within.connection, { to: asked.to, template: 'verify-email', values })
}
