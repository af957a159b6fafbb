import { Compile } from 'typebox/schema'
import type { JsonSchema } from '../../../expr/value.ts'
import type { Manifest } from '../../../manifest/manifest.ts'
import { openApiDocument } from '../../../surface/openapi/document.ts'
import type { OpenApiDocument, Reference, Response } from '../../../surface/openapi/openapi.ts'
import { isStated } from '../../../surface/openapi/stated-responses.ts'
import type { Served } from '../target/serve.ts'

/** What the OpenAPI document of an app says of the answers of one operation. */
export interface Documented {
  readonly statuses: readonly number[]
  /** What is wrong with an answer, in words; undefined: it is as documented. */
  mistake(answer: { readonly status: number; readonly type: string; readonly text: string }): string | undefined
}

/** The answers of every operation, as the document that the app serves has them. */
export function documentedAnswers(manifest: Manifest, { scheme, backend }: Served): ReadonlyMap<string, Documented> {
  const { cookie } = backend
  const document = openApiDocument(manifest, {
    scheme,
    ...(cookie && { cookie: cookie.name }),
    ownProblems: backend.options.problem !== undefined,
  })
  const found = new Map<string, Documented>()
  for (const item of Object.values(document.paths)) {
    for (const { operationId, responses } of Object.values(item))
      found.set(operationId, documented(document, manifest, operationId, responses))
  }
  return found
}

type Checks = Pick<ReturnType<typeof Compile>, 'Check' | 'Errors'>

function documented(
  document: OpenApiDocument,
  manifest: Manifest,
  name: string,
  responses: Readonly<Record<string, Response | Reference>>,
): Documented {
  const byStatus = new Map(Object.entries(responses).map(([status, one]) => [Number(status), resolved(document, one)]))
  const compiled = new Map<string, Checks>()
  const operation = manifest.operations[name]
  // A handler that states no output answers with what it likes, in any status but those of a fault.
  const free = operation?.kind === 'invoke' && operation.output === undefined && !isStated(operation)
  return {
    statuses: [...byStatus.keys()].sort((a, b) => a - b),
    mistake({ status, type, text }) {
      if (status >= 500 || status === 0)
        return status === 0 ? 'the connection ends without an answer' : `it fails with ${status}`
      const response = byStatus.get(status)
      if (!response) return free ? undefined : `the status ${status} is not documented`
      if (free && status < 400) return undefined
      const media = Object.keys(response.content ?? {})
      const [own = ''] = type.split(';')
      if (media.length === 0) return text === '' ? undefined : 'there is a body, and none is documented'
      if (!media.some((one) => one === own || one === '*/*'))
        return `its content type is ${own || 'missing'}, and ${media.join(' or ')} is documented`
      const schema = (response.content?.[own] ?? response.content?.['*/*'])?.schema
      if (schema === undefined || schema === true || !own.includes('json')) return undefined
      const json = parsed(text)
      if (json === undefined) return 'its body is no JSON'
      const key = `${status} ${own}`
      const validator = compiled.get(key) ?? compile(document, schema)
      compiled.set(key, validator)
      if (validator.Check(json.value)) return undefined
      const [first] = validator.Errors(json.value)[1]
      return `its body is not as documented: ${first?.instancePath || 'the whole'} ${first?.message ?? ''}`.trim()
    },
  }
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
