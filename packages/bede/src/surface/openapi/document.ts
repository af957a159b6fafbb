import type { Manifest } from '../../manifest/manifest.ts'
import { tusVersion } from '../rest/tus.ts'
import type { Header, OpenApiDocument, OpenApiOperation, Parameter } from './openapi.ts'
import { describeOperation } from './operation.ts'
import { problemDetailSchema, problemResponses, problemSchema } from './problem-responses.ts'
import { securitySchemes } from './security.ts'
import { servicePaths, serviceTag } from './service-paths.ts'
import { shapeSchema } from './shape-schema.ts'

export interface OpenApiOptions {
  /** The version of the API, which its owner counts. Default `1.0.0`. */
  readonly version?: string
  /** The scheme of the Authorization header. Default `Bearer`. */
  readonly scheme?: string
  /** The cookie in which browsers bring sessions. */
  readonly cookie?: string
  /** Refusals have a form of the app's own instead of problem details. */
  readonly ownProblems?: boolean
}

/** The OpenAPI 3.1 document of everything a manifest exposes. A pure function: the same manifest gives the same text. */
export function openApiDocument(manifest: Manifest, options: OpenApiOptions = {}): OpenApiDocument {
  const { version = '1.0.0', scheme = 'Bearer', cookie, ownProblems = false } = options
  const { described, security } = securitySchemes(manifest, scheme, cookie)
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const [name, operation] of Object.entries(manifest.operations)) {
    if (!operation.http) continue
    const path = operation.http.path.replace(/:([A-Za-z_]\w*)/g, '{$1}')
    const item = paths[path] ?? {}
    item[operation.http.method.toLowerCase()] = describeOperation(manifest, name, operation, operation.http, security, {
      ownProblems,
    })
    paths[path] = item
  }
  const used = new Set(Object.values(paths).flatMap((item) => Object.values(item).flatMap(({ tags }) => tags)))
  return {
    openapi: '3.1.0',
    info: { title: manifest.name, version },
    servers: [{ url: '/' }],
    tags: [...[...used].sort().map((name) => ({ name })), serviceTag],
    paths: { ...paths, ...servicePaths(manifest, security) },
    components: {
      schemas: {
        ...Object.fromEntries(Object.entries(manifest.views).map(([name, view]) => [name, shapeSchema(view.shape)])),
        Problem: problemSchema,
        ProblemDetail: problemDetailSchema,
      },
      parameters,
      headers,
      responses: problemResponses({ own: ownProblems }),
      securitySchemes: described,
    },
  }
}

const header = (name: string, description: string, schema: Parameter['schema'] = { type: 'string' }): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
})

const parameters: Readonly<Record<string, Parameter>> = {
  IfMatch: header('If-Match', 'Entity tags, one of which the row must have; otherwise 412 and nothing is changed.'),
  IfNoneMatch: header('If-None-Match', 'Entity tags the caller has already; 304 when one is current.'),
  IfMatchUnlessNew: header(
    'If-Match',
    'Entity tags, one of which the row must have; otherwise 412, and 428 with neither this nor `If-None-Match: *`.',
  ),
  IfMatchRequired: {
    ...header('If-Match', 'Entity tags, one of which the row must have; otherwise 412, and 428 without any.'),
    required: true,
  },
  IfNoneMatchAny: header(
    'If-None-Match',
    '`*`: only where there is no such row yet; otherwise 412 and nothing is changed.',
    {
      type: 'string',
      const: '*',
    },
  ),
  IdempotencyKey: header(
    'Idempotency-Key',
    'Names this change: sent again under the same key it happens once, and the first answer comes again.',
    { type: 'string', minLength: 1, maxLength: 255 },
  ),
  TusResumable: {
    ...header('Tus-Resumable', 'The version of tus that the client speaks; another is a 412.', {
      type: 'string',
      const: tusVersion,
    }),
    required: true,
  },
  Prefer: header('Prefer', '`return=minimal`: the answer needs no body (RFC 7240).'),
}

const headers: Readonly<Record<string, Header>> = {
  RequestId: { description: 'Names this request in the logs.', schema: { type: 'string' } },
  ETag: {
    description: 'The version of what is shown, for `If-Match` and `If-None-Match`.',
    schema: { type: 'string' },
  },
  Link: { description: 'The next page, when there is one (RFC 8288).', schema: { type: 'string' } },
  Location: { description: 'Where what was created is read.', schema: { type: 'string' } },
  IdempotentReplayed: {
    description: '`true`: this is the answer to the first request with this key.',
    schema: { type: 'string', const: 'true' },
  },
}
