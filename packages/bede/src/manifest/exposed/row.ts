import type { ExposureDeclaration } from '../../declare/expose.ts'
import type { Expr } from '../../expr/expr.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { Filters } from '../link/filter.ts'
import { inputOf } from '../link/input.ts'
import { needsActor } from '../link/needs-actor.ts'
import type { HttpBinding, InputField, Policy, Shape } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'

/** Everything an exposed operation is made of. */
export interface Exposed {
  readonly name: string
  readonly model: ModelDefinition
  readonly policy: Policy
  readonly view: string
  readonly base: string
  readonly place: string
  readonly exposure: ExposureDeclaration
  readonly filters: Filters
  readonly around: {
    readonly models: Readonly<Record<string, ModelDefinition>>
    readonly policies: Readonly<Record<string, Policy>>
  }
  /** Fields of this model by which the actor is known beside its id. */
  readonly rights: ReadonlySet<string>
  readonly mistakes: Mistakes
  /** The field that a parent fills in: no caller sends it. */
  readonly filled?: string
}

export const eq = (a: Expr, b: Expr): Expr => ({ kind: 'call', fn: 'eq', args: [a, b] })
export const rowField = (field: string): Expr => ({ kind: 'field', row: 'row', field })
export const auth = (rule: Expr | undefined): 'required' | 'optional' => (needsActor(rule) ? 'required' : 'optional')

export const idInput = ({ model }: Exposed): InputField => ({ type: model.fields[model.id]?.type ?? { kind: 'id' } })
export const idEquals = (open: Exposed): Expr =>
  eq(rowField(open.model.id), { kind: 'input', path: ['id'], type: idInput(open).type })
export const viewOf = (open: Exposed): Shape => ({ kind: 'view', view: open.view, row: 'row' })
export const http = (method: HttpBinding['method'], path: string, more: Partial<HttpBinding> = {}): HttpBinding => ({
  method,
  path,
  params: {},
  query: {},
  ...more,
})
export const oneRow = (open: Exposed, method: HttpBinding['method'], more: Partial<HttpBinding> = {}) =>
  http(method, `${open.base}/:id`, { params: { id: ['id'] }, ...more })

const longestCursor = 2000
/** How a page of a list is asked for. */
export const pageInputs = ({ exposure }: Exposed): Record<string, InputField> => pageInputsOf(exposure.limit)

/** The same, where a page has so many rows. */
export const pageInputsOf = (limit: {
  readonly default: number
  readonly max: number
}): Record<string, InputField> => ({
  limit: { type: { kind: 'integer' }, min: 1, max: limit.max, default: limit.default },
  cursor: { type: { kind: 'text' }, max: longestCursor, optional: true },
  count: { type: { kind: 'boolean' }, default: false },
})

/** Whether the server gives the field its value, so that no caller has to. */
export const serverMade = (field: FieldDefinition): boolean =>
  (field.type.kind === 'id' && field.given !== true) ||
  field.managed === true ||
  field.computed !== undefined ||
  field.generated !== undefined ||
  field.identity === 'always' ||
  field.default?.kind === 'actor' ||
  field.default?.kind === 'generated' ||
  field.default?.kind === 'now' ||
  field.onUpdate !== undefined

const guarded = (field: FieldDefinition): boolean => field.private === true || field.type.kind === 'secret'

/** The fields a caller may write: those named, or all that the server does not make, the model does not guard, and no right hangs on. */
export const accepted = (open: Exposed, operation: 'create' | 'update'): (readonly [string, FieldDefinition])[] => {
  const { model, exposure, mistakes, place, name } = open
  const stated = exposure.accepts[operation]
  if (stated === undefined) {
    return Object.entries(model.fields).filter(
      ([name, field]) =>
        name !== open.filled &&
        !serverMade(field) &&
        !(operation === 'update' && field.type.kind === 'id') &&
        !guarded(field) &&
        !open.rights.has(name) &&
        !(operation === 'update' && field.immutable),
    )
  }
  return stated.flatMap((field) => {
    const at = `${place}.accepts.${operation}`
    const definition = Object.hasOwn(model.fields, field) ? model.fields[field] : undefined
    if (definition === undefined)
      mistakes.unknown(at, 'unknown-model-field', `field of ${name}`, field, Object.keys(model.fields))
    else if (operation === 'update' && definition.immutable)
      mistakes.add(at, 'invalid-declaration', `${name}.${field} is immutable`)
    else return [[field, definition] as const]
    return []
  })
}

/** A create that can never be complete is a mistake of the declaration, not of every caller. */
const complete = (open: Exposed, operation: string): void => {
  const names = new Set(accepted(open, 'create').map(([name]) => name))
  for (const [name, field] of Object.entries(open.model.fields)) {
    if (
      names.has(name) ||
      name === open.filled ||
      field.optional ||
      field.default !== undefined ||
      serverMade(field) ||
      field.identity
    )
      continue
    const why = guarded(field) ? `is ${field.type.kind === 'secret' ? 'a secret' : 'private'}` : 'is not accepted'
    open.mistakes.add(
      `${open.place}.${operation}`,
      'invalid-declaration',
      `${open.name}.${name} is needed and ${why}`,
      `Name it in accepts: { create: ['${name}', …] }.`,
    )
  }
}

export const createInputs = (open: Exposed, operation: string): Record<string, InputField> => {
  complete(open, operation)
  return Object.fromEntries(accepted(open, 'create').map(([name, field]) => [name, inputOf(field)]))
}
export const updateInputs = (open: Exposed): Record<string, InputField> =>
  Object.fromEntries(
    accepted(open, 'update').map(([name, field]) => [name, { ...inputOf(field), optional: true as const }]),
  )

export const sent = (inputs: Readonly<Record<string, InputField>>): Record<string, Expr> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, field]) => {
      const path = ['data', name]
      const value: Expr = { kind: 'input', path, type: field.type }
      return [name, field.optional ? { kind: 'given', path, then: value } : value]
    }),
  )
