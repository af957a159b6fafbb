import type { Expr } from '../expr/expr.ts'
// biome-ignore lint/suspicious/noShadowRestrictedNames: what it is in messages of the compiler
import type { Expected, Of, TypeError } from '../model/expression.ts'
import type { AnyField, Inputs, None, Passable } from '../model/field.ts'
import type { FieldNames } from '../model/model.ts'
import type { Answer, InputRow, Row, ShapeValue } from '../model/row.ts'
import type { Models, Schema } from '../model/schema.ts'
import type { CreateValues, IdName, SetValues } from '../model/writes.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Event, EventValues } from './event.ts'
import { type Exclusive, type RecordedExclusive, recordExclusive } from './exclusive.ts'
import { recordedOr } from './failed.ts'
import { fieldsOnly, type InputDeclarations, inputRow } from './inputs.ts'
import { type Limited, type RecordedLimited, recordLimited } from './limits.ts'
import { condition, lift, Recorded, rule } from './recorded.ts'
import { answerOf, part, record } from './recording.ts'
import { rowNamed, typeOf } from './rows.ts'
import { type ActorDeclaration, type ActorRow, actorRow, now } from './scope.ts'
import { type RecordedShape, shapeOf, ViewDeclaration } from './shape.ts'
import type { View } from './view.ts'
import { keyOf, modelNamed, type RecordedWrite, recordEmits, recordValues } from './write.ts'

declare const input: unique symbol
declare const result: unique symbol

/** A compiled action: it takes an `I` and answers an `R` (`undefined`: nothing). */
export interface Action<I, R> {
  readonly [input]: I
  readonly [result]: R
  /** The call of this action with these values, for a handler's `db.run`. */
  with(values: Passable<I & { readonly [N in keyof I]: AnyField }>): ActionCall<R>
}
export interface ActionCall<R> {
  readonly [result]: R
}

/** Who may call at all: `required` turns away whoever is not signed in, before anything else. */
export type Auth = 'required' | 'optional'
type Absent<U extends Auth> = U extends 'optional' ? null : never

export interface ActionScope<S extends Schema<S>, A, M extends keyof S, I, U extends Auth> {
  readonly row: Row<S, M>
  readonly input: InputRow<I>
  readonly actor: ActorRow<A, Absent<U>>
  readonly now: Of<'timestamp', string>
}
/** Before the row is there, only its id is known. */
export interface CreateScope<S extends Schema<S>, A, M extends keyof S, I, U extends Auth>
  extends Omit<ActionScope<S, A, M, I, U>, 'row'> {
  readonly row: Pick<Row<S, M>, IdName<S, M> & keyof Row<S, M>>
}

/** What an action takes beside its own inputs: the field that says which row. */
export type Keyed<S extends Schema<S>, M extends keyof S, I, B extends keyof S[M]['fields']> = I & {
  readonly [N in B]: S[M]['fields'][N]
}

export type Emission<Scope, P> = readonly [event: Event<P>, payload: (scope: Scope) => EventValues<P>]
type Emissions<Scope, P extends readonly unknown[]> = { readonly [N in keyof P]: Emission<Scope, P[N]> }

/** What an action may say. It has one of `set`, `create` and `delete`. */
export interface ActionOptions<
  S extends Schema<S>,
  Ac,
  M extends keyof S,
  I,
  B,
  U extends Auth,
  P,
  Ps extends readonly unknown[],
  T,
  A,
  Scope,
> extends Limited {
  readonly input?: I
  /** `required` unless said otherwise. */
  readonly auth?: U
  readonly summary?: string
  /** `set`: the unique field that says which row; the id when absent. It becomes an input of the action. */
  readonly by?: B
  /** New values of the row. */
  readonly set?: (scope: Scope) => SetValues<S, M>
  /** Values of a new row, and of children through its `many` relations. */
  readonly create?: (scope: CreateScope<S, Ac, M, I, U>) => CreateValues<S, M>
  /** Which rows go. */
  readonly delete?: (scope: Scope) => Expected['condition']
  /** `set`, `delete`: must hold on the row as it is, in the same statement; else 409. */
  readonly where?: (scope: Scope) => Expected['condition']
  /** `create`: when a row with the same key is there, keep it as it is, or change it. Absent: 409. */
  readonly exists?: 'keep' | { readonly set: (scope: Scope) => SetValues<S, M> }
  /** `create`: the fields of the unique that `exists` is about; needed when the model has more than one of several fields. */
  readonly key?: readonly FieldNames<S[M]['fields']>[]
  /** `delete`: `ok`: that there is nothing to delete is no refusal. */
  readonly absent?: 'ok'
  /** Events, one of each per row written; kept in the same statement. */
  readonly emits?: Emission<Scope, P> | Emissions<Scope, Ps>
  /** Which calls never run at the same time, whoever makes them. */
  readonly exclusive?: Exclusive<Omit<Scope, 'row'>>
  /** What an API key needs to call it. Absent: in an exposure, what all its writes need; else no key can. */
  readonly scope?: string
  /** What is given back: a view of the row written, or any shape. Absent: nothing. */
  readonly answers?: View<S, M, T> | ((scope: Scope) => A)
}

type Changes = 'set' | 'create' | 'delete'
type Known = keyof ActionOptions<never, never, never, never, never, never, never, never, never, never, never>
/** The compiler's word on options that do not go together. `K`: the options that are there. */
type Sensible<K> = {
  readonly [N in K & string]: N extends Known
    ? N extends Changes
      ? [Exclude<K & Changes, N>] extends [never]
        ? unknown
        : TypeError<'An action has one of set, create and delete.'>
      : unknown
    : TypeError<`An action has no option '${N}'.`>
} & ([K & Changes] extends [never]
  ? { readonly set: TypeError<'An action has one of set, create and delete.'> }
  : unknown)

type ResultOf<T, A> = [A] extends [never] ? ([T] extends [never] ? undefined : T) : Answer<A>
type InputOf<S extends Schema<S>, M extends keyof S, I, B extends keyof S[M]['fields'], K> = 'set' extends K
  ? Keyed<S, M, I, B>
  : I

/** `Articles.action({ … })`: one change, compiled to one statement. */
export type ActionVerb<S extends Schema<S>, Ac, M extends keyof S> = <
  const K extends string,
  const I extends Inputs = None,
  const B extends FieldNames<S[M]['fields']> = IdName<S, M> & FieldNames<S[M]['fields']>,
  const U extends Auth = 'required',
  P = never,
  Ps extends readonly unknown[] = never,
  T = never,
  const A extends ShapeValue = never,
>(
  options: ActionOptions<S, Ac, M, I, B, U, P, Ps, T, A, ActionScope<S, Ac, M, InputOf<S, M, I, B, K>, U>> & {
    readonly [N in K]: unknown
  } & Sensible<K>,
) => Action<InputOf<S, M, I, B, K>, ResultOf<T, A>>

/** A compiled action as recorded. */
export class ActionDeclaration {
  readonly model: string
  readonly auth: Auth
  readonly input: InputDeclarations
  readonly write: RecordedWrite
  /** The input that says which row, of a set-action. */
  readonly by: string | undefined
  readonly answers: RecordedShape | undefined
  readonly summary: string | undefined
  readonly exclusive: RecordedExclusive | undefined
  readonly scope: string | undefined
  readonly limited: RecordedLimited | undefined
  constructor(parts: Omit<ActionDeclaration, 'with'>) {
    this.model = parts.model
    this.auth = parts.auth
    this.input = parts.input
    this.write = parts.write
    this.by = parts.by
    this.answers = parts.answers
    this.summary = parts.summary
    this.exclusive = parts.exclusive
    this.scope = parts.scope
    this.limited = parts.limited
  }
  with(values: { readonly [name: string]: unknown }): RecordedActionCall {
    return new RecordedActionCall(this, values)
  }
}

export class RecordedActionCall {
  readonly action: ActionDeclaration
  readonly input: { readonly [name: string]: unknown }
  constructor(action: ActionDeclaration, values: { readonly [name: string]: unknown }) {
    this.action = action
    this.input = values
  }
}

type Callback = (scope: object) => unknown
interface LooseOptions {
  readonly input?: InputDeclarations
  readonly by?: string
  readonly auth?: Auth
  readonly summary?: string
  readonly set?: Callback
  readonly create?: Callback
  readonly delete?: Callback
  readonly where?: Callback
  readonly exists?: 'keep' | { readonly set: Callback }
  readonly key?: readonly string[]
  readonly absent?: 'ok'
  readonly emits?: unknown
  readonly exclusive?: unknown
  readonly scope?: string
  readonly cost?: unknown
  readonly limits?: unknown
  readonly answers?: ViewDeclaration | Callback
}

export const recordAction = (
  models: Models,
  actor: ActorDeclaration,
  model: string,
  options: LooseOptions,
): ActionDeclaration => {
  const place = `${model} action`
  const { auth = 'required', input = {}, summary, scope } = options
  return recordedOr(
    place,
    models,
    () => recordedAction(models, actor, model, options, place),
    () =>
      new ActionDeclaration({
        model,
        auth,
        input,
        write: nothing(model),
        by: options.by,
        answers: undefined,
        summary,
        exclusive: undefined,
        scope,
        limited: undefined,
      }),
  )
}

/** Deletes no row: what stands in for a change that could not be recorded. */
const nothing = (model: string): RecordedWrite => ({
  kind: 'delete',
  model,
  emits: [],
  target: never,
})

const recordedAction = (
  models: Models,
  actor: ActorDeclaration,
  model: string,
  options: LooseOptions,
  place: string,
): ActionDeclaration => {
  const kinds = (['set', 'create', 'delete'] as const).filter((kind) => options[kind] !== undefined)
  if (kinds.length !== 1) {
    throw new Problem('invalid-declaration', {
      message: `It says ${kinds.join(' and ') || 'no change'}`,
      hint: 'An action has one of set, create and delete.',
    })
  }
  const auth = options.auth ?? 'required'
  const by = options.set === undefined ? undefined : (options.by ?? idName(models, model))
  const key = by !== undefined && keyInput(models, model, by)
  const recorded = record(place, () => {
    const declared = { ...fieldsOnly('input', options.input), ...key }
    const scope = {
      row: rowNamed(models, model, 'row'),
      input: inputRow(declared),
      actor: actorRow(actor, auth === 'required'),
      now: now(),
    }
    const { answers } = options
    return {
      input: declared,
      write: recordWrite(models, model, options, by, scope),
      answers: answers === undefined ? undefined : answersOf(answers, scope),
      exclusive: recordExclusive(options.exclusive, rowless(scope)),
      limited: recordLimited(options),
    }
  })
  return new ActionDeclaration({ model, auth, ...recorded, by, summary: options.summary, scope: options.scope })
}

/** A lock is taken before any row is read. */
const rowless = ({ input, actor, now }: { input: object; actor: object; now: unknown }): object => ({
  input,
  actor,
  now,
})

const answersOf = (answers: ViewDeclaration | Callback, scope: object): RecordedShape =>
  answers instanceof ViewDeclaration
    ? whole(answers)
    : part('answers', { kind: 'object', members: {} }, () => shapeOf(answerOf('answers', answers, scope)))

/** The view of the row that was written. */
const whole = (view: ViewDeclaration): RecordedShape => ({ kind: 'view', view, row: 'row' })

const recordWrite = (
  models: Models,
  model: string,
  options: LooseOptions,
  by: string | undefined,
  scope: object,
): RecordedWrite => {
  const emits = part('emits', [], () => recordEmits(options.emits, scope))
  const ruled = (name: 'where' | 'delete') => part(name, never, () => rule(answerOf(name, options[name], scope)))
  const values = (name: 'set' | 'create') =>
    part(name, { plain: {}, children: {} }, () => recordValues(models, model, answerOf(name, options[name], scope)))
  const where = options.where === undefined ? {} : { where: ruled('where') }
  if (options.create !== undefined) {
    const { plain, children } = values('create')
    return { kind: 'create', model, emits, values: plain, children, ...existing(models, model, options, scope) }
  }
  if (options.delete !== undefined) {
    const absent = options.absent && { absent: options.absent }
    return { kind: 'delete', model, emits, target: ruled('delete'), ...where, ...absent }
  }
  return { kind: 'update', model, emits, target: byField(models, model, by ?? ''), ...where, set: values('set').plain }
}

const never: Expr = { kind: 'literal', value: false, type: { kind: 'boolean' } }

const existing = (models: Models, model: string, { exists, key }: LooseOptions, scope: object) => {
  if (exists === undefined) return {}
  const fields = keyOf(models, model, key)
  if (exists === 'keep') return { exists: { key: fields, then: 'keep' as const } }
  const set = part('exists.set', {}, () => recordValues(models, model, answerOf('set', exists.set, scope)).plain)
  return { exists: { key: fields, then: 'update' as const, set } }
}

export const idName = (models: Models, model: string): string => {
  const name = Object.entries(modelNamed(models, model).fields).find(
    ([, member]) => member.face === 'field' && member.type.kind === 'id',
  )?.[0]
  if (name === undefined)
    throw new Problem('unknown-model-field', { message: `${model} has no id`, hint: `Add id: id<'${model}'>() to it.` })
  return name
}

const scalar = (models: Models, model: string, name: string) => {
  const member = modelNamed(models, model).fields[name]
  if (member?.face !== 'field') throw new Problem('unknown-model-field', { message: `${model} has no field '${name}'` })
  return { type: typeOf(member, model, name), member }
}

/** The input that names a row: the field's type and limits, nothing else of it. */
const keyInput = (models: Models, model: string, by: string): InputDeclarations => {
  const { type, member } = scalar(models, model, by)
  const { min, max, pattern } = member
  return {
    [by]: {
      face: 'field',
      type,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(pattern !== undefined && { pattern }),
    },
  }
}

const byField = (models: Models, model: string, by: string) => {
  const { type } = scalar(models, model, by)
  const stored = new Recorded({ kind: 'field', row: 'row', field: by }, type)
  return condition('eq', [stored, lift(new Recorded({ kind: 'input', path: [by], type }, type), type)]).node
}

/** For types only: what an action answers. */
export type ResultOfAction<X> = X extends { readonly [result]: infer R } ? R : never
export type InputOfAction<X> = X extends { readonly [input]: infer I } ? I : never
