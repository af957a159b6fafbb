import type { JsonSchema } from '../../expr/value.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import type { OpenApiOperation, PathItem, Reference } from './openapi.ts'
import { requestHeaders } from './problem-responses.ts'
import { type SecuritySchemes, securityOf } from './security.ts'

export const serviceTag = { name: 'service', description: 'Of the service itself.' }

const problem = (status: number): Reference => ({ $ref: `#/components/responses/Problem${status}` })
const problems = (...statuses: readonly number[]): Readonly<Record<string, Reference>> =>
  Object.fromEntries(statuses.map((status) => [status, problem(status)]))

/** The paths every service has: its health, and the batch of what it exposes. */
export function servicePaths(manifest: Manifest, security: SecuritySchemes): Readonly<Record<string, PathItem>> {
  return {
    '/batch': { post: batch(manifest, security) },
    '/health/live': { get: health('live', 'Whether the process answers') },
    '/health/ready': { get: health('ready', 'Whether calls can be served now') },
  }
}

const health = (state: string, summary: string): OpenApiOperation => ({
  operationId: `health.${state}`,
  summary,
  tags: [serviceTag.name],
  security: [{}],
  responses: {
    200: {
      description: 'Yes.',
      headers: requestHeaders,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { status: { const: state } },
            required: ['status'],
            additionalProperties: false,
          },
        },
      },
    },
    ...problems(400, 414, 431, 500, 503),
  },
})

function batch(manifest: Manifest, security: SecuritySchemes): OpenApiOperation {
  // What does not promise JSON cannot stand in a JSON answer.
  const names = Object.entries(manifest.operations)
    .filter(([, operation]) => operation.http && (operation.kind !== 'invoke' || operation.output))
    .map(([name]) => name)
  const item: JsonSchema = {
    type: 'object',
    properties: {
      operation: { type: 'string', ...(names.length > 0 ? { enum: names } : {}) },
      input: { type: 'object', description: 'The input of the operation, as one object.' },
    },
    required: ['operation'],
    additionalProperties: false,
  }
  const answer: JsonSchema = {
    type: 'object',
    properties: { status: { type: 'integer' }, body: {}, replayed: { type: 'boolean' } },
    required: ['status', 'body'],
    additionalProperties: false,
  }
  return {
    operationId: 'batch',
    summary: 'Several operations in one transaction: all or none',
    tags: [serviceTag.name],
    // Which scope a key needs, each entry says.
    security: [
      ...securityOf(security, { auth: 'optional' }),
      ...(security.key === undefined ? [] : [{ [security.key]: [] }]),
    ],
    parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { operations: { type: 'array', items: item, minItems: 1, maxItems: 100 } },
            required: ['operations'],
            additionalProperties: false,
          },
        },
      },
    },
    responses: {
      200: {
        description: 'All were done; their answers in the same order.',
        headers: requestHeaders,
        content: { 'application/json': { schema: { type: 'array', items: answer } } },
      },
      ...problems(400, 401, 403, 404, 408, 409, 413, 414, 415, 422, 431, 500, 503, 504),
    },
  }
}
