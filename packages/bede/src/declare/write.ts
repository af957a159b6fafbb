import type { Expr } from '../expr/expr.ts'
import { plainType } from '../expr/kinds.ts'
import type { AnyModel } from '../model/model.ts'
import type { Models } from '../model/schema.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { describe } from './describe.ts'
import { EventDeclaration } from './event.ts'
import { type InputDeclarations, RecordedChildren } from './inputs.ts'
import type { OptionalInput, Path } from './knowledge.ts'
import { lift, Recorded, settled } from './recorded.ts'
import { answerOf, mistaken, part } from './recording.ts'
import { typeOf } from './rows.ts'

/** A change as recorded: as in the manifest, but events are values. */
export type RecordedWrite = RecordedCreate | RecordedUpdate | RecordedDelete

export interface RecordedEmission {
  readonly event: EventDeclaration
  readonly payload: { readonly [name: string]: Expr }
}
interface RecordedBase {
  readonly model: string
  readonly emits: readonly RecordedEmission[]
}
export interface RecordedCreate extends RecordedBase {
  readonly kind: 'create'
  readonly values: { readonly [field: string]: Expr }
  readonly children: { readonly [relation: string]: RecordedChild }
  readonly exists?: {
    readonly key: readonly string[]
    readonly then: 'keep' | 'update'
    readonly set?: { readonly [field: string]: Expr }
  }
}
export interface RecordedChild {
  readonly each: { readonly path: Path; readonly as: string }
  readonly values: { readonly [field: string]: Expr }
}
export interface RecordedUpdate extends RecordedBase {
  readonly kind: 'update'
  readonly target: Expr
  readonly where?: Expr
  readonly set: { readonly [field: string]: Expr }
}
export interface RecordedDelete extends RecordedBase {
  readonly kind: 'delete'
  readonly target: Expr
  readonly where?: Expr
  readonly absent?: 'ok'
}

/** A value that comes from an optional input is left out when the input is. */
export const whenSent = (value: Recorded): Expr => {
  const [only, ...more] = [...new Map(value.absent.map((input) => [JSON.stringify(input), input])).values()]
  if (more.length > 0) {
    throw new Problem('invalid-declaration', {
      message: `${describe(value.node)} depends on several inputs that may be left out`,
      hint: 'Give all but one of them a value with .orElse(…), or a default.',
    })
  }
  return only === undefined ? value.node : { kind: 'given', ...only, then: value.node }
}

type Loose = { readonly [name: string]: unknown }

export const modelNamed = (models: Models, name: string): AnyModel => {
  const found = Object.hasOwn(models, name) ? models[name] : undefined
  if (found === undefined) throw new Problem('unknown-model', { message: `There is no model '${name}'` })
  return found
}

/** The entries of values that a callback answered. */
const entriesOf = (values: unknown): readonly (readonly [string, unknown])[] => {
  if (values instanceof Recorded && values.standsIn) return []
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return Object.entries(values)
  if (values !== undefined)
    mistaken(new Problem('invalid-declaration', { message: `Values are { field: value, … }, not ${typeof values}` }))
  return []
}

/** What is not there is left out of the declaration; undefined says neither that nor null. */
const left = (name: string): void =>
  mistaken(
    new Problem('invalid-declaration', {
      message: `${name} is undefined`,
      hint: 'Leave it out, or write null to take the value away.',
    }),
  )

const noSuch = (code: 'unknown-model-field' | 'unknown-field', message: string, name: string, known: object): void => {
  const hint = nearest(name, Object.keys(known))
  mistaken(new Problem(code, { message, ...(hint !== undefined && { hint: `Perhaps you meant '${hint}'.` }) }))
}

/** A field that no write names: what changes it are operations of the platform. */
export const managedField = (model: string, name: string): Problem =>
  new Problem('server-made-field', {
    message: `${model}.${name} is written by the platform alone`,
    hint: 'Delete the row, or restore it.',
  })

/** The members of `model` that values were given for, as expressions; children apart. */
export const recordValues = (models: Models, model: string, values: unknown) => {
  const { fields } = modelNamed(models, model)
  const plain: { [field: string]: Expr } = {}
  const children: { [relation: string]: RecordedChild } = {}
  for (const [name, value] of entriesOf(values)) {
    const member = Object.hasOwn(fields, name) ? fields[name] : undefined
    part(name, undefined, () => {
      if (member === undefined) return noSuch('unknown-model-field', `${model} has no field '${name}'`, name, fields)
      if (value === undefined) return left(name)
      if (member.face === 'field' && member.managed) return mistaken(managedField(model, name))
      if (member.face === 'field') plain[name] = whenSent(settled(lift(value, plainType(typeOf(member, model, name)))))
      else if (member.face === 'many' && value instanceof RecordedChildren) {
        const inner = recordValues(models, member.target, value.values)
        children[name] = { each: { path: value.path, as: value.as }, values: inner.plain }
      } else if (member.face !== undefined && !(value instanceof Recorded && value.standsIn))
        mistaken(new Problem('unknown-model-field', { message: `'${name}' is a relation and cannot be set` }))
    })
  }
  return { plain, children }
}

const isPair = (value: unknown): value is readonly [EventDeclaration, (scope: never) => Loose] =>
  Array.isArray(value) && value[0] instanceof EventDeclaration

/** `[event, payload]`, or a list of them. */
export const recordEmits = (emits: unknown, scope: object): RecordedEmission[] => {
  if (emits === undefined) return []
  const pairs = isPair(emits) ? [emits] : (emits as readonly unknown[])
  return pairs.map((pair) => {
    if (!isPair(pair))
      throw new Problem('invalid-declaration', {
        message: 'emits takes [event, ({ row }) => payload], or a list of such pairs',
      })
    const [event, payload] = pair
    const values = part(event.name, {}, () => recordMapped(event.payload, answerOf('emits', payload, scope)))
    return { event, payload: values }
  })
}

/** Values of an event's payload. */
export const recordMapped = (declared: InputDeclarations, values: unknown): { [name: string]: Expr } => {
  const nodes: { [name: string]: Expr } = {}
  for (const [name, value] of entriesOf(values)) {
    const field = Object.hasOwn(declared, name) ? declared[name] : undefined
    part(name, undefined, () => {
      if (field === undefined) noSuch('unknown-field', `There is no '${name}'`, name, declared)
      else if (value === undefined) left(name)
      else nodes[name] = whenSent(settled(lift(value, field.type)))
    })
  }
  return nodes
}

/** An input of an action and what a route puts there. */
export interface PassedInput {
  readonly path: Path
  readonly node: Expr
  readonly absent: readonly OptionalInput[]
}

/** What a route passes to an action, by the path of the action's input. */
export const recordPassed = (declared: InputDeclarations, values: unknown, path: Path = []): PassedInput[] =>
  entriesOf(values).flatMap(([name, value]): PassedInput[] => {
    const field = Object.hasOwn(declared, name) ? declared[name] : undefined
    const at = [...path, name]
    return part<PassedInput[]>(name, [], () => {
      if (field === undefined) {
        noSuch('unknown-field', `The action has no input '${at.join('.')}'`, name, declared)
        return []
      }
      if (value === undefined) {
        left(name)
        return []
      }
      if (field.members !== undefined) return recordPassed(field.members, value, at)
      const { node, absent } = settled(lift(value, field.type))
      return [{ path: at, node, absent }]
    })
  })

/** The fields that name an existing row: those stated, or the model's only unique of several fields. */
export const keyOf = (models: Models, model: string, stated: readonly string[] | undefined): readonly string[] => {
  if (stated !== undefined) return stated
  const { declaration } = modelNamed(models, model)
  // A unique with a condition does not tell whether a row is there: there may be others beside it.
  const [only, ...more] = declaration.unique.filter(({ where }) => where === undefined)
  if (only !== undefined && more.length === 0) return only.fields
  throw new Problem('invalid-declaration', {
    message: `${model}: which fields tell that a row is already there?`,
    hint: `Say key: ['…'] with the fields of one unique of ${model}.`,
  })
}
