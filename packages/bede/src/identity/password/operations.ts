import { answer } from '../../declare/reply.ts'
import type { Within } from '../../engine/runtime.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { email, secret, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { claimed } from '../claim.ts'
import { issueLink, writeToOwner } from '../email/letters.ts'
import { pageOf, purposes, redeemedAt } from '../email/links.ts'
import { ownerOf } from '../email/redeemed.ts'
import type { Account } from '../look-up.ts'
import { operation } from '../operation.ts'
import type { Services } from '../services.ts'
import { sessionAnswer, sessionHeaders, sessionOutput } from '../session-answer.ts'
import { ownAccount } from './own.ts'
import { isStillCurrent, storePassword } from './stored.ts'
import { checkPassword } from './strength.ts'

/** Another password, for who knows the old one and for who has forgotten it. */
export function passwordOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { passwordMin: min, email: mailed } = accounts.identity
  const password = secret({ min })
  return {
    'auth.password.change': operation('POST /auth/password', {
      summary: 'Change your password: every other session ends, and this one goes on under another token',
      input: { current: secret(), password },
      output: sessionOutput(accounts.identity),
      sensitive: true,
      guarded: true,
      ...(mailed && { mails: ['password-changed'] }),
      run: async ({ input: { current, password }, actor, within, services }) => {
        const account = await ownAccount(services, within, actor.id, current)
        if (current === password) throw unfit('It is the password that you have')
        if (!(await isStillCurrent(services, within, account))) throw new Problem('wrong-password')
        await choose(services, within, account, password)
        const opened = await services.ending.after(within, 'password.changed', actor.id)
        if (!opened) throw new Problem('forbidden', { message: 'A password is changed by whoever has signed in' })
        await services.audit.note(within, 'password.changed', { account: actor.id })
        await tell(services, within, account)
        return sessionAnswer({ ...opened, headers: sessionHeaders(services, opened) })
      },
    }),
    ...(mailed?.reset !== undefined && resetOperations(accounts, mailed.reset)),
  }
}

function resetOperations(accounts: Accounts, lasts: number): Readonly<Record<string, Brought>> {
  return {
    'auth.password.forgot': operation('POST /auth/password/forgot', {
      summary:
        'Ask for a link to choose a new password; the answer is the same whether or not there is such an account',
      auth: 'optional',
      input: { email: email() },
      status: 202,
      mails: ['reset-password'],
      run: async ({ input: { email: to }, within, services }) => {
        await writeToOwner(services, within, to, {
          write: async (inner, owner) => {
            const account = owner?.actor.id ?? null
            const page = pageOf(accounts, 'reset')
            const link = { purpose: purposes.reset, page, lasts, account, data: { email: to } }
            const values = await issueLink(services, inner, link)
            await services.post.send(inner.connection, { to, template: 'reset-password', values })
            await services.audit.note(inner, 'password.reset-asked', { account })
          },
        })
        services.tidy()
        return answer({ status: 202 })
      },
    }),
    'auth.password.reset': operation(`POST ${redeemedAt.reset}`, {
      summary: 'Choose a new password by the link that was sent: everything that was signed in is signed out',
      auth: 'optional',
      input: { token: text({ min: 1, max: 100 }), password: secret({ min: accounts.identity.passwordMin }) },
      sensitive: true,
      mails: ['password-changed'],
      run: async ({ input: { token, password }, within, services }) => {
        const { oneTime, states, audit, ending } = services
        const { connection } = within
        const now = new Date(within.now)
        const redeemed = await oneTime.redeem(connection, { purpose: purposes.reset, token }, now)
        const owner = await ownerOf(services, connection, redeemed)
        const { id } = owner.actor
        await choose(services, within, owner, password)
        await states.verified(connection, id, owner.email, now)
        if (owner.verified) await ending.after(within, 'password.reset', id)
        else await claimed(services, within, owner)
        await audit.note(within, 'password.reset', { account: id })
        await tell(services, within, owner)
      },
    }),
  }
}

/** Makes it the account's, unless it would be guessed. */
async function choose(services: Services, within: Within, { actor, login, email }: Account, password: string) {
  const { base, accounts } = services
  await checkPassword(password, {
    place: '/password',
    min: accounts.identity.passwordMin,
    known: [base.manifest.name, login, email ?? ''],
  })
  await storePassword(services, within, { id: actor.id, password, why: 'store a new password' })
}

/** So that whoever did not do it hears of it. */
async function tell({ post }: Services, { connection, now }: Within, { email: to }: Account): Promise<void> {
  if (to === undefined) return
  await post.send(connection, { to, template: 'password-changed', values: { at: now } })
}

const unfit = (message: string): Problem =>
  new Problem('invalid-value', { details: [{ place: '/password', code: 'invalid-value', message }] })
