import type { Expr } from '../expr/expr.ts'
import type { AnyExpression } from '../model/expression.ts'
import { Problem } from '../telemetry/problem.ts'
import { liftAlone, settled } from './recorded.ts'
import { answerOf, mistaken, part } from './recording.ts'

/** What must not be worked on twice at a time: each key is a lock of its own. */
export type ExclusiveKeys<Scope> = (scope: Scope) => readonly (AnyExpression | string | number)[]

/**
 * `true`: one call of this action at a time. A function: one at a time for each of its keys, over the input and the actor.
 */
export type Exclusive<Scope> =
  | true
  | ExclusiveKeys<Scope>
  | {
      /** Actions of one group share their locks; the action's own name when absent. */
      readonly group?: string
      readonly keys?: ExclusiveKeys<Scope>
      /** `false`: who comes second is refused at once (423) and does not wait. */
      readonly wait?: false
    }

export interface RecordedExclusive {
  readonly group: string | undefined
  /** Absent: one lock for the whole group. */
  readonly keys: readonly Expr[] | undefined
  readonly wait: boolean
}

interface Loose {
  readonly group?: unknown
  readonly keys?: unknown
  readonly wait?: unknown
}

/** More keys than this are a table, and not a lock. */
const mostKeys = 16

export const recordExclusive = (said: unknown, scope: object): RecordedExclusive | undefined => {
  if (said === undefined) return undefined
  const whole = { group: undefined, keys: undefined, wait: true }
  if (said === true) return whole
  const { group, keys, wait }: Loose = typeof said === 'function' ? { keys: said } : Object(said)
  const wrong = (message: string): RecordedExclusive => {
    mistaken(
      new Problem('invalid-declaration', {
        message,
        hint: 'Write exclusive: true, exclusive: ({ input }) => [input.accountId], or { group, keys, wait: false }.',
      }),
    )
    return whole
  }
  if (typeof said !== 'function' && (typeof said !== 'object' || said === null))
    return wrong(`exclusive is ${JSON.stringify(said)}`)
  if (group !== undefined && (typeof group !== 'string' || group === '')) return wrong('A group has a name')
  if (wait !== undefined && wait !== false) return wrong('wait is false, or left out')
  return {
    group: typeof group === 'string' ? group : undefined,
    keys: keys === undefined ? undefined : part('exclusive', [], () => keysOf(answerOf('exclusive', keys, scope))),
    wait: wait !== false,
  }
}

const keysOf = (answer: unknown): readonly Expr[] => {
  if (!Array.isArray(answer) || answer.length === 0 || answer.length > mostKeys)
    throw new Problem('invalid-declaration', {
      message: `exclusive gives a list of 1 to ${mostKeys} keys`,
      hint: 'Write ({ input }) => [input.accountId].',
    })
  return answer.map((key: unknown) => settled(liftAlone(key)).node)
}
