import { offsetMedia } from '../../engine/files/uploads/append.ts'
import { isUpload } from '../../manifest/exposed/uploads.ts'
import { takesBytes } from '../../manifest/files.ts'
import { inputSchema } from '../../manifest/input-schema.ts'
import type { FileAccess, InvokeOperation, Manifest, Operation } from '../../manifest/manifest.ts'
import type { FileRules } from '../../toolkit/content/admit.ts'
import { anything } from '../../toolkit/content/sniff.ts'
import { shownSize } from '../../toolkit/size.ts'
import type { Content, OpenApiOperation, Response } from './openapi.ts'
import { requestHeaders } from './problem-responses.ts'

const accessOf = (operation: Operation): FileAccess | undefined =>
  operation.kind === 'invoke' ? operation.file : undefined

function rulesOf({ models }: Manifest, access: FileAccess): FileRules | undefined {
  return access.does === 'signed' ? undefined : models[access.model]?.fields[access.field]?.file
}

/** Bytes have no schema (OpenAPI 3.1 §4.8.14.3). */
const bytesOf = (types: readonly string[]): Content => Object.fromEntries(types.map((type) => [type, { schema: {} }]))

/** What a `PUT` of a file takes, or a step of an upload; undefined: the operation takes no bytes. */
export function fileBody(manifest: Manifest, operation: Operation): OpenApiOperation['requestBody'] {
  const access = accessOf(operation)
  const rules = access && takesBytes(access) ? rulesOf(manifest, access) : undefined
  if (!rules) return undefined
  const types = access?.does === 'put' ? [...new Set([...rules.types, anything])] : [offsetMedia]
  const next = 'The bytes from `Upload-Offset` on, all that are left or some. '
  return { required: true, content: bytesOf(types), description: (access?.does === 'put' ? '' : next) + said(rules) }
}

/** Names of the header lines that a request about a file has beside those of its values; undefined: it is about none. */
export function fileHeaders(operation: Operation): readonly string[] | undefined {
  const access = accessOf(operation)
  if (isUpload(access)) return ['TusResumable']
  if (access?.does === 'put') return ['IfMatch', 'Prefer']
  if (access?.does === 'delete') return ['IfMatch', 'IdempotencyKey', 'Prefer']
  return undefined
}

/** With what a request about a file can be refused beside the others. */
export function fileRefusals(operation: Operation): readonly number[] {
  const access = accessOf(operation)
  if (access?.does === 'put' || access?.does === 'delete') return [412]
  if (!isUpload(access)) return []
  return { begin: [412, 413], find: [412], append: [412, 423, 460], abandon: [412] }[access.does]
}

const said = ({ types, max, pixels }: FileRules): string =>
  [
    `The file itself, of at most ${shownSize(max)}. It is what its bytes say: ${types.join(', ')}.`,
    ...(pixels === undefined ? [] : [`An image has at most ${pixels.toLocaleString('en')} pixels.`]),
  ].join(' ')

/** What is answered about a file; undefined: the operation is about none, or answers as every other. */
export function fileResponses(
  manifest: Manifest,
  operation: Operation,
): Readonly<Record<string, Response>> | undefined {
  const access = accessOf(operation)
  if (isUpload(access) && operation.kind === 'invoke') return uploadResponses(operation)
  if (access?.does === 'put' && operation.kind === 'invoke' && operation.output) {
    const tagged = { ...requestHeaders, ETag: { $ref: '#/components/headers/ETag' } }
    const content = { 'application/json': { schema: inputSchema(operation.output) } }
    return {
      200: { description: 'What stands in the row from now on.', headers: tagged, content },
      204: { description: 'Done; `Prefer` asked for no body.', headers: tagged },
    }
  }
  if (access?.does !== 'get' && access?.does !== 'signed') return undefined
  const rules = rulesOf(manifest, access)
  const types = rules && !rules.types.includes(anything) ? rules.types : ['*/*']
  const headers = { ...requestHeaders, ETag: { $ref: '#/components/headers/ETag' } }
  return {
    200: { description: 'The file.', headers, content: bytesOf(types) },
    206: { description: 'The part of it that `Range` asked for.', headers, content: bytesOf(types) },
    304: { description: 'What `If-None-Match` names is still current.', headers: requestHeaders },
    416: { description: 'The file ends before what `Range` asked for.', headers: requestHeaders },
  }
}

/** The header lines of an upload's answers, which have no body. */
const uploadResponses = ({ responses = {} }: InvokeOperation): Readonly<Record<string, Response>> =>
  Object.fromEntries(
    Object.entries(responses).map(([status, { description = '', headers = {} }]) => {
      const lines = Object.entries(headers).map(([name, field]) => [name, { schema: inputSchema(field) }] as const)
      return [status, { description, headers: { ...requestHeaders, ...Object.fromEntries(lines) } }]
    }),
  )
