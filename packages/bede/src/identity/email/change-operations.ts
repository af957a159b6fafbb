import { answer } from '../../declare/reply.ts'
import { system } from '../../engine/call.ts'
import { isMembers } from '../../engine/complete.ts'
import { call, field, input } from '../../engine/internal-statement.ts'
import type { Within } from '../../engine/runtime.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { inputOf } from '../../manifest/link/input.ts'
import type { CompiledOperation } from '../../manifest/manifest.ts'
import { bool, email, secret, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Account } from '../look-up.ts'
import { operation } from '../operation.ts'
import { ownAccount } from '../password/own.ts'
import type { Services } from '../services.ts'
import type { EmailChanges, Side } from './change.ts'
import { alike, issueLink, mayCauseMail, mayWriteTo } from './letters.ts'
import { pageOf, purposes, redeemedAt } from './links.ts'
import { ownerOf } from './redeemed.ts'

/** An account moves to another address when both have confirmed; either can call it off. */
export function changeOperations(accounts: Accounts, lasts: number): Readonly<Record<string, Brought>> {
  const token = text({ min: 1, max: 100 })
  return {
    'auth.email.change': operation('POST /auth/email/change', {
      summary: 'Ask to move your account to another address: a link goes to both, and both have to be opened',
      input: { email: email(), password: secret() },
      status: 202,
      sensitive: true,
      guarded: true,
      mails: ['email-change-old', 'email-change-new'],
      run: async ({ input: { email: to, password }, actor, within, services }) => {
        const account = await ownAccount(services, within, actor.id, password)
        const { email: from } = account
        if (from === undefined) throw new Problem('conflict', { message: 'This account has no address yet' })
        if (from === to) throw unfit('It is the address that the account has')
        await begin(services, within, account, { from, to, lasts })
        return answer({ status: 202 })
      },
    }),
    'auth.email.change.confirm': operation(`POST ${redeemedAt.change}`, {
      summary: 'Confirm the move of an account to another address, by the link that was sent to either',
      auth: 'optional',
      input: { token },
      output: { changed: bool() },
      sensitive: true,
      run: async ({ input: { token }, within, services }) => {
        const { connection } = within
        const now = new Date(within.now)
        const { owner, to, side } = await redeemed(services, within, token)
        const { id } = owner.actor
        const changes = changesOf(services)
        const changed = await changes.confirm(connection, { account: id, email: to, side }, now)
        if (changed === undefined) throw new Problem('not-redeemable')
        await services.audit.note(within, 'email.change-confirmed', { account: id, details: { side } })
        if (changed) await move(services, within, owner, to)
        return { changed }
      },
    }),
    'auth.email.change.cancel': operation('POST /auth/email/change/cancel', {
      summary: 'Call off the move of an account to another address, by the link that was sent to either',
      auth: 'optional',
      input: { token },
      sensitive: true,
      run: async ({ input: { token }, within, services }) => {
        const { connection } = within
        const { owner } = await redeemed(services, within, token)
        await callOff(services, connection, owner.actor.id)
        await services.audit.note(within, 'email.change-canceled', { account: owner.actor.id })
      },
    }),
  }

  async function begin(
    services: Services,
    within: Within,
    { actor: { id } }: Account,
    { from, to, lasts }: { readonly from: string; readonly to: string; readonly lasts: number },
  ): Promise<void> {
    const { connection, now } = within
    const free = (await services.lookUp.byEmail(connection, to)) === undefined
    const may = await mayCauseMail(services, within, id)
    const toOld = may && (await mayWriteTo(services, within, from))
    const toNew = may && (await mayWriteTo(services, within, to))
    await callOff(services, connection, id)
    await changesOf(services).begin(connection, { account: id, email: to, lasts }, new Date(now))
    const link = (inner: Within, purpose: string) =>
      issueLink(services, inner, {
        purpose,
        page: pageOf(accounts, 'change'),
        lasts,
        account: id,
        data: { email: from, to },
      })
    await alike(within, toOld, async (inner) => {
      const values = { ...(await link(inner, purposes.changeOld)), email: to }
      await services.post.send(inner.connection, { to: from, template: 'email-change-old', values })
    })
    // Whether the address is another account's, nobody hears: it is not asked, and the one that has it cannot confirm.
    await alike(within, toNew && free, async (inner) => {
      const values = await link(inner, purposes.changeNew)
      await services.post.send(inner.connection, { to, template: 'email-change-new', values })
    })
    await services.audit.note(within, 'email.change-asked', { account: id })
  }
}

interface RedeemedChange {
  readonly owner: Account & { readonly email: string }
  /** The address it moves to. */
  readonly to: string
  /** The address that the link was sent to. */
  readonly side: Side
}

async function redeemed(services: Services, { connection, now }: Within, token: string): Promise<RedeemedChange> {
  const at = new Date(now)
  const byNew = await services.oneTime.redeem(connection, { purpose: purposes.changeNew, token }, at)
  const found = byNew ?? (await services.oneTime.redeem(connection, { purpose: purposes.changeOld, token }, at))
  const owner = await ownerOf(services, connection, found)
  const data = found?.data ?? null
  if (!isMembers(data) || typeof data.to !== 'string') throw new Problem('not-redeemable')
  return { owner, to: data.to, side: byNew ? 'new' : 'old' }
}

/** Both addresses have confirmed. Problem `already-exists`: meanwhile it has become another account's. */
async function move(services: Services, within: Within, { actor: { id } }: Account, to: string): Promise<void> {
  const { connection, now } = within
  await within.ask(
    { operation: update(services.accounts), input: { id, email: to } },
    system('move an account to another address'),
  )
  await services.states.verified(connection, id, to, new Date(now))
  await changesOf(services).end(connection, id)
  await services.ending.after(within, 'login.changed', id)
  await services.audit.note(within, 'email.changed', { account: id })
}

/** What was begun before is over, with the links that were sent. */
async function callOff(services: Services, connection: Within['connection'], id: string | number): Promise<void> {
  await changesOf(services).end(connection, id)
  await services.oneTime.revoke(connection, id, purposes.changeOld)
  await services.oneTime.revoke(connection, id, purposes.changeNew)
}

function changesOf({ emailChanges }: Services): EmailChanges {
  if (emailChanges) return emailChanges
  throw new TypeError('addresses are not changed here')
}

function update({ identity, model }: Accounts): CompiledOperation {
  const name = identity.email?.field ?? ''
  const { [model.id]: id, [name]: address } = model.fields
  if (!id || !address) throw new TypeError('an account has an id and an address')
  return {
    kind: 'write',
    auth: 'required',
    input: { id: inputOf(id), email: inputOf(address) },
    write: {
      kind: 'update',
      model: identity.model,
      target: call('eq', field(model.id), input('id', id.type)),
      set: { [name]: input('email', address.type) },
    },
  }
}

const unfit = (message: string): Problem =>
  new Problem('invalid-value', { details: [{ place: '/email', code: 'invalid-value', message }] })
