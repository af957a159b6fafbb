import type { JsonSchema } from '../../expr/value.ts'
import { formMedia, multipartMedia } from '../../manifest/body-kind.ts'
import { inputObjectSchema } from '../../manifest/input-schema.ts'
import type { HttpBinding, InvokeOperation, UploadDefinition } from '../../manifest/manifest.ts'
import { acceptedBy } from '../rest/receive.ts'
import type { Content, OpenApiOperation } from './openapi.ts'

/** The body of an operation that takes files: a form with a part for each, or the one file itself (OpenAPI 3.1 §4.8.14). */
export function uploadBody(operation: InvokeOperation, binding: HttpBinding): OpenApiOperation['requestBody'] & object {
  const { files = {}, input } = operation
  const fields = inputObjectSchema(input.body?.fields ?? {})
  const needed = Object.entries(files).flatMap(([name, { optional }]) => (optional ? [] : [name]))
  const required = [...(Array.isArray(fields.required) ? fields.required : []), ...needed]
  const form = {
    schema: {
      ...fields,
      properties: { ...Object(fields.properties), ...mapped(files, fileSchema) },
      ...(required.length > 0 && { required }),
    },
    encoding: mapped(files, ({ types }) => ({ contentType: types.join(', ') })),
  }
  const content: Content = Object.fromEntries(
    acceptedBy(operation, binding).map((media) => [
      media,
      media === multipartMedia ? form : media === formMedia ? { schema: fields } : { schema: {} },
    ]),
  )
  return { required: required.length > 0, content }
}

const mapped = <T>(files: Readonly<Record<string, UploadDefinition>>, of: (file: UploadDefinition) => T) =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, of(file)]))

function fileSchema({ types, max, many, optional }: UploadDefinition): JsonSchema {
  const [only, ...more] = types
  const media = only !== undefined && more.length === 0 ? only : 'application/octet-stream'
  const one = { type: 'string', contentMediaType: media, description: `At most ${max} bytes.` }
  return many === undefined ? one : { type: 'array', items: one, ...(!optional && { minItems: 1 }), maxItems: many }
}
