import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { after, call, field, input, integer, is, text, time, value } from '../../engine/internal-statement.ts'
import type { Keys } from '../../engine/keys/keys.ts'
import { open, seal } from '../../engine/keys/seal.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import type { Draft } from './write.ts'

/** A mail that one process has taken on, for a while. */
export interface Claimed extends Omit<Draft, 'values'> {
  /** Undefined: they were sealed under a secret that is not given any more. */
  readonly values: Draft['values'] | undefined
  /** This one included. */
  readonly attempts: number
  readonly writtenAt: Date
}

/** The mails on their way. */
export interface Outbox {
  write(connection: Connection, draft: Omit<Draft, 'id'>, now: Date): Promise<void>
  /** The ids of mails to be sent now, the longest due first. */
  due(connection: Connection, now: Date, most: number): Promise<readonly string[]>
  /** Takes a mail on for so many seconds; undefined: it is gone, or somebody else has it. */
  claim(connection: Connection, id: string, now: Date, lasts: number): Promise<Claimed | undefined>
  /** It was sent: nothing of it is kept. */
  sent(connection: Connection, id: string): Promise<void>
  /** It was not, and is tried again after so many seconds. */
  again(connection: Connection, id: string, now: Date, seconds: number, error: string): Promise<void>
  /** It never will be: the row stays for whoever looks for it, without what was in the mail. */
  giveUp(connection: Connection, id: string, error: string): Promise<void>
  /** Deletes what was given up and was written before `until`. */
  purge(connection: Connection, until: Date): Promise<void>
}

/** The field of an account that says its language, and the one that people sign in with. */
export interface LanguageField {
  readonly model: string
  readonly login: string
  readonly field: string
}

/** What the account of the address says; null where there is none. */
const languageOf = ({ model: account, login, field: name }: LanguageField): Expr => ({
  kind: 'via',
  from: {
    model: account,
    as: 'account',
    where: call('eq', field(login, 'account'), input('login', { kind: 'email' })),
  },
  value: field(name, 'account'),
})

const model = platform.mail
const idType: ValueType = { kind: 'id', model }
const one: Expr = { kind: 'literal', value: 1, type: integer }
const nothing = (type: ValueType): Expr => ({ kind: 'literal', value: null, type })

/** What the values of a mail that waits are sealed for. */
const purpose = 'mail'

/** `accounts`: where the language of whoever a mail is to stands, unless the mail says one. */
export function createOutbox(planner: Planner, keys: Keys, accounts?: LanguageField): Outbox {
  const byId = is('eq', 'id', idType)
  const isDue = is('lte', 'nextAt', time, 'now')
  const write = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        recipient: input('to', text),
        template: input('template', text),
        values: input('values', text),
        language: accounts ? call('coalesce', input('language', text), languageOf(accounts)) : input('language', text),
        nextAt: { kind: 'now' },
      },
    },
  })
  const due = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: {
        model,
        as: 'row',
        where: isDue,
        order: [{ by: field('nextAt'), direction: 'asc' }],
        limit: input('most', integer),
      },
      item: value(field('id'), idType),
    },
  })
  const claim = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call('and', byId, isDue),
      set: { attempts: call('add', field('attempts'), one), nextAt: input('until', time) },
    },
    answers: {
      kind: 'object',
      members: {
        id: value(field('id'), idType),
        to: value(field('recipient'), text),
        template: value(field('template'), text),
        values: value(field('values'), text, true),
        language: value(field('language'), text, true),
        attempts: value(field('attempts'), integer),
        writtenAt: value(field('createdAt'), time),
      },
    },
  })
  const sent = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: byId, absent: 'ok' } })
  const again = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: byId,
      set: { nextAt: input('next', time), lastError: input('error', text) },
    },
  })
  const giveUp = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: byId,
      set: { nextAt: nothing(time), values: nothing(text), lastError: input('error', text) },
    },
  })
  const purge = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model,
      target: call('and', call('isNull', field('nextAt')), is('lte', 'createdAt', time, 'until')),
      absent: 'ok',
    },
  })

  return {
    async write(connection, { to, template, values, language }, now) {
      const plain = JSON.stringify(values)
      // Without a secret that is kept apart, the key would lie beside what it locks.
      const kept = keys.apart ? seal(keys, purpose, plain, [to, template]) : plain
      // Addresses are kept in lower case where people sign in with them.
      const asked = { to, login: to.toLowerCase(), template, values: kept, language }
      await write.run(connection, asked, { now: now.toISOString() })
    },
    async due(connection, now, most) {
      const row = await due.run(connection, { now: now.toISOString(), most })
      const ids: Json = JSON.parse(row?.[0] ?? '[]')
      return Array.isArray(ids) ? ids.map(String) : []
    },
    async claim(connection, id, now, lasts) {
      const row = await claim.run(connection, { id, now: now.toISOString(), until: after(now, lasts) })
      return row?.[1] == null ? undefined : claimedFrom(JSON.parse(row[1]), keys)
    },
    async sent(connection, id) {
      await sent.run(connection, { id })
    },
    async again(connection, id, now, seconds, error) {
      await again.run(connection, { id, next: after(now, seconds), error })
    },
    async giveUp(connection, id, error) {
      await giveUp.run(connection, { id, error })
    },
    async purge(connection, until) {
      await purge.run(connection, { until: until.toISOString() })
    },
  }
}

function claimedFrom(json: Json, keys: Keys): Claimed | undefined {
  if (!isMembers(json)) return undefined
  const { id, to, template, values, language = null, attempts, writtenAt } = json
  if (typeof id !== 'string' || typeof to !== 'string' || typeof template !== 'string') return undefined
  return {
    id,
    to,
    template,
    values: typeof values === 'string' ? valuesFrom(values, keys, [to, template]) : undefined,
    language: typeof language === 'string' ? language : null,
    attempts: Number(attempts),
    writtenAt: new Date(String(writtenAt)),
  }
}

function valuesFrom(kept: string, keys: Keys, bound: readonly string[]): Draft['values'] | undefined {
  try {
    const given: Json = JSON.parse(kept.startsWith('{') ? kept : open(keys, purpose, kept, bound).toString())
    return isMembers(given)
      ? Object.fromEntries(Object.entries(given).map(([name, one]) => [name, String(one)]))
      : undefined
  } catch {
    return undefined
  }
}
