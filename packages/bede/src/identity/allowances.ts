import { createHash } from 'node:crypto'
import { internalCall } from '../engine/internal-call.ts'
import { after, call, field, input, integer, is, text, time, value } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'

/** What may be done only so often in a while. */
export interface Allowed {
  /** What is counted: `mail`. */
  readonly what: string
  /** For whom, in the one form it has: never what a caller can write in several ways (class 61). */
  readonly whose: string
  readonly most: number
  /** Seconds, from the first time on. */
  readonly per: number
}

/** Counts what strangers can cause. */
export interface Allowances {
  /** Counts one more, in one statement: of many that come at once, no more than allowed are told true (class 126). */
  take(connection: Connection, allowed: Allowed, now: Date): Promise<boolean>
  /** Deletes what was counted so long ago that it can count for nothing. */
  purge(connection: Connection, now: Date): Promise<void>
}

/** A row by what is counted and for whom. */
export const countedKey = ({ what, whose }: Pick<Allowed, 'what' | 'whose'>): string =>
  createHash('sha256').update(`${what.length}:${what}${whose}`).digest('hex')

const model = platform.allowance
/** In seconds: no count is longer. */
const longest = 86_400

export function createAllowances(planner: Planner): Allowances {
  const one: Expr = { kind: 'literal', value: 1, type: integer }
  const past = is('lte', 'since', time, 'from')
  const otherwise = (then: Expr, now: Expr): Expr => ({
    kind: 'case',
    branches: [{ when: past, then }],
    otherwise: now,
  })
  const take = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: { key: input('key', text), used: one, since: { kind: 'now' } },
      exists: {
        key: ['key'],
        then: 'update',
        set: {
          used: otherwise(one, call('add', field('used'), one)),
          since: otherwise({ kind: 'now' }, field('since')),
        },
      },
    },
    answers: value(field('used'), integer),
  })
  const purge = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('lte', 'since', time, 'from'), absent: 'ok' },
  })
  return {
    async take(connection, { what, whose, most, per }, now) {
      const asked = { key: countedKey({ what, whose }), from: after(now, -per) }
      const [, used] = (await take.run(connection, asked, { now: now.toISOString() })) ?? []
      return Number(used) <= most
    },
    async purge(connection, now) {
      await purge.run(connection, { from: after(now, -longest) }, { now: now.toISOString() })
    },
  }
}
