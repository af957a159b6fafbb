import type { Expr } from '../expr/expr.ts'
import type { Json } from '../expr/value.ts'
import type { CompiledOperation, InputField, Manifest, Operation, Shape } from '../manifest/manifest.ts'
import { boundRule } from '../plan/allow.ts'
import { byIds, idsInput, modelOfRow } from '../plan/by-ids.ts'
import type { BoundScan } from '../plan/plan.ts'
import { decided, rightsOf } from '../plan/rights.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import { isProblem, Problem, type ProblemDetail } from '../telemetry/problem.ts'
import { admit } from './authorize.ts'
import type { Actor } from './call.ts'
import { type Validator, validatorOf } from './input/validate.ts'
import { problemOf } from './store-problem.ts'

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

/** A row or several by their ids, as an address has them. */
export type Named = { readonly id: string } | { readonly ids: readonly string[] }

/** What may be done with a field whose row one may read or write; a member that is absent follows the row. */
export interface FieldRights {
  readonly read?: May
  readonly write?: May
}

/** One operation that has an address, with what decides who may call it: made on first use. */
interface Open {
  readonly operation: Operation
  readonly rules: () => readonly Expr<BoundScan>[]
  readonly isAboutRow: () => boolean
  /** The ids as values of the model's, held to what the operation itself takes. */
  readonly ids: (named: Named) => readonly Json[]
}

export function createPermissions(manifest: Manifest, planner: Planner): Permissions {
  const open = new Map(
    Object.entries(manifest.operations).flatMap(([name, operation]): [string, Open][] =>
      operation.http ? [[name, opened(operation, manifest)]] : [],
    ),
  )
  const rules = once(() => fieldRules(manifest))

  const find = (name: string): Open => {
    const known = open.get(name)
    if (known) return known
    throw mistaken('/operation', 'There is no operation of this name that can be called')
  }
  const may = ({ operation, rules }: Open, { actor, now }: Asking): May =>
    isAdmitted(operation, actor) ? word(decided(rules(), factsOf(actor, now))) : 'no'

  return {
    operations: (asking) => Object.fromEntries([...open].map(([name, one]) => [name, may(one, asking)])),
    operation: (name, asking) => may(find(name), asking),
    fields: ({ actor, now }) =>
      mapped(rules(), (fields) =>
        mapped(fields, (field) => mapped(field, (rule) => word(decided([rule], factsOf(actor, now))))),
      ),
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

function opened(operation: Operation, manifest: Manifest): Open {
  const validator = once(() => idsValidator(idField(operation, manifest)))
  return {
    operation,
    rules: once(() => rulesOf(operation, manifest)),
    isAboutRow: once(() => operation.kind !== 'invoke' && byIds(operation, manifest) !== undefined),
    ids: (named) => {
      const numbered = (id: string): Json => (idField(operation, manifest).type.integer ? numberOf(id) : id)
      const { id, ids } = validator()('id' in named ? { id: numbered(named.id) } : { ids: named.ids.map(numbered) })
      return Array.isArray(ids) ? ids : id === undefined ? [] : [id]
    },
  }
}

const rulesOf = (operation: Operation, manifest: Manifest): readonly Expr<BoundScan>[] =>
  operation.kind === 'invoke'
    ? operation.allow
      ? [boundRule(operation.allow, manifest)]
      : []
    : rightsOf(operation, manifest, 'anything').map(({ rule }) => rule)

const idsValidator = (field: InputField): Validator =>
  validatorOf({
    kind: 'read',
    auth: 'required',
    input: {
      id: { ...field, optional: true },
      ids: { type: { kind: 'array', of: field.type }, items: field, optional: true },
    },
  })

/** The id of the rows that the operation is about. */
function idField(operation: Operation, { models }: Manifest): InputField {
  const name = operation.kind === 'invoke' ? undefined : modelOfRow(operation)
  const model = name === undefined ? undefined : models[name]
  const field = model?.fields[model.id]
  if (!field) return { type: { kind: 'text' } }
  const { type, min, max, pattern } = field
  return {
    type,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
  }
}

/** In an address a number is text. What is none stays text, and is refused for that. */
const numberOf = (id: string): Json => (/^-?\d{1,16}$/.test(id) ? Number(id) : id)

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

type FieldRules = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Expr<BoundScan>>>>>>>

/** The rules of fields, but for models that nothing opens and for what leaves through views alone. */
function fieldRules(manifest: Manifest): FieldRules {
  const open = Object.values(manifest.operations).flatMap((one) =>
    one.http && one.kind !== 'invoke' ? modelsOf(one) : [],
  )
  return Object.fromEntries(
    [...new Set(open)].flatMap((name) => {
      const rules = Object.entries(manifest.policies[name]?.fields ?? {})
        .filter(([field]) => !manifest.models[name]?.fields[field]?.private)
        .map(([field, { read, write }]) => {
          const own = { ...(read && { read }), ...(write && { write }) }
          return [field, mapped(own, (rule) => boundRule(rule, manifest, name))] as const
        })
      return rules.length === 0 ? [] : [[name, Object.fromEntries(rules)] as const]
    }),
  )
}

/** Whose rows an operation writes, or answers with. */
function modelsOf({ write, answers }: CompiledOperation): readonly string[] {
  const shown = (shape: Shape): readonly string[] =>
    shape.kind === 'object'
      ? Object.values(shape.members).flatMap(shown)
      : 'from' in shape && shape.from.model
        ? [shape.from.model]
        : []
  return write ? [write.model] : answers ? shown(answers) : []
}

const mistaken = (place: string, message: string, hint?: string): Problem => {
  const detail: ProblemDetail = { place, code: 'invalid-input', message, ...(hint !== undefined && { hint }) }
  return new Problem('invalid-input', { details: [detail] })
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
