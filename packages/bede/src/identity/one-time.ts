import { isMembers } from '../engine/complete.ts'
import { internalCall } from '../engine/internal-call.ts'
import { after, call, field, input, integer, is, json, text, time, value } from '../engine/internal-statement.ts'
import { isCreated, orLeave } from '../engine/internal-write.ts'
import type { Json } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { type Accounts, accountTypeOf } from './account.ts'
import { purgeExpired } from './expired.ts'
import { newToken, purposeHash } from './token.ts'

/** A link or a code on its way out. */
export interface Issued {
  /** What it is good for: one that was issued for another purpose is not found (class 84). */
  readonly purpose: string
  readonly account?: string | number
  /** What whoever redeems it is given back. */
  readonly data?: Json
  /** What has to be shown beside it, as the secret of the browser that asked. */
  readonly boundTo?: string
  /** Seconds. */
  readonly lasts: number
}

export interface Redeemed {
  readonly account: string | number | null
  readonly data: Json
}

/** What works once. Only hashes are kept. */
export interface OneTime {
  /** The token to send or to show. */
  issue(connection: Connection, issued: Issued, now: Date): Promise<string>
  /**
   * Takes it away in the same statement that finds it: of many that redeem it at once one is given an answer (class 97).
   * Undefined: unknown, expired, redeemed, of another purpose or asked for in another browser.
   */
  redeem(
    connection: Connection,
    shown: { readonly purpose: string; readonly token: string; readonly boundTo?: string },
    now: Date,
  ): Promise<Redeemed | undefined>
  /** Notes that what nobody keeps until it is used has been used; false: it was before (class 97). */
  spend(
    connection: Connection,
    used: {
      readonly purpose: string
      readonly token: string
      readonly account: string | number
      readonly lasts: number
    },
    now: Date,
  ): Promise<boolean>
  /**
   * Counts a try at what has to be shown beside a token, and is short enough to guess. False: there is no such token, or
   * it has been tried `most` times. Of many at once, no more are told true (class 126).
   */
  attempt(
    connection: Connection,
    tried: { readonly purpose: string; readonly token: string; readonly most: number },
    now: Date,
  ): Promise<boolean>
  /** Takes away all of an account, or those of one purpose. */
  revoke(connection: Connection, account: string | number, purpose?: string): Promise<void>
  /** Deletes those that have expired. */
  purge(connection: Connection, now: Date): Promise<void>
}

const model = platform.oneTime

export function createOneTime(planner: Planner, accounts: Accounts): OneTime {
  const accountType = accountTypeOf(accounts)
  const row = {
    kind: 'object',
    members: { account: value(field('accountId'), accountType, true), data: value(field('data'), json, true) },
  } as const

  const issue = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        purpose: input('purpose', text),
        tokenHash: input('tokenHash', text),
        accountId: input('account', accountType),
        boundTo: input('boundTo', text),
        data: input('data', json),
        expiresAt: input('expiresAt', time),
      },
    },
  })
  const spend = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        purpose: input('purpose', text),
        tokenHash: input('tokenHash', text),
        accountId: input('account', accountType),
        expiresAt: input('expiresAt', time),
      },
      exists: orLeave('tokenHash'),
    },
  })
  const redeem = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model,
      target: call(
        'and',
        is('eq', 'tokenHash', text),
        is('gt', 'expiresAt', time, 'now'),
        call('or', call('isNull', field('boundTo')), is('eq', 'boundTo', text)),
      ),
      absent: 'ok',
    },
    answers: row,
  })
  const attempt = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call(
        'and',
        is('eq', 'tokenHash', text),
        is('gt', 'expiresAt', time, 'now'),
        call('lt', field('attempts'), input('most', integer)),
      ),
      set: { attempts: call('add', field('attempts'), { kind: 'literal', value: 1, type: integer }) },
    },
  })
  const mine = is('eq', 'accountId', accountType, 'account')
  const revokeAll = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: mine, absent: 'ok' },
  })
  const revokeSome = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: call('and', mine, is('eq', 'purpose', text)), absent: 'ok' },
  })

  return {
    async issue(connection, { purpose, account = null, data = null, boundTo, lasts }, now) {
      const token = newToken()
      await issue.run(
        connection,
        {
          purpose,
          tokenHash: purposeHash(purpose, token),
          account,
          // The token is part of it: a code of few digits says nothing by its hash to whoever has not the token.
          boundTo: boundTo === undefined ? null : purposeHash(token, boundTo),
          data,
          expiresAt: after(now, lasts),
        },
        { now: now.toISOString() },
      )
      return token
    },
    async spend(connection, { purpose, token, account, lasts }, now) {
      const row = { purpose, tokenHash: purposeHash(purpose, token), account, expiresAt: after(now, lasts) }
      return isCreated(await spend.run(connection, row, { now: now.toISOString() }))
    },
    async redeem(connection, { purpose, token, boundTo }, now) {
      const [, body] =
        (await redeem.run(
          connection,
          {
            tokenHash: purposeHash(purpose, token),
            boundTo: boundTo === undefined ? null : purposeHash(token, boundTo),
            now: now.toISOString(),
          },
          { now: now.toISOString() },
        )) ?? []
      return redeemedFrom(body == null ? null : JSON.parse(body))
    },
    async attempt(connection, { purpose, token, most }, now) {
      const asked = { tokenHash: purposeHash(purpose, token), most, now: now.toISOString() }
      const [written] = (await attempt.run(connection, asked, { now: asked.now })) ?? []
      return written != null && written !== '0'
    },
    async revoke(connection, account, purpose) {
      if (purpose === undefined) await revokeAll.run(connection, { account })
      else await revokeSome.run(connection, { account, purpose })
    },
    purge: purgeExpired(planner, model),
  }
}

function redeemedFrom(json: Json): Redeemed | undefined {
  if (!isMembers(json)) return undefined
  const { account = null, data = null } = json
  return { account: typeof account === 'number' || typeof account === 'string' ? account : null, data }
}
