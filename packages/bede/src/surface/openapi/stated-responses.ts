import { emptyStatus, successStatus } from '../../engine/answer.ts'
import { inputSchema } from '../../manifest/input-schema.ts'
import type { InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import { jsonMedia } from '../http/body.ts'
import type { Header, Reference, Response } from './openapi.ts'
import { requestHeaders } from './problem-responses.ts'

type Headers = Readonly<Record<string, Header | Reference>>

/** Whether an operation says what it answers beyond the JSON of its success. */
export const isStated = ({ responses, produces }: InvokeOperation): boolean =>
  responses !== undefined || produces !== undefined

/** What a handler answers by status, as its route says it. */
export function statedResponses(operation: InvokeOperation, headers: Headers): Readonly<Record<string, Response>> {
  const { output, produces, responses = {} } = operation
  const success = successStatus(operation)
  const own: Record<string, ResponseDefinition> =
    output === undefined && produces === undefined
      ? Object.keys(responses).some((status) => status.startsWith('2'))
        ? {}
        : { [emptyStatus(success)]: {} }
      : { [success]: { ...(output && { output }), ...(produces !== undefined && { produces }) } }
  return Object.fromEntries(
    Object.entries({ ...own, ...responses }).map(([status, response]) => [
      status,
      described(response, status.startsWith('2') ? headers : requestHeaders),
    ]),
  )
}

function described({ output, produces, headers = {}, description }: ResponseDefinition, around: Headers): Response {
  const lines = Object.entries(headers).map(([name, field]): [string, Header] => [
    name,
    { schema: inputSchema(field), ...(!field.optional && field.default === undefined && { required: true }) },
  ])
  const schema = output ? inputSchema(output) : produces?.startsWith('text/') ? { type: 'string' } : {}
  const media = produces ?? (output && jsonMedia)
  return {
    description: description ?? (media === undefined ? 'Done; there is nothing to show.' : 'Done.'),
    headers: { ...around, ...Object.fromEntries(lines) },
    ...(media !== undefined && { content: { [media]: { schema } } }),
  }
}
