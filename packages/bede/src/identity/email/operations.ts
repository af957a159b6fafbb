import { answer } from '../../declare/reply.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { bool, email, text } from '../../model/fields.ts'
import { operation } from '../operation.ts'
import { changeOperations } from './change-operations.ts'
import { writeToOwner } from './letters.ts'
import { purposes, redeemedAt } from './links.ts'
import { ownerOf } from './redeemed.ts'
import { askToVerify } from './verification.ts'

/** An account's address: whose it is, and another one. */
export function emailOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { email: mailed } = accounts.identity
  if (!mailed) return {}
  return {
    'auth.email.get': operation('GET /auth/email', {
      summary: 'Your address, and whether it is confirmed',
      output: { email: email({ nullable: true }), verified: bool() },
      personal: false,
      run: async ({ actor, within, services }) => {
        const account = await services.lookUp.byId(within.reader(), actor.id)
        return { email: account?.email ?? null, verified: account?.verified ?? false }
      },
    }),
    ...(mailed.verify && verificationOperations()),
    ...(mailed.change !== undefined && changeOperations(accounts, mailed.change)),
  }
}

const verificationOperations = (): Readonly<Record<string, Brought>> => ({
  'auth.email.verify': operation(`POST ${redeemedAt.verify}`, {
    summary: 'Confirm your address by the link that was sent to it',
    auth: 'optional',
    input: { token: text({ min: 1, max: 100 }) },
    sensitive: true,
    run: async ({ input: { token }, within, services }) => {
      const { connection } = within
      const now = new Date(within.now)
      const redeemed = await services.oneTime.redeem(connection, { purpose: purposes.verify, token }, now)
      const { actor, email } = await ownerOf(services, connection, redeemed)
      await services.states.verified(connection, actor.id, email, now)
      await services.audit.note(within, 'email.verified', { account: actor.id })
    },
  }),
  'auth.email.verify.resend': operation(`POST ${redeemedAt.verify}/resend`, {
    summary:
      'Ask for another link to confirm an address; the answer is the same whether or not there is something to confirm',
    auth: 'optional',
    input: { email: email() },
    status: 202,
    mails: ['verify-email'],
    run: async ({ input: { email: to }, within, services }) => {
      await writeToOwner(services, within, to, {
        eligible: ({ verified }) => !verified,
        write: (inner, owner) => askToVerify(services, inner, { account: owner?.actor.id ?? null, to }),
      })
      return answer({ status: 202 })
    },
  }),
})
