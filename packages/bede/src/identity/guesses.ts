import { isMembers } from '../engine/complete.ts'
import { internalCall } from '../engine/internal-call.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json, ValueType } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { Problem } from '../telemetry/problem.ts'
import { countedKey } from './allowances.ts'
import { call, field, input, is, isCreated, isWritten, orLeave, text, time, value } from './statement.ts'

/** What is guessed at: `code`, and whose it is. */
export interface Guessed {
  readonly what: string
  readonly whose: string
}

/** Guesses in a row at what is short enough to guess. Counted before they are looked at: many at once count as many. */
export interface Guesses {
  /**
   * Counts one more. `apart`: a connection whose writes stay when the call is refused. Throws a Problem
   * `too-many-attempts`, with the seconds to wait, when there were too many in a row (class 126).
   */
  count(apart: Connection, guessed: Guessed, now: string): Promise<void>
  /** It was right: the count begins anew. */
  forget(connection: Connection, guessed: Guessed): Promise<void>
}

/** Wrong ones in a row that nobody has to wait for: people mistype. */
const free = 5
/** Seconds to wait after each that follows; the last for all others. It never ends in "not any more". */
const waits = [30, 60, 120, 300, 900] as const
const longestWait = 900

/** Seconds that have to pass after so many in a row. */
const waitAfter = (used: number): number => (used < free ? 0 : (waits[used - free] ?? longestWait))

const model = platform.allowance
const integer: ValueType = { kind: 'integer' }
const number = (value: number): Expr => ({ kind: 'literal', value, type: integer })
const later = (seconds: number): Expr =>
  call('plus', field('since'), { kind: 'literal', value: `PT${seconds}S`, type: { kind: 'duration' } })

export function createGuesses(planner: Planner): Guesses {
  const mine = is('eq', 'key', text)
  const nextAt: Expr = {
    kind: 'case',
    branches: [
      { when: call('lt', field('used'), number(free)), then: field('since') },
      ...waits.map((seconds, index) => ({
        when: call('eq', field('used'), number(free + index)),
        then: later(seconds),
      })),
    ],
    otherwise: later(longestWait),
  }
  const another = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call('and', mine, call('lte', nextAt, input('now', time))),
      set: { used: call('add', field('used'), number(1)), since: { kind: 'now' } },
    },
  })
  const first = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: { key: input('key', text), used: number(1), since: { kind: 'now' } },
      exists: orLeave('key'),
    },
  })
  const counted = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model, as: 'row', where: mine },
      item: {
        kind: 'object',
        members: { used: value(field('used'), integer), since: value(field('since'), time) },
      },
      nullable: true,
    },
  })
  const forget = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: mine, absent: 'ok' } })

  return {
    async count(apart, guessed, now) {
      const key = countedKey(guessed)
      const one = async () => isWritten(await another.run(apart, { key, now }, { now }))
      // Where another one was the first between the two, this is one of those that follow.
      if ((await one()) || isCreated(await first.run(apart, { key }, { now })) || (await one())) return
      const [body] = (await counted.run(apart, { key })) ?? []
      throw new Problem('too-many-attempts', { retryAfter: secondsUntil(body == null ? null : JSON.parse(body), now) })
    },
    async forget(connection, guessed) {
      await forget.run(connection, { key: countedKey(guessed) })
    },
  }
}

function secondsUntil(counted: Json, now: string): number {
  if (!isMembers(counted)) return 1
  const passed = (Date.parse(now) - Date.parse(String(counted.since))) / 1000
  return Math.max(1, Math.ceil(waitAfter(Number(counted.used)) - passed))
}
