import type { Condition, Expected } from '../model/expression.ts'
import { condition, Recorded, recordedOf, rule, typed } from './recorded.ts'

const flag = { kind: 'boolean' } as const

const parts = (conditions: readonly unknown[]): Recorded[] =>
  conditions.map((one) => {
    rule(one)
    return recordedOf(one)
  })

/** Holds when all of them do. Unknown counts as SQL counts it: `false` wins over unknown, unknown over `true`. */
export const and = (...conditions: readonly Expected['condition'][]): Condition =>
  typed(condition('and', parts(conditions)))
/** Holds when one of them does. */
export const or = (...conditions: readonly Expected['condition'][]): Condition =>
  typed(condition('or', parts(conditions)))
/** Holds when the other does not; unknown stays unknown. */
export const not = (negated: Expected['condition']): Condition => typed(condition('not', parts([negated])))

/** Everybody, signed in or not. */
export const anyone: Condition = typed(new Recorded({ kind: 'literal', value: true, type: flag }, flag))
/** Nobody but the system. */
export const nobody: Condition = typed(new Recorded({ kind: 'literal', value: false, type: flag }, flag))
/** Whoever is signed in. (The linker puts the type of the app's actor in.) */
export const signedIn: Condition = typed(
  new Recorded({ kind: 'call', fn: 'isNotNull', args: [{ kind: 'actor', field: 'id', type: { kind: 'ref' } }] }, flag),
)
