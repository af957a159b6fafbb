import { plainType } from '../../expr/kinds.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { platformSchema } from '../../manifest/platform/names.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Columns } from './read-rows.ts'

export interface NamedModel {
  readonly name: string
  readonly model: ModelDefinition
}

/** A model of the user's by name. Throws a Problem that says which one was meant. */
export function modelNamed(manifest: Manifest, name: string): NamedModel {
  const own = Object.entries(manifest.models).flatMap(([each, { schema }]) => (schema === platformSchema ? [] : [each]))
  const model = own.includes(name) ? manifest.models[name] : undefined
  if (model) return { name, model }
  const meant = nearest(name, own)
  throw new Problem('usage', {
    message: `There is no model '${name}'`,
    hint: meant === undefined ? `There are: ${own.join(', ')}.` : `Perhaps you meant '${meant}'.`,
  })
}

/** The words that a search keeps of other fields are made anew wherever those are written. */
const isKept = ({ type }: FieldDefinition): boolean => type.kind === 'search'

/** Secrets leave in no form; what is private leaves when it is named. */
const leaves = (field: FieldDefinition, named: boolean): boolean =>
  field.type.kind !== 'secret' && !isKept(field) && (named || field.private !== true)

/** The fields to export: those named with commas between them, or all that are neither private nor secret. */
export function exportedFields({ name, model }: NamedModel, asked: string | undefined): readonly string[] {
  if (asked === undefined) return Object.keys(model.fields).filter((field) => leaves(fieldOf(model, field), false))
  const fields = asked.split(',').filter((field) => field !== '')
  const refused = fields.filter((field) => !Object.hasOwn(model.fields, field) || !leaves(fieldOf(model, field), true))
  if (refused.length === 0 && fields.length > 0 && new Set(fields).size === fields.length) return fields
  throw new Problem('usage', {
    message:
      refused.length > 0 ? `${name} has no field to export called ${refused.join(', ')}` : 'Each field is named once',
    hint: `Fields that can be exported: ${Object.keys(model.fields)
      .filter((field) => leaves(fieldOf(model, field), true))
      .join(', ')}.`,
  })
}

export const fieldOf = (model: ModelDefinition, field: string): FieldDefinition => {
  const found = model.fields[field]
  if (!found) throw new TypeError(`the model has no field '${field}'`)
  return found
}

/** What a file of this model may have as columns. */
export const columnsOf = (model: ModelDefinition): Columns =>
  Object.fromEntries(
    Object.entries(model.fields)
      .filter(([, field]) => !isKept(field))
      .map(([name, { type }]) => [name, plainType(type)]),
  )
