import type { JsonSchema } from '../../expr/value.ts'
import { takesBytes } from '../../manifest/files.ts'
import type { CompiledOperation, HttpBinding, Operation, Shape } from '../../manifest/manifest.ts'
import { request } from '../../telemetry/catalogue/request.ts'
import { isComparable, isCreation } from '../rest/outcome-answer.ts'
import type { Content, Header, Reference, Response } from './openapi.ts'

export const problemMedia = 'application/problem+json'
export const problemReference: JsonSchema = { $ref: '#/components/schemas/Problem' }

/** Problem details (RFC 9457) as every refusal has them. */
export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'Why a request was refused (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri', description: 'Names the kind of problem; leads nowhere.' },
    title: { type: 'string', description: 'The same for every problem of this kind.' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened this time.' },
    code: {
      type: 'string',
      enum: Object.keys(request),
      description: 'For programs. A code keeps its meaning for ever.',
    },
    details: { type: 'array', items: { $ref: '#/components/schemas/ProblemDetail' } },
    hint: { type: 'string', description: 'What to do next.' },
    requestId: { type: 'string', description: 'Names this request in the logs.' },
    challenge: {
      type: 'string',
      description: 'Of `second-factor-required`: what `POST /auth/second-factor` takes with the second step.',
    },
    factors: {
      type: 'array',
      items: { enum: ['totp', 'recovery-code', 'passkey'] },
      description: 'Of `second-factor-required`: what the second step can be.',
    },
    'violated-policies': {
      type: 'array',
      items: { type: 'string' },
      description: 'Of `rate-limited`: the limits that it was too much for, as `RateLimit-Policy` names them.',
    },
    maxAge: {
      type: 'integer',
      description: 'Of `step-up-required`: how many seconds ago the caller may have proved who they are (RFC 9470).',
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
}

export const problemDetailSchema: JsonSchema = {
  type: 'object',
  properties: {
    place: {
      type: 'string',
      description: 'Where: a JSON Pointer into the request, such as `/body/title` or `/query/limit`.',
    },
    code: { type: 'string' },
    message: { type: 'string' },
    hint: { type: 'string' },
  },
  required: ['place', 'code', 'message'],
}

export interface ProblemForms {
  /** The app writes its refusals in a form of its own, which no manifest knows. */
  readonly own: boolean
}

/** The refusals by status, each with the codes it can carry. */
export function problemResponses({ own }: ProblemForms): Readonly<Record<string, Response>> {
  const byStatus = new Map<number, string[]>()
  for (const [code, { status, title }] of Object.entries(request)) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${title}.`])
  }
  const content: Content = own
    ? { 'application/json': { schema: {} } }
    : { [problemMedia]: { schema: problemReference } }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]): [string, Response] => [
      `Problem${status}`,
      { description: lines.join('\n\n'), headers: { ...requestHeaders, ...headersOf[status] }, content },
    ]),
  )
}

export const requestHeaders: Readonly<Record<string, Reference>> = {
  'X-Request-Id': { $ref: '#/components/headers/RequestId' },
}

const headersOf: Readonly<Record<number, Readonly<Record<string, Header>>>> = {
  401: { 'WWW-Authenticate': { description: 'The scheme to sign in with.', schema: { type: 'string' } } },
  403: {
    'WWW-Authenticate': {
      description: 'Of `insufficient-scope`: the scope that an API key needs for this (RFC 6750).',
      schema: { type: 'string' },
    },
  },
  423: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
  429: {
    'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
    'RateLimit-Policy': {
      description: 'Of `rate-limited`: by name, how many points there are (`q`) in how many seconds (`w`).',
      schema: { type: 'string' },
    },
    RateLimit: {
      description: 'Of `rate-limited`: by name, how many points are left (`r`), all of them back in `t` seconds.',
      schema: { type: 'string' },
    },
  },
  503: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
}

/** What any request can meet at the edge, before an operation is asked: its form, its credential, its size, its time. */
const always = [400, 401, 406, 414, 429, 431, 500, 503, 504]
const withBody = [408, 413, 415]
/** A handler may refuse with any of these. */
const handled = [403, 404, 409, 422]

/** Every status an operation can refuse with, by what it is made of. `keys`: a caller may come with an API key. */
export function refusalsOf(operation: Operation, binding: HttpBinding, keys: boolean): readonly number[] {
  const statuses = new Set(always)
  if (keys) statuses.add(403)
  const access = operation.kind === 'invoke' ? operation.file : undefined
  const body =
    binding.body !== undefined ||
    (operation.kind === 'invoke' && (operation.files !== undefined || (access !== undefined && takesBytes(access))))
  if (body) for (const status of withBody) statuses.add(status)
  const writes = binding.method !== 'GET'
  if (Object.keys(operation.input).length > 0 || writes || body) statuses.add(422)
  const own = operation.kind === 'invoke' ? handled : compiledRefusals(operation)
  if (isComparable(operation) || isCreation(operation)) statuses.add(412)
  if (operation.kind === 'write' && operation.requireMatch) statuses.add(428)
  if (operation.exclusive?.wait === false) statuses.add(423)
  for (const status of own) statuses.add(status)
  return [...statuses].sort((a, b) => a - b)
}

function compiledRefusals({ write, answers }: CompiledOperation): readonly number[] {
  const missing = answers !== undefined && isRequired(answers) ? [404] : []
  if (!write) return missing
  // The policy, the unique indexes and references, and another change at the same time.
  const changes = [403, 409, 422]
  if (write.kind === 'create') return [...changes, ...missing]
  return [...changes, 404]
}

/** Whether an answer has to have a row that may not be there. */
const isRequired = (shape: Shape): boolean => {
  if (shape.kind === 'one') return !shape.nullable
  return shape.kind === 'object' && Object.values(shape.members).some(isRequired)
}
