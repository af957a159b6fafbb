import type { FileAccess, Manifest, Operation } from '../../manifest/manifest.ts'
import type { FileRules } from '../../toolkit/content/admit.ts'
import { anything } from '../../toolkit/content/sniff.ts'
import { shownSize } from '../../toolkit/size.ts'
import type { Content, OpenApiOperation, Response } from './openapi.ts'
import { requestHeaders } from './problem-responses.ts'

const accessOf = (operation: Operation): FileAccess | undefined =>
  operation.kind === 'invoke' ? operation.file : undefined

/** Whether the body of the request is a file. */
export const isPut = (operation: Operation): boolean => accessOf(operation)?.does === 'put'

function rulesOf({ models }: Manifest, access: FileAccess): FileRules | undefined {
  return access.does === 'signed' ? undefined : models[access.model]?.fields[access.field]?.file
}

/** Bytes have no schema (OpenAPI 3.1 §4.8.14.3). */
const bytesOf = (types: readonly string[]): Content => Object.fromEntries(types.map((type) => [type, { schema: {} }]))

/** What a `PUT` of a file takes; undefined: the operation takes none. */
export function fileBody(manifest: Manifest, operation: Operation): OpenApiOperation['requestBody'] {
  const access = accessOf(operation)
  const rules = access?.does === 'put' ? rulesOf(manifest, access) : undefined
  return (
    rules && { required: true, content: bytesOf([...new Set([...rules.types, anything])]), description: said(rules) }
  )
}

const said = ({ types, max, pixels }: FileRules): string =>
  [
    `The file itself, of at most ${shownSize(max)}. It is what its bytes say: ${types.join(', ')}.`,
    ...(pixels === undefined ? [] : [`An image has at most ${pixels.toLocaleString('en')} pixels.`]),
  ].join(' ')

/** What a `GET` of a file answers; undefined: the operation is none. */
export function fileResponses(
  manifest: Manifest,
  operation: Operation,
): Readonly<Record<string, Response>> | undefined {
  const access = accessOf(operation)
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
