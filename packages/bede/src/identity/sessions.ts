import type { Actor } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { internalCall } from '../engine/internal-call.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json, ValueType } from '../expr/value.ts'
import { platform } from '../manifest/platform.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import { type Accounts, actorFrom, actorShape } from './account.ts'
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
  /** Deletes those that have expired. */
  purge(connection: Connection, now: Date): Promise<void>
}

const text: ValueType = { kind: 'text' }
const time: ValueType = { kind: 'timestamp' }
const model = platform.session
const id: ValueType = { kind: 'id', model }

const field = (name: string): Expr => ({ kind: 'field', row: 'row', field: name })
const input = (name: string, type: ValueType): Expr => ({ kind: 'input', path: [name], type })
const is = (fn: 'eq' | 'gt' | 'lte', name: string, type: ValueType, value = name): Expr => ({
  kind: 'call',
  fn,
  args: [field(name), input(value, type)],
})
const and = (...args: Expr[]): Expr => ({ kind: 'call', fn: 'and', args })

export function createSessions(planner: Planner, accounts: Accounts): Sessions {
  const { identity, model: account } = accounts
  const accountType: ValueType = {
    kind: 'ref',
    model: identity.model,
    ...(account.fields[account.id]?.type.integer ? { integer: true as const } : {}),
  }
  const alive = and(is('gt', 'expiresAt', time, 'now'), is('gt', 'usedAt', time, 'idleSince'))

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
      from: { model, as: 'row', where: and(is('eq', 'tokenHash', text), alive) },
      item: {
        kind: 'object',
        members: {
          session: { kind: 'value', expr: field('id'), type: id },
          usedAt: { kind: 'value', expr: field('usedAt'), type: time },
          expiresAt: { kind: 'value', expr: field('expiresAt'), type: time },
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
  const mine = and(is('eq', 'id', id), is('eq', 'accountId', accountType, 'account'))
  const end = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: mine, absent: 'ok' } })
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

const after = (time: Date, seconds: number): string => new Date(time.valueOf() + seconds * 1000).toISOString()
