import type { InputDeclarations } from '../../declare/inputs.ts'
import { plainType } from '../../expr/kinds.ts'
import type { FieldDefinition } from '../../model/definition.ts'
import type { FieldDeclaration } from '../../model/field.ts'
import type { InputField } from '../manifest.ts'

/** A declared input as the manifest has it. */
export const linkInput = (field: FieldDeclaration): InputField => {
  const { optional, nullable, default: value, min, max, pattern, members, item } = field
  return {
    type: plainType(field.type),
    ...(optional && { optional }),
    ...(nullable && { nullable }),
    ...(value?.kind === 'value' && { default: value.value }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
    ...(members !== undefined && { fields: linkInputs(members) }),
    ...(item !== undefined && { items: linkInput(item) }),
  }
}

export const linkInputs = (fields: InputDeclarations): Record<string, InputField> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, linkInput(field)]))

/** An object of inputs. When none of its members is needed, neither is it. */
export const group = (fields: Readonly<Record<string, InputField>>): InputField => {
  const free = Object.values(fields).every((field) => field.optional || field.default !== undefined)
  return { type: { kind: 'object' }, fields, ...(free && { default: {} }) }
}

/** A stored field as a caller may send it. */
export const inputOf = (field: FieldDefinition): InputField => {
  const { optional, default: value, identity, min, max, pattern } = field
  const type = plainType(field.type)
  const limits = {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
  }
  const items = type.kind === 'array' && type.of !== undefined ? { items: { type: type.of } } : {}
  return {
    type,
    ...limits,
    ...items,
    ...(optional && { nullable: true }),
    ...((optional || value !== undefined || identity !== undefined) && { optional: true }),
  }
}
