import type { Expr } from '../../expr/expr.ts'
import type { Json } from '../../expr/value.ts'
import { asRuled } from '../../manifest/files.ts'
import type { InputField, Manifest, Operation } from '../../manifest/manifest.ts'
import { boundRule } from '../../plan/allow.ts'
import { byIds, modelOfRow } from '../../plan/by-ids.ts'
import type { BoundScan } from '../../plan/plan.ts'
import { rightsOf } from '../../plan/rights.ts'
import { type Validator, validatorOf } from '../input/validate.ts'

/** A row or several by their ids, as an address has them. */
export type Named = { readonly id: string } | { readonly ids: readonly string[] }

/** An operation that has an address, with what decides who may call it: made on first use. */
export interface OpenOperation {
  readonly operation: Operation
  readonly rules: () => readonly Expr<BoundScan>[]
  readonly isAboutRow: () => boolean
  /** The ids as values of the model's, held to what the operation itself takes. Throws a Problem. */
  readonly ids: (named: Named) => readonly Json[]
}

export function openOperation(operation: Operation, manifest: Manifest): OpenOperation {
  const field = idField(operation, manifest)
  const validate = once(() => idsValidator(field))
  return {
    operation,
    rules: once(() => rulesOf(asRuled(operation, manifest), manifest)),
    isAboutRow: once(() => operation.kind !== 'invoke' && byIds(operation, manifest) !== undefined),
    ids: (named) => {
      const value = (id: string): Json => (field.type.integer ? numberOf(id) : id)
      const { id, ids } = validate()('id' in named ? { id: value(named.id) } : { ids: named.ids.map(value) })
      return Array.isArray(ids) ? ids : id === undefined ? [] : [id]
    },
  }
}

function rulesOf(operation: Operation, manifest: Manifest): readonly Expr<BoundScan>[] {
  if (operation.kind !== 'invoke') return rightsOf(operation, manifest, 'anything').map(({ rule }) => rule)
  return operation.allow ? [boundRule(operation.allow, manifest)] : []
}

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

const idsValidator = (field: InputField): Validator =>
  validatorOf({
    kind: 'read',
    auth: 'required',
    input: {
      id: { ...field, optional: true },
      ids: { type: { kind: 'array', of: field.type }, items: field, optional: true },
    },
  })

/** In an address a number is text. What is none stays text, and is refused for that. */
const numberOf = (id: string): Json => (/^-?\d{1,16}$/.test(id) ? Number(id) : id)

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
