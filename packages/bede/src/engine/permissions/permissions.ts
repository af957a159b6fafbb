import type { Expr } from '../../expr/expr.ts'
import type { Manifest, Operation } from '../../manifest/manifest.ts'
import { idsInput } from '../../plan/by-ids.ts'
import type { BoundScan } from '../../plan/plan.ts'
import { decided } from '../../plan/rights.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import type { StopSignal } from '../../store/stop.ts'
import { isProblem, Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { admit } from '../authorize.ts'
import type { Actor } from '../call.ts'
import { problemOf } from '../store-problem.ts'
import { fieldRulesOf } from './field-rights.ts'
import { type Named, type OpenOperation, openOperation } from './open-operation.ts'

/** `depends`: on the row, or on what is sent. */
export type May = 'yes' | 'no' | 'depends'

/** Who asks, and when. */
export interface Asking {
  readonly actor: Actor
  /** RFC 3339. */
  readonly now: string
}

/**
 * What an actor may do. It is decided by the rules of the operations' own plans, and says nothing of rows that the actor
 * does not see. Only what has an address is spoken of: the rest is nobody's to call from outside.
 */
export interface Permissions {
  /** Every operation, by name. Costs no statement. */
  operations(asking: Asking): Readonly<Record<string, May>>
  /** One operation; a Problem `invalid-input` where there is none. */
  operation(name: string, asking: Asking): May
  /** Fields that have rules of their own, by model. */
  fields(asking: Asking): Readonly<Record<string, Readonly<Record<string, FieldRights>>>>
  /**
   * For which rows an operation may be called, in one statement; a row that is not there and one that the actor does not
   * see are both left out. Throws a Problem `invalid-input` where an id is none, and where the operation is not about rows.
   */
  rows(
    name: string,
    named: Named,
    asking: Asking & { readonly connection: Connection; readonly signal: StopSignal },
  ): Promise<ReadonlyMap<string, boolean>>
}

/** What may be done with a field whose row one may read or write; a member that is absent follows the row. */
export interface FieldRights {
  readonly read?: May
  readonly write?: May
}

export function createPermissions(manifest: Manifest, planner: Planner): Permissions {
  const open = new Map(
    Object.entries(manifest.operations).flatMap(([name, operation]): [string, OpenOperation][] =>
      operation.http ? [[name, openOperation(operation, manifest)]] : [],
    ),
  )
  let fieldRules: ReturnType<typeof fieldRulesOf> | undefined

  const find = (name: string): OpenOperation => {
    const known = open.get(name)
    if (known) return known
    throw mistaken('/operation', 'There is no operation of this name that can be called')
  }
  const may = ({ operation, rules }: OpenOperation, { actor, now }: Asking): May =>
    isAdmitted(operation, actor) ? word(decided(rules(), factsOf(actor, now))) : 'no'

  return {
    operations: (asking) => Object.fromEntries([...open].map(([name, one]) => [name, may(one, asking)])),
    operation: (name, asking) => may(find(name), asking),
    fields({ actor, now }) {
      const decide = (rule: Expr<BoundScan>): May => word(decided([rule], factsOf(actor, now)))
      fieldRules ??= fieldRulesOf(manifest)
      const models = fieldRules.map(([model, fields]) => {
        const rights = fields.map(([field, { read, write }]): [string, FieldRights] => [
          field,
          { ...(read && { read: decide(read) }), ...(write && { write: decide(write) }) },
        ])
        return [model, Object.fromEntries(rights)]
      })
      return Object.fromEntries(models)
    },
    async rows(name, named, { actor, now, connection, signal }) {
      const known = find(name)
      if (!known.isAboutRow()) {
        const message = 'This operation is not about a row that can be named by its id'
        throw mistaken('/operation', message, 'Ask without id.')
      }
      // Whoever may not call it at all is told so before any row is looked for, as by the call itself.
      const admitted = isAdmitted(known.operation, actor)
      const ids = admitted ? known.ids(named) : 'id' in named ? [named.id] : named.ids
      if (!admitted) return new Map(ids.map((id) => [String(id), false]))
      const asked = planner.rights(name, { input: { [idsInput]: ids }, actor, system: false, now })
      try {
        return asked ? asked.read(await connection.query(asked.statement, { signal })) : new Map()
      } catch (error) {
        throw problemOf(error, manifest)
      }
    },
  }
}

function isAdmitted(operation: Operation, actor: Actor): boolean {
  try {
    admit(operation, actor)
    return true
  } catch (refusal) {
    if (isProblem(refusal)) return false
    throw refusal
  }
}

/** What is known of whoever asks, in place of what a rule says of the actor. */
const factsOf =
  (actor: Actor, now: string) =>
  (expr: Expr<BoundScan>): Expr<BoundScan> | undefined => {
    if (expr.kind === 'now') return { kind: 'literal', value: now, type: { kind: 'timestamp' } }
    if (expr.kind !== 'actor') return undefined
    const value = Object.hasOwn(actor, expr.field) ? actor[expr.field] : undefined
    return { kind: 'literal', value: value ?? null, type: expr.type }
  }

const word = (rule: Expr<BoundScan>): May => (rule.kind !== 'literal' ? 'depends' : rule.value === true ? 'yes' : 'no')

const mistaken = (place: string, message: string, hint?: string): Problem => {
  const detail: ProblemDetail = { place, code: 'invalid-input', message, ...(hint !== undefined && { hint }) }
  return new Problem('invalid-input', { details: [detail] })
}
