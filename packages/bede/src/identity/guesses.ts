import { isMembers } from '../engine/complete.ts'
import { internalCall } from '../engine/internal-call.ts'
import { call, field, input, integer, is, text, time, value } from '../engine/internal-statement.ts'
import { isCreated, isWritten, orLeave } from '../engine/internal-write.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { Problem } from '../telemetry/problem.ts'
import { countedKey } from './allowances.ts'

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

/** How long one has to wait. It never ends in "not any more". */
export interface Schedule {
  /** Wrong ones in a row that nobody has to wait for: people mistype. */
  readonly free: number
  /** Seconds to wait after each that follows; the last for all others. */
  readonly waits: readonly [number, ...number[]]
}

/** For what only its owner is asked for. */
export const strict: Schedule = { free: 5, waits: [30, 60, 120, 300, 900] }

const longestOf = ({ waits }: Schedule): number => waits.at(-1) ?? 0

/** Seconds that have to pass after so many in a row. */
const waitAfter = (used: number, schedule: Schedule): number =>
  used < schedule.free ? 0 : (schedule.waits[used - schedule.free] ?? longestOf(schedule))

const model = platform.allowance
const number = (value: number): Expr => ({ kind: 'literal', value, type: integer })
const later = (seconds: number): Expr =>
  call('plus', field('since'), { kind: 'literal', value: `PT${seconds}S`, type: { kind: 'duration' } })

export function createGuesses(planner: Planner, schedule: Schedule = strict): Guesses {
  const { free, waits } = schedule
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
    otherwise: later(longestOf(schedule)),
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
      throw new Problem('too-many-attempts', {
        retryAfter: secondsUntil(body == null ? null : JSON.parse(body), now, schedule),
      })
    },
    async forget(connection, guessed) {
      await forget.run(connection, { key: countedKey(guessed) })
    },
  }
}

function secondsUntil(counted: Json, now: string, schedule: Schedule): number {
  if (!isMembers(counted)) return 1
  const passed = (Date.parse(now) - Date.parse(String(counted.since))) / 1000
  return Math.max(1, Math.ceil(waitAfter(Number(counted.used), schedule) - passed))
}
