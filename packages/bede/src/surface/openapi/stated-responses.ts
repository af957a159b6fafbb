import { emptyStatus, successStatus } from '../../engine/answer.ts'
import { essenceOf, formsOf, hasSuccess, ownAnswer, responseFor } from '../../manifest/answered.ts'
import { inputSchema } from '../../manifest/input-schema.ts'
import type { InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import type { Content, Header, Reference, Response } from './openapi.ts'
import { problemMedia, problemReference, requestHeaders } from './problem-responses.ts'

type Headers = Readonly<Record<string, Header | Reference>>

/** Whether an operation says what it answers beyond the JSON of its success. */
export const isStated = ({ responses, produces, also }: InvokeOperation): boolean =>
  responses !== undefined || produces !== undefined || also !== undefined

/** What a handler answers by status, as its route says it. `reads`: what it answers can be asked for again. */
export function statedResponses(
  operation: InvokeOperation,
  headers: Headers,
  reads: boolean,
): Readonly<Record<string, Response>> {
  const { responses = {} } = operation
  const success = successStatus(operation)
  const said = ownAnswer(operation)
  const own: Record<string, ResponseDefinition> = said
    ? { [success]: said }
    : hasSuccess(responses)
      ? {}
      : { [emptyStatus(success)]: {} }
  const all = { ...own, ...responses }
  const fine = responseFor(all, 200)
  const tagged = reads && fine !== undefined && formsOf(fine).size > 0
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

function described(response: ResponseDefinition, around: Headers): Response {
  const { headers = {}, description } = response
  const lines = Object.entries(headers).map(([name, field]): [string, Header] => [
    name,
    { schema: inputSchema(field), ...(!field.optional && field.default === undefined && { required: true }) },
  ])
  const content: Content = Object.fromEntries(
    [...formsOf(response)].map(([media, { output }]) => [
      // The key is a media type; what its parameters are, the answer says.
      essenceOf(media),
      { schema: output ? inputSchema(output) : media.startsWith('text/') ? { type: 'string' } : {} },
    ]),
  )
  const isEmpty = Object.keys(content).length === 0
  return {
    description: description ?? (isEmpty ? 'Done; there is nothing to show.' : 'Done.'),
    headers: { ...around, ...Object.fromEntries(lines) },
    ...(!isEmpty && { content }),
  }
}

/** What a handler answers, or a refusal of the same status, which has none of its lines. */
export function inEitherForm({ content = {}, headers = {}, ...own }: Response): Response {
  const lines = Object.entries(headers).map(([name, line]): [string, Header | Reference] => {
    if ('$ref' in line) return [name, line]
    const { required: _, ...optional } = line
    return [name, optional]
  })
  const problem = content[problemMedia]
  return {
    ...own,
    headers: Object.fromEntries(lines),
    content: {
      ...content,
      [problemMedia]: { schema: problem ? { anyOf: [problem.schema, problemReference] } : problemReference },
    },
  }
}
