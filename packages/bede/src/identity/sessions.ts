import type { Actor } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { type Credential, credentialOf } from '../engine/credential.ts'
import { internalCall } from '../engine/internal-call.ts'
import { after, call, field, input, is, text, time, value } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json, ValueType } from '../expr/value.ts'
import type { Shape } from '../manifest/manifest.ts'
import { platform } from '../manifest/platform/names.ts'
import { longestAgent } from '../manifest/platform/session.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import { Problem } from '../telemetry/problem.ts'
import { type Accounts, accountTypeOf, actorFrom, actorOfAccount, actorShape } from './account.ts'
import { unsuspended } from './account-state.ts'
import { administers } from './administration/standing.ts'
import { purgeExpired } from './expired.ts'
import { newSessionSecret, type SessionForm, type SessionSecret } from './session-secret.ts'

/** A session as what names it finds it. */
export interface Found {
  readonly actor: Actor
  readonly session: string
  readonly usedAt: Date
  readonly expiresAt: Date
  readonly provenAt?: Date
  /** Who acts as the actor, where it is not themself. */
  readonly impersonator?: Actor
}

/** A session as it begins, or goes on under another token: what is shown this once, and its row. */
export interface Opened {
  readonly id: string
  /** What to send from now on. */
  readonly token: string
  /** Until when it is good, RFC 3339. */
  readonly expiresAt: string
  /** What the next signed token is asked for with. */
  readonly refreshToken?: string
  /** It goes into a browser's cookie, and is nothing anywhere else. */
  readonly cookie?: true
}

/** How whoever signs in will show it, and what they say they are. */
export interface Bearer {
  readonly cookie?: boolean
  readonly agent?: string
  /** Who acts as the account with it, and for how many seconds at most. */
  readonly impersonation?: { readonly by: string | number; readonly lasts: number }
}

/** Makes a signed token that names a session by the hash of its family. */
export type SignToken = (
  about: { readonly familyHash: string; readonly account: string | number },
  now: Date,
  on: Connection,
) => Promise<{ readonly token: string; readonly expiresAt: string }>

/** The sessions of an app's accounts. Tokens are kept as hashes alone. */
export interface Sessions {
  /** Of somebody who has just proved who they are; an impersonation is of nobody who has. */
  open(connection: Connection, account: Json, now: Date, bearer?: Bearer): Promise<Opened>
  /** The same session under another token, and the one before is nothing; undefined: it has ended. */
  rotate(connection: Connection, came: Credential, now: Date): Promise<Opened | undefined>
  /** One statement: the session, its account and the actor's fields. Undefined: unknown, expired or revoked. */
  find(
    connection: Connection,
    by: { readonly tokenHash: string } | { readonly familyHash: string } | { readonly id: string },
    now: Date,
    signal?: StopSignal,
  ): Promise<Found | undefined>
  /** Notes that it is in use. */
  touch(connection: Connection, session: string, now: Date): Promise<void>
  /** Notes that its owner has proved again who they are. */
  prove(connection: Connection, session: string, now: Date): Promise<void>
  end(connection: Connection, session: string, account: Json): Promise<void>
  /** The organization that the session of this caller acts in from now on. Problem `forbidden`: they came with none. */
  actIn(connection: Connection, actor: Actor, organization: string | number | null): Promise<void>
  /** Ends all of an account's, but for the one that goes on. */
  endAll(connection: Connection, account: string | number, keep?: string): Promise<void>
  /** Deletes those that have expired. */
  purge(connection: Connection, now: Date): Promise<void>
}

const model = platform.session
export const sessionId: ValueType = { kind: 'id', model }

/** Neither too old nor unused for too long: over the inputs `now` and `idleSince`. */
export const aliveSession = call('and', is('gt', 'expiresAt', time, 'now'), is('gt', 'usedAt', time, 'idleSince'))

/** What is answered of a session that was written. */
export const sessionRow = (accountType: ValueType): Shape => ({
  kind: 'object',
  members: {
    id: value(field('id'), sessionId),
    account: value(field('accountId'), accountType),
    expiresAt: value(field('expiresAt'), time),
  },
})

/** `sign`: sessions are shown by signed tokens. */
export function createSessions(planner: Planner, accounts: Accounts, sign?: SignToken): Sessions {
  const { identity } = accounts
  const accountType = accountTypeOf(accounts)
  const { administration } = identity
  const impersonation = administration?.impersonation
  const unsuspendedSession = administration
    ? [unsuspended(field('accountId')), ...(impersonation === undefined ? [] : [unsuspended(field('impersonatorId'))])]
    : []
  const formOf = (cookie: boolean | undefined): SessionForm => (cookie ? 'cookie' : sign ? 'refresh' : 'token')

  const hashes = {
    tokenHash: input('tokenHash', text),
    ...(identity.sessions.signed && { familyHash: input('familyHash', text) }),
  }
  const row = sessionRow(accountType)
  const open = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        ...hashes,
        accountId: input('account', accountType),
        usedAt: { kind: 'now' },
        expiresAt: input('expiresAt', time),
        userAgent: input('userAgent', text),
        ...(identity.organizations && { organizationId: firstOrganization(accountType) }),
        provenAt: input('provenAt', time),
        ...(impersonation !== undefined && { impersonatorId: input('impersonator', accountType) }),
      },
    },
    answers: row,
  })
  const byId = is('eq', 'id', sessionId)
  const rotate = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: byId, set: { ...hashes, usedAt: { kind: 'now' } } },
    answers: row,
  })
  const findBy = (where: Expr) =>
    internalCall(planner, {
      kind: 'read',
      answers: {
        kind: 'one',
        from: { model, as: 'row', where: call('and', where, aliveSession, ...unsuspendedSession) },
        item: {
          kind: 'object',
          members: {
            session: value(field('id'), sessionId),
            usedAt: value(field('usedAt'), time),
            expiresAt: value(field('expiresAt'), time),
            provenAt: value(field('provenAt'), time, true),
            actor: actorOfAccount(accounts),
            ...(impersonation !== undefined && {
              impersonatorId: value(field('impersonatorId'), accountType, true),
              impersonator: {
                kind: 'one' as const,
                from: { relation: { row: 'row', name: 'impersonator' }, as: 'impersonator' },
                item: actorShape(accounts, 'impersonator'),
                nullable: true as const,
              },
            }),
          },
        },
      },
    })
  const bySession = findBy(byId)
  const byToken = findBy(is('eq', 'tokenHash', text))
  const byFamily = identity.sessions.signed && findBy(is('eq', 'familyHash', text))
  const touch = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: byId, set: { usedAt: { kind: 'now' } } },
  })
  const prove = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: byId, set: { provenAt: { kind: 'now' } } },
  })
  const mine = call('and', byId, is('eq', 'accountId', accountType, 'account'))
  const organizationType = accounts.actor.fields.organizationId?.type
  const actIn =
    identity.organizations && organizationType
      ? internalCall(planner, {
          kind: 'write',
          write: {
            kind: 'update',
            model,
            target: mine,
            set: { organizationId: input('organization', organizationType) },
          },
        })
      : undefined
  const own = is('eq', 'accountId', accountType, 'account')
  const acting = is('eq', 'impersonatorId', accountType, 'account')
  /** What they act with as somebody else ends with their own. */
  const withActing = (which: Expr): Expr => (impersonation === undefined ? which : call('or', which, acting))
  const end = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: withActing(mine), absent: 'ok' },
  })
  const endAll = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: withActing(own), absent: 'ok' },
  })
  const endOthers = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model,
      target: withActing(call('and', own, is('ne', 'id', sessionId, 'keep'))),
      absent: 'ok',
    },
  })

  async function opened(
    form: SessionForm,
    { shown, familyHash }: SessionSecret,
    json: Json,
    now: Date,
    on: Connection,
  ): Promise<Opened> {
    const { id, account, expiresAt } = sessionRowFrom(json)
    if (form === 'cookie') return { id, token: shown, expiresAt, cookie: true }
    if (!sign || familyHash === null) return { id, token: shown, expiresAt }
    return { id, ...(await sign({ familyHash, account }, now, on)), refreshToken: shown }
  }

  return {
    async open(connection, account, now, { cookie, agent, impersonation } = {}) {
      const form = formOf(cookie)
      const secret = newSessionSecret(form)
      const { tokenHash, familyHash } = secret
      const expiresAt = after(
        now,
        Math.min(identity.sessions.absolute, impersonation?.lasts ?? Number.POSITIVE_INFINITY),
      )
      const userAgent = agent === undefined ? null : plain(agent)
      const impersonator = impersonation?.by ?? null
      // Who acts as another has not proved to be them.
      const provenAt = impersonation ? null : now.toISOString()
      const values = { tokenHash, familyHash, account, expiresAt, userAgent, impersonator, provenAt }
      const [, body] = (await open.run(connection, values, { now: now.toISOString() })) ?? []
      return opened(form, secret, parsed(body), now, connection)
    },
    async rotate(connection, { id, cookie }, now) {
      const form = formOf(cookie)
      const secret = newSessionSecret(form)
      const { tokenHash, familyHash } = secret
      const [, body] = (await rotate.run(connection, { id, tokenHash, familyHash }, { now: now.toISOString() })) ?? []
      return body == null ? undefined : opened(form, secret, parsed(body), now, connection)
    },
    async find(connection, by, now, signal) {
      const find = 'tokenHash' in by ? byToken : 'id' in by ? bySession : byFamily
      if (!find) return undefined
      const asked = { ...by, now: now.toISOString(), idleSince: after(now, -identity.sessions.idle) }
      const row = await find.run(connection, asked, { now: now.toISOString(), ...(signal ? { signal } : {}) })
      const found = row?.[0] == null ? undefined : foundFrom(JSON.parse(row[0]))
      // Whoever acts as another may do so only as long as they may.
      if (!found?.impersonator || (administration && administers(administration, found.impersonator))) return found
      return undefined
    },
    async touch(connection, session, now) {
      await touch.run(connection, { id: session }, { now: now.toISOString() })
    },
    async prove(connection, session, now) {
      await prove.run(connection, { id: session }, { now: now.toISOString() })
    },
    async end(connection, session, account) {
      await end.run(connection, { id: session, account })
    },
    async actIn(connection, actor, organization) {
      const session = credentialOf(actor)
      if (session?.kind !== 'session')
        throw new Problem('forbidden', { message: 'Only a session changes the organization it acts in' })
      await actIn?.run(connection, { id: session.id, account: actor.id, organization })
    },
    async endAll(connection, account, keep) {
      if (keep === undefined) await endAll.run(connection, { account })
      else await endOthers.run(connection, { account, keep })
    },
    purge: purgeExpired(planner, model),
  }
}

/** Without what would do something where it is shown, and no longer than one reads. */
const plain = (agent: string): string => agent.replaceAll(/[^\x20-\x7e]/g, '').slice(0, longestAgent)

const parsed = (body: string | null | undefined): Json => (body == null ? null : JSON.parse(body))

export function sessionRowFrom(json: Json): {
  readonly id: string
  readonly account: string | number
  readonly expiresAt: string
} {
  const { id, account, expiresAt } = isMembers(json) ? json : {}
  if (typeof id !== 'string' || typeof expiresAt !== 'string') throw new TypeError('a session has an id and an end')
  if (typeof account !== 'string' && typeof account !== 'number') throw new TypeError('a session is somebody’s')
  return { id, account, expiresAt }
}

function foundFrom(json: Json): Found | undefined {
  if (!isMembers(json) || typeof json.session !== 'string' || typeof json.usedAt !== 'string') return undefined
  if (typeof json.expiresAt !== 'string') return undefined
  // Who acted as another and is gone acts no more: that nobody is there is not that nobody acted.
  if ((json.impersonatorId ?? null) !== null && !json.impersonator) return undefined
  return {
    actor: actorFrom(json.actor ?? null),
    session: json.session,
    usedAt: new Date(json.usedAt),
    expiresAt: new Date(json.expiresAt),
    ...(typeof json.provenAt === 'string' && { provenAt: new Date(json.provenAt) }),
    ...(json.impersonator && { impersonator: actorFrom(json.impersonator) }),
  }
}

/** Whoever comes in acts in the organization they joined first. */
const firstOrganization = (account: ValueType): Expr => ({
  kind: 'via',
  from: {
    model: platform.membership,
    as: 'membership',
    where: call('eq', field('accountId', 'membership'), input('account', account)),
    order: [{ by: field('createdAt', 'membership'), direction: 'asc' }],
  },
  value: field('organizationId', 'membership'),
})
