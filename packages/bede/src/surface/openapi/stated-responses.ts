import { emptyStatus, successStatus } from '../../engine/answer.ts'
import { inputSchema } from '../../manifest/input-schema.ts'
import type { InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import { jsonMedia } from '../http/request/body.ts'
import type { Header, Reference, Response } from './openapi.ts'
import { requestHeaders } from './problem-responses.ts'

type Headers = Readonly<Record<string, Header | Reference>>

/** Whether an operation says what it answers beyond the JSON of its success. */
export const isStated = ({ responses, produces }: InvokeOperation): boolean =>
  responses !== undefined || produces !== undefined

/** What a handler answers by status, as its route says it. `reads`: what it answers can be asked for again. */
export function statedResponses(
  operation: InvokeOperation,
  headers: Headers,
  reads: boolean,
): Readonly<Record<string, Response>> {
  const { output, produces, responses = {} } = operation
  const success = successStatus(operation)
  const own: Record<string, ResponseDefinition> =
    output === undefined && produces === undefined
      ? Object.keys(responses).some((status) => status.startsWith('2'))
        ? {}
        : { [emptyStatus(success)]: {} }
      : { [success]: { ...(output && { output }), ...(produces !== undefined && { produces }) } }
  const all = { ...own, ...responses }
  const tagged = reads && all[200] !== undefined && (all[200].output ?? all[200].produces) !== undefined
  const around = (status: string): Headers => {
    if (!status.startsWith('2')) return requestHeaders
    return tagged && status === '200' ? { ...headers, ETag: { $ref: '#/components/headers/ETag' } } : headers
  }
  return {
    ...Object.fromEntries(
      Object.entries(all).map(([status, response]) => [status, described(response, around(status))]),
    ),
    ...(tagged && {
      304: { description: 'What `If-None-Match` names is still current.', headers: requestHeaders },
    }),
  }
}

function described({ output, produces, headers = {}, description }: ResponseDefinition, around: Headers): Response {
  const lines = Object.entries(headers).map(([name, field]): [string, Header] => [
    name,
    { schema: inputSchema(field), ...(!field.optional && field.default === undefined && { required: true }) },
  ])
  const schema = output ? inputSchema(output) : produces?.startsWith('text/') ? { type: 'string' } : {}
  // The key is a media type; what its parameters are, the answer says.
  const media = produces?.split(';', 1)[0] ?? (output && jsonMedia)
  return {
    description: description ?? (media === undefined ? 'Done; there is nothing to show.' : 'Done.'),
    headers: { ...around, ...Object.fromEntries(lines) },
    ...(media !== undefined && { content: { [media]: { schema } } }),
  }
}
