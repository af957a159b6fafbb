import type { JsonSchema } from '../expr/value.ts'
import type { InputField } from './manifest.ts'
import { type Keywords, orNull, valueSchema } from './value-schema.ts'

/**
 * What one value of an input must look like, as JSON Schema 2020-12: the one schema that validation, OpenAPI and the
 * other surfaces share. Objects are closed. What JSON Schema cannot say is in annotations: `formatMinimum` and
 * `formatMaximum` on numbers and times written as text, and a length in bytes (`bytes` is exact to three).
 */
export function inputSchema(field: InputField): JsonSchema {
  const keywords = field.fields
    ? inputObjectSchema(field.fields)
    : field.items
      ? list(field, field.items)
      : scalar(field)
  const schema = field.nullable ? orNull(keywords) : keywords
  return field.default === undefined || typeof schema === 'boolean' ? schema : { ...schema, default: field.default }
}

/** The whole input of an operation, or an object within it: closed, and complete but for what is optional or has a default. */
export function inputObjectSchema(fields: Readonly<Record<string, InputField>>): Keywords {
  const required = Object.keys(fields).filter((name) => !fields[name]?.optional && fields[name]?.default === undefined)
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, inputSchema(field)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  }
}

const scalar = (field: InputField): Keywords => valueSchema(field.type, field)

const list = (field: InputField, items: InputField): Keywords => ({
  ...valueSchema(field.type, field),
  items: inputSchema(items),
})
