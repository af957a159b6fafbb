import { Compile } from 'typebox/schema'
import type { JsonSchema } from '../../../expr/value.ts'
import { essenceOf, responseFor } from '../../../manifest/answered.ts'
import type { Manifest, Operation } from '../../../manifest/manifest.ts'
import { openApiDocument } from '../../../surface/openapi/document.ts'
import type { Header, OpenApiDocument, Reference, Response } from '../../../surface/openapi/openapi.ts'
import { problemMedia } from '../../../surface/openapi/problem-responses.ts'
import { isStated } from '../../../surface/openapi/stated-responses.ts'
import type { Served } from '../target/serve.ts'

/** What the OpenAPI document of an app says of the answers of one operation. */
export interface Documented {
  readonly statuses: readonly number[]
  /** The media types that there are to choose from. */
  readonly media: readonly string[]
  /** What is wrong with an answer, in words; undefined: it is as documented. */
  mistake(answer: Answered): string | undefined
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The answers of every operation, as the document that the app serves has them. */
export function documentedAnswers(manifest: Manifest, { scheme, backend }: Served): ReadonlyMap<string, Documented> {
  const { cookie } = backend
  const ownProblems = backend.options.problem !== undefined
  const document = openApiDocument(manifest, { scheme, ...(cookie && { cookie: cookie.name }), ownProblems })
  const found = new Map<string, Documented>()
  for (const item of Object.values(document.paths)) {
    for (const { operationId, responses } of Object.values(item))
      found.set(operationId, documented(document, manifest.operations[operationId], responses, ownProblems))
  }
  return found
}

type Checks = Pick<ReturnType<typeof Compile>, 'Check' | 'Errors'>

function documented(
  document: OpenApiDocument,
  operation: Operation | undefined,
  responses: Readonly<Record<string, Response | Reference>>,
  ownProblems: boolean,
): Documented {
  const known = Object.fromEntries(Object.entries(responses).map(([status, one]) => [status, resolved(document, one)]))
  const compiled = new Map<string, Checks>()
  const check = (key: string, schema: JsonSchema): Checks => {
    const validator = compiled.get(key) ?? compile(document, schema)
    compiled.set(key, validator)
    return validator
  }
  // A handler that states no output answers with what it likes, in any status but those of a fault.
  const free = operation?.kind === 'invoke' && operation.output === undefined && !isStated(operation)
  // A fault that a route declares is an answer of its handler; in the app's own form it could be one of Bede's.
  const answered = !ownProblems && operation?.kind === 'invoke' ? Object.keys(operation.responses ?? {}) : []
  return {
    statuses: Object.keys(known)
      .map(Number)
      .filter(Number.isInteger)
      .sort((a, b) => a - b),
    media: several(known),
    mistake({ status, headers, text }) {
      if (status === 0) return 'the connection ends without an answer'
      const response = responseFor(known, status)
      const own = essenceOf(headers.get('content-type') ?? '')
      const isAnswer = own !== problemMedia && (answered.includes(String(status)) || answered.includes('5XX'))
      if (status >= 500 && !isAnswer) return `it fails with ${status}`
      if (!response) return free ? undefined : `the status ${status} is not documented`
      if (free && status < 400) return undefined
      const wrong =
        own === problemMedia
          ? undefined
          : lineMistake(document, response, headers, (key, schema) => check(`${status} ${key}`, schema))
      if (wrong !== undefined) return wrong
      const media = Object.keys(response.content ?? {})
      if (media.length === 0) return text === '' ? undefined : 'there is a body, and none is documented'
      if (!media.some((one) => one === own || one === '*/*'))
        return `its content type is ${own || 'missing'}, and ${media.join(' or ')} is documented`
      if (choices(response).length > 1 && !/(?:^|,)\s*accept\s*(?:,|$)/i.test(headers.get('vary') ?? ''))
        return 'it has several media types, and does not say that it depends on Accept'
      const schema = (response.content?.[own] ?? response.content?.['*/*'])?.schema
      if (schema === undefined || schema === true || !own.includes('json')) return undefined
      const json = parsed(text)
      if (json === undefined) return 'its body is no JSON'
      const validator = check(`${status} ${own}`, schema)
      if (validator.Check(json.value)) return undefined
      const [first] = validator.Errors(json.value)[1]
      return `its body is not as documented: ${first?.instancePath || 'the whole'} ${first?.message ?? ''}`.trim()
    },
  }
}

/** What an answer comes in, beside a problem. */
const choices = ({ content = {} }: Response): readonly string[] =>
  Object.keys(content).filter((media) => media !== problemMedia)

const several = (responses: Readonly<Record<string, Response>>): readonly string[] => [
  ...new Set(Object.values(responses).flatMap((response) => (choices(response).length > 1 ? choices(response) : []))),
]

/** What is wrong with the header lines of an answer. */
function lineMistake(
  { components }: OpenApiDocument,
  { headers: said = {} }: Response,
  headers: Headers,
  check: (name: string, schema: JsonSchema) => Checks,
): string | undefined {
  for (const [name, one] of Object.entries(said)) {
    const line: Header | undefined = '$ref' in one ? components.headers[one.$ref.split('/').at(-1) ?? ''] : one
    const text = headers.get(name)
    if (!line || (text === null && !line.required)) continue
    if (text === null) return `its header ${name} is missing`
    if (!check(name, line.schema).Check(spokenOf(line.schema, text)))
      return `its header ${name} is not as documented: ${text.slice(0, 100)}`
  }
  return undefined
}

/** What a header line says, by its schema (OpenAPI 3.1, style simple). */
function spokenOf(schema: JsonSchema, text: string): unknown {
  const { type, items } = typeof schema === 'object' ? (schema as { type?: unknown; items?: JsonSchema }) : {}
  const types = [type].flat()
  if (types.includes('array')) return text.split(',').map((item) => spokenOf(items ?? {}, item.trim()))
  if ((types.includes('integer') || types.includes('number')) && text.trim() !== '') return Number(text)
  return types.includes('boolean') && (text === 'true' || text === 'false') ? text === 'true' : text
}

/** References into the document are those of the schema itself. */
function compile({ components }: OpenApiDocument, schema: JsonSchema): Checks {
  const whole = typeof schema === 'boolean' ? {} : schema
  const inside = JSON.parse(
    JSON.stringify({ ...whole, $defs: components.schemas }).replaceAll('"#/components/schemas/', '"#/$defs/'),
  )
  return Compile(inside)
}

function resolved({ components }: OpenApiDocument, response: Response | Reference): Response {
  if (!('$ref' in response)) return response
  return components.responses[response.$ref.split('/').at(-1) ?? ''] ?? { description: '' }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
