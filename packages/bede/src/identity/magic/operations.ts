import type { Within } from '../../engine/runtime.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { email, text } from '../../model/fields.ts'
import { alike, issueLink, mayWriteTo, writeToOwner } from '../email/letters.ts'
import { pageOf, purposes, redeemedAt } from '../email/links.ts'
import { operation } from '../operation.ts'
import type { Services } from '../services.ts'
import { sessionAnswer, sessionAsked, sessionInput, sessionOutput, wantsCookie } from '../session-answer.ts'
import { newToken } from '../token.ts'
import { arrive } from './arrive.ts'
import { asked, binding, bindingCookie, bound } from './binding.ts'
import { newCode, readCode } from './code.ts'

/** Signing in by what is sent to an account's address. */
export function magicOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { email: mailed } = accounts.identity
  return {
    ...(mailed?.magicLink !== undefined && linkOperations(accounts, mailed.magicLink)),
    ...(mailed?.code !== undefined && codeOperations(accounts, mailed.code)),
  }
}

const cookies = { [bindingCookie]: 'binding' } as const

const linkOperations = (accounts: Accounts, lasts: number): Readonly<Record<string, Brought>> => ({
  'auth.magic.link': operation('POST /auth/magic', {
    summary: 'Ask for a link to sign in by; the answer is the same whether or not there is such an account',
    auth: 'optional',
    input: { email: email() },
    output: asked,
    status: 202,
    sensitive: true,
    mails: ['magic-link'],
    run: async ({ input: { email: to }, within, services }) => {
      const boundTo = newToken()
      await writeToOwner(services, within, to, {
        write: async (inner, owner) => {
          const account = owner?.actor.id ?? null
          const page = pageOf(accounts, 'magicLink')
          const link = { purpose: purposes.magicLink, page, lasts, account, data: { email: to }, boundTo }
          const values = await issueLink(services, inner, link)
          await services.post.send(inner.connection, { to, template: 'magic-link', values })
          await services.audit.note(inner, 'magic-link.asked', { account })
        },
      })
      services.tidy()
      return bound(boundTo, lasts)
    },
  }),
  'auth.magic.redeem': operation(`POST ${redeemedAt.magicLink}`, {
    summary: 'Sign in by the link that was sent, in the browser that asked for it',
    auth: 'optional',
    input: { token: text({ min: 1, max: 100 }), binding, ...sessionInput(accounts.identity) },
    cookies,
    output: sessionOutput(accounts.identity),
    sensitive: true,
    run: async ({ input: { token, binding, ...how }, within, services }) => {
      const cookie = wantsCookie(services, sessionAsked(how))
      const now = new Date(within.now)
      const shown = { purpose: purposes.magicLink, token, ...(binding !== undefined && { boundTo: binding }) }
      // It is spent whatever becomes of the sign-in.
      const redeemed = await within.apart((connection) => services.oneTime.redeem(connection, shown, now))
      return sessionAnswer(await arrive(services, within, redeemed, 'magic-link', { cookie }))
    },
  }),
})

/** Codes that may be tried against one that was sent. */
const mostGuesses = 5

const codeOperations = (accounts: Accounts, lasts: number): Readonly<Record<string, Brought>> => ({
  'auth.magic.code': operation('POST /auth/email-code', {
    summary: 'Ask for a code to sign in by; the answer is the same whether or not there is such an account',
    auth: 'optional',
    input: { email: email() },
    output: asked,
    status: 202,
    sensitive: true,
    mails: ['email-code'],
    run: async ({ input: { email: to }, within, services }) => {
      const { code, shown } = newCode()
      const { connection } = within
      const allowed = await mayWriteTo(services, within, to)
      const owner = await services.lookUp.byEmail(connection, to)
      const sent = allowed && owner !== undefined
      // The browser holds the token, and the mail what has to be shown beside it. There is one where nobody has the
      // address, too: a wrong guess costs the same.
      const binding = await services.oneTime.issue(
        connection,
        { purpose: purposes.code, data: { email: to }, boundTo: code, lasts, ...(sent && { account: owner.actor.id }) },
        new Date(within.now),
      )
      await alike(within, sent, async (inner) => {
        const values = { code: shown, expires: String(lasts) }
        await services.post.send(inner.connection, { to, template: 'email-code', values })
        await services.audit.note(inner, 'email-code.asked', { account: owner?.actor.id ?? null })
      })
      services.tidy()
      return bound(binding, lasts)
    },
  }),
  'auth.magic.redeemCode': operation('POST /auth/email-code/redeem', {
    summary: 'Sign in by the code that was sent, in the browser that asked for it',
    auth: 'optional',
    input: { code: text({ min: 1, max: 40 }), binding, ...sessionInput(accounts.identity) },
    cookies,
    output: sessionOutput(accounts.identity),
    sensitive: true,
    run: async ({ input: { code, binding, ...how }, within, services }) => {
      const cookie = wantsCookie(services, sessionAsked(how))
      const redeemed = await guess(services, within, code, binding)
      return sessionAnswer(await arrive(services, within, redeemed, 'email-code', { cookie }))
    },
  }),
})

/**
 * A guess is counted before it is looked at, where no refusal takes it back (class 126). One that is no code, or too many,
 * costs what any other does.
 */
async function guess({ oneTime }: Services, within: Within, typed: string, binding = '') {
  const now = new Date(within.now)
  const of = { purpose: purposes.code, token: binding }
  return within.apart(async (connection) => {
    const counted = await oneTime.attempt(connection, { ...of, most: mostGuesses }, now)
    return oneTime.redeem(connection, { ...of, boundTo: counted ? readCode(typed) : '' }, now)
  })
}
