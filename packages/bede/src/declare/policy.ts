import type { Expr } from '../expr/expr.ts'
import type { Expected, Of } from '../model/expression.ts'
import type { FieldName } from '../model/field-name.ts'
import type { Row } from '../model/row.ts'
import type { Models, Schema } from '../model/schema.ts'
import { Problem } from '../telemetry/problem.ts'
import { recordedOr } from './failed.ts'
import { rule } from './recorded.ts'
import { answerOf, mistaken, part, record } from './recording.ts'
import { rowNamed } from './rows.ts'
import { type ActorDeclaration, type ActorRow, actorRow, now } from './scope.ts'

declare const policy: unique symbol
export interface Policy {
  readonly [policy]: true
}

export interface PolicyScope<S extends Schema<S>, A, M extends keyof S> {
  readonly row: Row<S, M>
  readonly actor: ActorRow<A>
  readonly now: Of<'timestamp', string>
}

/** Who may do what with a row. What is not stated is refused. */
export interface Rules<S extends Schema<S>, M extends keyof S> {
  readonly read?: Expected['condition']
  readonly create?: Expected['condition']
  /** On the row as it is and as it will be; `from` and `to` tell them apart. */
  readonly update?: Expected['condition'] | { readonly from: Expected['condition']; readonly to: Expected['condition'] }
  readonly delete?: Expected['condition']
  /** Of a model with `softDelete`: who may bring a deleted row back. */
  readonly restore?: Expected['condition']
  /** Of a model with `softDelete`: who may remove a deleted row for good. */
  readonly purge?: Expected['condition']
  /** Of a model with `history`: who may see what a row was, on top of seeing the row. */
  readonly history?: Expected['condition']
  /** On single fields, on top of the row's rules. */
  readonly fields?: {
    readonly [N in FieldName<S, M>]?: { readonly read?: Expected['condition']; readonly write?: Expected['condition'] }
  }
}

export interface RecordedRules {
  readonly read?: Expr
  readonly create?: Expr
  readonly update?: { readonly from: Expr; readonly to: Expr }
  readonly delete?: Expr
  readonly restore?: Expr
  readonly purge?: Expr
  readonly history?: Expr
  readonly fields?: { readonly [name: string]: { readonly read?: Expr; readonly write?: Expr } }
}

export class PolicyDeclaration {
  readonly model: string
  readonly rules: RecordedRules
  constructor(model: string, rules: RecordedRules) {
    this.model = model
    this.rules = rules
  }
}

type Loose = { readonly [name: string]: unknown }
const isPair = (value: unknown): value is { from: unknown; to: unknown } =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && 'from' in value

const named = (name: string, value: unknown): Expr => part(name, nobody, () => rule(value))
const nobody: Expr = { kind: 'literal', value: false, type: { kind: 'boolean' } }

const both = (rule: Expr) => ({ from: rule, to: rule })
const update = (value: unknown): { from: Expr; to: Expr } =>
  isPair(value)
    ? { from: named('update.from', value.from), to: named('update.to', value.to) }
    : both(named('update', value))

const fieldRules = (name: string, { read, write }: Loose) => ({
  ...(read !== undefined && { read: named(`fields.${name}.read`, read) }),
  ...(write !== undefined && { write: named(`fields.${name}.write`, write) }),
})

const known = new Set(['read', 'create', 'update', 'delete', 'restore', 'purge', 'history', 'fields'])

export const recordPolicy = (
  models: Models,
  actor: ActorDeclaration,
  model: string,
  callback: (scope: never) => unknown,
): PolicyDeclaration => {
  const place = `${model}.policy`
  const make = (): RecordedRules => {
    const scope = { row: rowNamed(models, model, 'row'), actor: actorRow(actor, false), now: now() }
    const answer = (answerOf('policy', callback, scope) ?? {}) as Loose
    for (const odd of Object.keys(answer).filter((name) => !known.has(name))) {
      mistaken(
        new Problem('invalid-declaration', {
          message: `'${odd}' is not an operation`,
          hint: `A policy has ${[...known].join(', ')}.`,
        }),
      )
    }
    const fields = answer.fields as { readonly [name: string]: Loose } | undefined
    return {
      ...(answer.read !== undefined && { read: named('read', answer.read) }),
      ...(answer.create !== undefined && { create: named('create', answer.create) }),
      ...(answer.update !== undefined && { update: update(answer.update) }),
      ...(answer.delete !== undefined && { delete: named('delete', answer.delete) }),
      ...(answer.restore !== undefined && { restore: named('restore', answer.restore) }),
      ...(answer.purge !== undefined && { purge: named('purge', answer.purge) }),
      ...(answer.history !== undefined && { history: named('history', answer.history) }),
      ...(fields !== undefined && {
        fields: Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, fieldRules(name, one)])),
      }),
    }
  }
  return recordedOr(
    place,
    models,
    () => new PolicyDeclaration(model, record(place, make)),
    () => new PolicyDeclaration(model, {}),
  )
}
