import type { Actor } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { internalCall } from '../engine/internal-call.ts'
import type { Json, ValueType } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import { type Accounts, accountTypeOf, actorFrom, actorShape } from './account.ts'
import { after, call, field, input, is, text, time, value } from './statement.ts'
import { newToken, tokenHash } from './token.ts'

/** A session as its token finds it. */
export interface Found {
  readonly actor: Actor
  readonly session: string
  readonly usedAt: Date
  readonly expiresAt: Date
}

/** The sessions of an app's accounts. Tokens are kept as hashes alone. */
export interface Sessions {
  open(
    connection: Connection,
    account: Json,
    now: Date,
  ): Promise<{ readonly token: string; readonly expiresAt: string }>
  /** One statement: the session, its account and the actor's fields. Undefined: unknown, expired or revoked. */
  find(connection: Connection, token: string, now: Date, signal?: StopSignal): Promise<Found | undefined>
  /** Notes that it is in use. */
  touch(connection: Connection, session: string, now: Date): Promise<void>
  end(connection: Connection, session: string, account: Json): Promise<void>
  /** Ends all of an account's, but for the one that goes on. */
  endAll(connection: Connection, account: string | number, keep?: string): Promise<void>
  /** Deletes those that have expired. */
  purge(connection: Connection, now: Date): Promise<void>
}

const model = platform.session
const id: ValueType = { kind: 'id', model }

export function createSessions(planner: Planner, accounts: Accounts): Sessions {
  const { identity } = accounts
  const accountType = accountTypeOf(accounts)
  const alive = call('and', is('gt', 'expiresAt', time, 'now'), is('gt', 'usedAt', time, 'idleSince'))

  const open = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        tokenHash: input('tokenHash', text),
        accountId: input('account', accountType),
        usedAt: { kind: 'now' },
        expiresAt: input('expiresAt', time),
      },
    },
  })
  const find = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model, as: 'row', where: call('and', is('eq', 'tokenHash', text), alive) },
      item: {
        kind: 'object',
        members: {
          session: value(field('id'), id),
          usedAt: value(field('usedAt'), time),
          expiresAt: value(field('expiresAt'), time),
          actor: {
            kind: 'one',
            from: { relation: { row: 'row', name: 'account' }, as: 'account' },
            item: actorShape(accounts, 'account'),
          },
        },
      },
    },
  })
  const touch = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: is('eq', 'id', id), set: { usedAt: { kind: 'now' } } },
  })
  const mine = call('and', is('eq', 'id', id), is('eq', 'accountId', accountType, 'account'))
  const end = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: mine, absent: 'ok' } })
  const all = is('eq', 'accountId', accountType, 'account')
  const endAll = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: all, absent: 'ok' } })
  const endOthers = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: call('and', all, is('ne', 'id', id, 'keep')), absent: 'ok' },
  })
  const purge = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('lte', 'expiresAt', time, 'now'), absent: 'ok' },
  })

  return {
    async open(connection, account, now) {
      const token = newToken()
      const expiresAt = after(now, identity.sessions.absolute)
      await open.run(connection, { tokenHash: tokenHash(token), account, expiresAt }, { now: now.toISOString() })
      return { token, expiresAt }
    },
    async find(connection, token, now, signal) {
      const asked = {
        tokenHash: tokenHash(token),
        now: now.toISOString(),
        idleSince: after(now, -identity.sessions.idle),
      }
      const row = await find.run(connection, asked, { now: now.toISOString(), ...(signal ? { signal } : {}) })
      return row?.[0] == null ? undefined : foundFrom(JSON.parse(row[0]))
    },
    async touch(connection, session, now) {
      await touch.run(connection, { id: session }, { now: now.toISOString() })
    },
    async end(connection, session, account) {
      await end.run(connection, { id: session, account })
    },
    async endAll(connection, account, keep) {
      if (keep === undefined) await endAll.run(connection, { account })
      else await endOthers.run(connection, { account, keep })
    },
    async purge(connection, now) {
      await purge.run(connection, { now: now.toISOString() })
    },
  }
}

function foundFrom(json: Json): Found | undefined {
  if (!isMembers(json) || typeof json.session !== 'string' || typeof json.usedAt !== 'string') return undefined
  if (typeof json.expiresAt !== 'string') return undefined
  return {
    actor: actorFrom(json.actor ?? null),
    session: json.session,
    usedAt: new Date(json.usedAt),
    expiresAt: new Date(json.expiresAt),
  }
}
