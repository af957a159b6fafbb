import type { Actor } from '../../engine/call.ts'
import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { boolean, call, field, input, is, text, time, value } from '../../engine/internal-statement.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Row } from '../../sql/statement.ts'
import type { Connection } from '../../store/driver.ts'
import type { StopSignal } from '../../store/stop.ts'
import { type Accounts, accountTypeOf, actorFrom, actorOfAccount } from '../account.ts'
import { unsuspended } from '../account-state.ts'
import { organizationTypeOf } from '../organizations/memberships.ts'
import { tokenHash } from '../token.ts'

type Id = string | number

/** A key as what was shown finds it. */
export interface FoundKey {
  readonly actor: Actor
  readonly id: string
  readonly scopes: readonly string[]
  readonly usedAt: Date | undefined
  /** Of one that was rotated: when the overlap ends. */
  readonly expiresAt: Date
}

/** A key that makes or changes others. */
export interface Issuer {
  readonly id: string
  readonly scopes: readonly string[]
  readonly service: string | null
  readonly expiresAt: Date
}

/** Which key, and who asks for it. */
export interface Reach {
  readonly id: string
  /** The account that asks; null: none does, as for the system. */
  readonly account: Id | null
  /** Whether it may do this to keys of services. */
  readonly services: boolean
  /** The key it came with: then only that one, and those it has made. */
  readonly key: string | null
}

/** What is told of a key that was changed. */
export interface Changed {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly account: Id
  readonly expiresAt: string
}

export interface Added {
  readonly key: string
  readonly prefix: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly account: Id
  /** In which it acts; absent: in none. */
  readonly organization?: Id
  readonly service: string | null
  readonly parent: string | null
  /** RFC 3339. */
  readonly expiresAt: string
}

/** The keys of an app's accounts and services. They are kept as hashes alone. */
export interface ApiKeys {
  /** One statement: the key, its account and the actor's fields. Undefined: unknown, expired or revoked. */
  find(connection: Connection, key: string, now: Date, signal?: StopSignal): Promise<FoundKey | undefined>
  /** Notes that it is in use. */
  touch(connection: Connection, id: string, now: Date): Promise<void>
  /** The same key as one that may make others; undefined where it was rotated, though it may be good for calls a while longer. */
  issuer(connection: Connection, key: string, now: Date): Promise<Issuer | undefined>
  /** Its id. */
  add(connection: Connection, added: Added, now: Date): Promise<string>
  /** How many of an account have not expired. */
  count(connection: Connection, account: Id, now: Date): Promise<number>
  /** Undefined: there is none within reach. */
  rename(connection: Connection, reach: Reach, name: string): Promise<Changed | undefined>
  /** Another key in its place; the one before is good `until` then. `busy`: the one before that is good still. */
  rotate(
    connection: Connection,
    reach: Reach,
    to: { readonly key: string; readonly prefix: string; readonly until: string | null },
    now: Date,
  ): Promise<Changed | 'busy' | undefined>
  /** With all that it has made. */
  revoke(connection: Connection, reach: Reach): Promise<Changed | undefined>
  endAll(connection: Connection, account: Id): Promise<void>
  /** Deletes those that expired before `before`. */
  purge(connection: Connection, before: Date): Promise<void>
}

const model = platform.apiKey
const id: ValueType = { kind: 'id', model }
const ref: ValueType = { kind: 'ref', model }
const serviceRef: ValueType = { kind: 'ref', model: platform.service }
const texts: ValueType = { kind: 'array', of: text }

export function createApiKeys(planner: Planner, accounts: Accounts): ApiKeys {
  const account = accountTypeOf(accounts)
  const alive = is('gt', 'expiresAt', time, 'now')
  const holds = accounts.identity.administration ? [unsuspended(field('accountId'))] : []
  const shown = is('eq', 'tokenHash', text, 'hash')
  const before = call('and', is('eq', 'previousHash', text, 'hash'), is('gt', 'previousUntil', time, 'now'))
  const lasts: Expr = {
    kind: 'case',
    branches: [{ when: shown, then: field('expiresAt') }],
    otherwise: call('least', field('expiresAt'), field('previousUntil')),
  }
  const within: Expr = call(
    'and',
    is('eq', 'id', id),
    call(
      'or',
      is('eq', 'accountId', account, 'account'),
      call(
        'and',
        call('eq', input('services', boolean), { kind: 'literal', value: true, type: boolean }),
        call('isNotNull', field('serviceId')),
      ),
    ),
    call('or', call('isNull', input('key', id)), is('eq', 'id', id, 'key'), is('eq', 'parentId', ref, 'key')),
  )
  const changed = {
    kind: 'object',
    members: {
      id: value(field('id'), id),
      name: value(field('name'), text),
      scopes: value(field('scopes'), texts),
      account: value(field('accountId'), account),
      expiresAt: value(field('expiresAt'), time),
    },
  } as const

  const find = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      nullable: true,
      from: { model, as: 'row', where: call('and', call('or', shown, before), alive, ...holds) },
      item: {
        kind: 'object',
        members: {
          id: value(field('id'), id),
          scopes: value(field('scopes'), texts),
          usedAt: value(field('usedAt'), time, true),
          expiresAt: value(lasts, time),
          actor: actorOfAccount(accounts),
        },
      },
    },
  })
  const issuer = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      nullable: true,
      from: { model, as: 'row', where: call('and', shown, alive) },
      item: {
        kind: 'object',
        members: {
          id: value(field('id'), id),
          scopes: value(field('scopes'), texts),
          service: value(field('serviceId'), serviceRef, true),
          expiresAt: value(field('expiresAt'), time),
        },
      },
    },
  })
  const touch = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: is('eq', 'id', id), set: { usedAt: { kind: 'now' } } },
  })
  const add = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        tokenHash: input('hash', text),
        prefix: input('prefix', text),
        name: input('name', text),
        scopes: input('scopes', texts),
        accountId: input('account', account),
        ...(accounts.organizations && { organizationId: input('organization', organizationTypeOf(accounts)) }),
        serviceId: input('service', serviceRef),
        parentId: input('parent', ref),
        expiresAt: input('expiresAt', time),
      },
    },
    answers: { kind: 'object', members: { id: value(field('id'), id) } },
  })
  const count = internalCall(planner, {
    kind: 'read',
    answers: value(
      {
        kind: 'aggregate',
        fn: 'count',
        from: { model, as: 'row', where: call('and', is('eq', 'accountId', account, 'account'), alive) },
      },
      { kind: 'integer' },
    ),
  })
  const rename = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: within, set: { name: input('name', text) } },
    answers: changed,
  })
  const settled = call('or', call('isNull', field('previousUntil')), is('lte', 'previousUntil', time, 'now'))
  const rotate = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      // Only an end at once is not kept waiting by the end that was said before.
      target: call('and', within, call('or', settled, call('isNull', input('until', time)))),
      set: {
        previousHash: {
          kind: 'case',
          branches: [{ when: call('isNotNull', input('until', time)), then: field('tokenHash') }],
          otherwise: { kind: 'literal', value: null, type: text },
        },
        previousUntil: input('until', time),
        tokenHash: input('hash', text),
        prefix: input('prefix', text),
      },
    },
    answers: changed,
  })
  const there = internalCall(planner, {
    kind: 'read',
    answers: { kind: 'one', nullable: true, from: { model, as: 'row', where: within }, item: changed },
  })
  const revoke = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: within, absent: 'ok' },
    answers: changed,
  })
  const endAll = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('eq', 'accountId', account, 'account'), absent: 'ok' },
  })
  const purge = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('lte', 'expiresAt', time, 'before'), absent: 'ok' },
  })

  return {
    async find(connection, key, now, signal) {
      const asked = { hash: tokenHash(key), now: now.toISOString() }
      return foundFrom(readIn(await find.run(connection, asked, signal ? { signal } : {})))
    },
    async touch(connection, key, now) {
      await touch.run(connection, { id: key }, { now: now.toISOString() })
    },
    async issuer(connection, key, now) {
      return issuerFrom(readIn(await issuer.run(connection, { hash: tokenHash(key), now: now.toISOString() })))
    },
    async add(connection, { key, organization = null, ...added }, now) {
      const values = { ...added, organization, hash: tokenHash(key) }
      const row = await add.run(connection, values, { now: now.toISOString() })
      const made = writtenIn(row)
      if (isMembers(made) && typeof made.id === 'string') return made.id
      throw new TypeError('a key that was made has an id')
    },
    async count(connection, account, now) {
      return Number((await count.run(connection, { account, now: now.toISOString() }))?.[0])
    },
    async rename(connection, reach, name) {
      return changedFrom(writtenIn(await rename.run(connection, { ...reach, name })))
    },
    async rotate(connection, reach, { key, prefix, until }, now) {
      const asked = { ...reach, hash: tokenHash(key), prefix, until, now: now.toISOString() }
      const done = changedFrom(writtenIn(await rotate.run(connection, asked)))
      if (done) return done
      return changedFrom(readIn(await there.run(connection, { ...reach }))) && 'busy'
    },
    async revoke(connection, reach) {
      return changedFrom(writtenIn(await revoke.run(connection, { ...reach })))
    },
    async endAll(connection, account) {
      await endAll.run(connection, { account })
    },
    async purge(connection, before) {
      await purge.run(connection, { before: before.toISOString() })
    },
  }
}

const parsed = (body: string | null | undefined): Json => (body == null ? null : JSON.parse(body))
const readIn = (row: Row | undefined): Json => parsed(row?.[0])
const writtenIn = (row: Row | undefined): Json => parsed(row?.[1])
const isTexts = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

function foundFrom(json: Json): FoundKey | undefined {
  if (!isMembers(json) || typeof json.id !== 'string' || !isTexts(json.scopes)) return undefined
  if (typeof json.expiresAt !== 'string') return undefined
  return {
    actor: actorFrom(json.actor ?? null),
    id: json.id,
    scopes: Object.freeze([...json.scopes]),
    usedAt: typeof json.usedAt === 'string' ? new Date(json.usedAt) : undefined,
    expiresAt: new Date(json.expiresAt),
  }
}

function issuerFrom(json: Json): Issuer | undefined {
  if (!isMembers(json) || typeof json.id !== 'string' || !isTexts(json.scopes)) return undefined
  const { id, scopes, service = null, expiresAt } = json
  if (typeof expiresAt !== 'string' || (service !== null && typeof service !== 'string')) return undefined
  return { id, scopes, service, expiresAt: new Date(expiresAt) }
}

function changedFrom(json: Json): Changed | undefined {
  if (!isMembers(json)) return undefined
  const { id, name, scopes, account, expiresAt } = json
  if (typeof id !== 'string' || typeof name !== 'string' || typeof expiresAt !== 'string') return undefined
  if (!isTexts(scopes) || (typeof account !== 'string' && typeof account !== 'number')) return undefined
  return { id, name, scopes, account, expiresAt }
}
