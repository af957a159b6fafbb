import { emptyStatus, successStatus } from '../../engine/answer.ts'
import type { JsonSchema } from '../../expr/value.ts'
import { responseFor } from '../../manifest/answered.ts'
import { inputObjectSchema, inputSchema } from '../../manifest/input-schema.ts'
import type { HttpBinding, InputField, Manifest, Operation, Shape } from '../../manifest/manifest.ts'
import { tenantModel } from '../../manifest/tenant.ts'
import { jsonMedia, mergePatchMedia } from '../http/request/body.ts'
import { answersRepresentation, isComparable, isCreation } from '../rest/outcome-answer.ts'
import { fieldAt } from '../rest/read-input.ts'
import { exampleObject, exampleOf, hasExample } from './example.ts'
import { fileBody, fileHeaders, fileRefusals, fileResponses } from './file.ts'
import { numbersSchema } from './numbers-schema.ts'
import type { Content, OpenApiOperation, Parameter, Reference, Response } from './openapi.ts'
import { refusalsOf, requestHeaders } from './problem-responses.ts'
import { type SecuritySchemes, securityOf } from './security.ts'
import { shapeSchema } from './shape-schema.ts'
import { inEitherForm, isStated, statedResponses } from './stated-responses.ts'
import { uploadBody } from './upload-body.ts'

/** One operation of the manifest as OpenAPI describes it. */
export function describeOperation(
  manifest: Manifest,
  name: string,
  operation: Operation,
  binding: HttpBinding,
  schemes: SecuritySchemes,
  { ownProblems = false }: { readonly ownProblems?: boolean } = {},
): OpenApiOperation {
  const parameters = [...valueParameters(operation, binding), ...headerParameters(operation, binding)]
  const body =
    fileBody(manifest, operation) ??
    (operation.kind === 'invoke' && operation.files
      ? uploadBody(operation, binding)
      : binding.body && bodyOf(operation, binding, binding.body))
  const tag = tagOf(manifest, name, operation)
  const model = Object.hasOwn(manifest.models, tag) ? manifest.models[tag] : undefined
  const whose = model && tenantModel(model)
  return {
    operationId: name,
    ...(operation.summary === undefined ? {} : { summary: operation.summary }),
    ...(binding.deprecated ? { deprecated: true } : {}),
    ...described([
      whose === undefined ? [] : [`Of the caller's own ${whose} alone; what belongs to another is not there.`],
      operation.stepUp === undefined ? [] : [asksAgain(operation.stepUp)],
    ]),
    tags: [tag],
    security: securityOf(schemes, operation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: together(
      [...refusalsOf(operation, binding, schemes.key !== undefined), ...fileRefusals(operation)],
      fileResponses(manifest, operation) ?? successes(operation, binding),
      ownProblems,
    ),
  }
}

/** The refusals, and what is answered otherwise. What a handler answers with a status that is also refused with, comes in either form. */
function together(
  refusals: readonly number[],
  answered: Readonly<Record<string, Response>>,
  ownProblems: boolean,
): OpenApiOperation['responses'] {
  const all: Record<string, Response | Reference> = { ...answered }
  for (const status of refusals) {
    const exact = all[status]
    const own = exact ?? responseFor(answered, status)
    if (own === undefined || '$ref' in own) all[status] = { $ref: `#/components/responses/Problem${status}` }
    else if (!ownProblems) {
      // What is said of several statuses was not said of this one.
      const description = exact ? own.description : `A refusal, or an answer of the handler: ${own.description}`
      all[status] = { ...inEitherForm(own), description }
    }
  }
  return all
}

const described = (lines: readonly (readonly string[])[]): { readonly description?: string } => {
  const text = lines.flat().join('\n\n')
  return text === '' ? {} : { description: text }
}

const asksAgain = (seconds: number): string =>
  `Asks for a proof of who the caller is that is no older than ${seconds} seconds, else 401 \`step-up-required\`: see \`POST /auth/step-up\`.`

const searchWords =
  'Words to look for: all of them, a "phrase in quotes", this or that, -without. What fits best comes first where no order is asked for.'

const isSearch = (operation: Operation, input: string): boolean =>
  operation.kind === 'read' && operation.answers?.kind === 'page' && operation.answers.page.searched?.input === input

function valueParameters(operation: Operation, binding: HttpBinding): readonly Parameter[] {
  const described =
    (place: 'path' | 'query' | 'header' | 'cookie') =>
    ([name, path]: readonly [string, readonly string[]]): Parameter => {
      const field = fieldAt(operation.input, path)
      const numbers = numbersSchema(field)
      const list = numbers !== undefined || (field.type.kind === 'array' && place === 'query')
      return {
        name,
        in: place,
        ...(place === 'query' && isSearch(operation, name) ? { description: searchWords } : {}),
        required: place === 'path' || !(field.optional || field.default !== undefined),
        schema: numbers ?? inputSchema(field),
        ...(list
          ? { style: place === 'query' ? 'form' : 'simple', explode: binding.repeated?.includes(name) ?? false }
          : {}),
        ...(hasExample(field) && place === 'path' && !numbers ? { example: exampleOf(field) } : {}),
      }
    }
  return [
    ...Object.entries(binding.params).map(described('path')),
    ...Object.entries(binding.query).map(described('query')),
    ...Object.entries(binding.headers ?? {}).map(described('header')),
    ...Object.entries(binding.cookies ?? {}).map(described('cookie')),
  ]
}

const isMatchRequired = (operation: Operation): boolean => operation.kind === 'write' && operation.requireMatch === true

const matchParameter = (operation: Operation): string => {
  if (!isMatchRequired(operation)) return 'IfMatch'
  return isCreation(operation) ? 'IfMatchUnlessNew' : 'IfMatchRequired'
}

/** Whether `Prefer: return=minimal` does anything. */
const heedsPrefer = (operation: Operation): boolean => operation.kind !== 'invoke'

const parameter = (name: string): Reference => ({ $ref: `#/components/parameters/${name}` })

function headerParameters(operation: Operation, { method }: HttpBinding): readonly Reference[] {
  const file = fileHeaders(operation)
  if (file) return file.map(parameter)
  if (method === 'GET') return [parameter('IfNoneMatch')]
  return [
    ...(isComparable(operation) ? [parameter(matchParameter(operation))] : []),
    ...(isCreation(operation) ? [parameter('IfNoneMatchAny')] : []),
    parameter('IdempotencyKey'),
    ...(heedsPrefer(operation) ? [parameter('Prefer')] : []),
  ]
}

function bodyOf(operation: Operation, binding: HttpBinding, path: readonly string[]) {
  const [schema, required, example] = bodyParts(operation, binding, path)
  const media = { schema, ...(example === undefined ? {} : { example }) }
  const accepted = binding.accepts ?? [jsonMedia, ...(binding.patch ? [mergePatchMedia] : [])]
  const content: Content = Object.fromEntries(accepted.map((one) => [one, media]))
  return { required, content }
}

/** The body is one input, or all inputs that neither the path nor the query gives. */
function bodyParts(
  operation: Operation,
  binding: HttpBinding,
  path: readonly string[],
): readonly [JsonSchema, boolean, unknown] {
  if (path.length > 0) {
    const field = withoutGiven(fieldAt(operation.input, path), path, binding)
    return [
      inputSchema(field),
      !field.optional && field.default === undefined,
      hasExample(field) ? exampleOf(field) : undefined,
    ]
  }
  const elsewhere = new Set([...Object.values(binding.params), ...Object.values(binding.query)].map(([first]) => first))
  const fields: Record<string, InputField> = Object.fromEntries(
    Object.entries(operation.input).filter(([name]) => !elsewhere.has(name)),
  )
  const schema = inputObjectSchema(fields)
  return [schema, 'required' in schema, Object.values(fields).every(hasExample) ? exampleObject(fields) : undefined]
}

const location = { Location: { $ref: '#/components/headers/Location' } }

const isUpsert = (operation: Operation): boolean =>
  operation.kind === 'write' &&
  operation.write?.kind === 'create' &&
  operation.write.exists?.then === 'update' &&
  operation.http?.status === undefined

/** An object without the members that the path or the query gives. */
function withoutGiven(field: InputField, path: readonly string[], { params, query }: HttpBinding): InputField {
  const given = [...Object.values(params), ...Object.values(query)]
    .filter((one) => one.length === path.length + 1 && path.every((step, index) => step === one[index]))
    .map((one) => one.at(-1))
  if (!field.fields || given.length === 0) return field
  return {
    ...field,
    fields: Object.fromEntries(Object.entries(field.fields).filter(([name]) => !given.includes(name))),
  }
}

function successes(operation: Operation, binding: HttpBinding): Readonly<Record<string, Response>> {
  const status = successStatus(operation)
  const schema = answerSchema(operation)
  const reads = binding.method === 'GET'
  const isPage = operation.kind !== 'invoke' && operation.answers?.kind === 'page'
  const headers = {
    ...requestHeaders,
    ...((reads || answersRepresentation(operation)) && schema ? { ETag: { $ref: '#/components/headers/ETag' } } : {}),
    ...(binding.location !== undefined && !isUpsert(operation) ? location : {}),
    ...(isPage ? { Link: { $ref: '#/components/headers/Link' } } : {}),
    ...(reads ? {} : { 'Idempotent-Replayed': { $ref: '#/components/headers/IdempotentReplayed' } }),
  }
  const createdHeaders = { ...headers, ...(binding.location === undefined ? {} : location) }
  const empty: Response = { description: 'Done; there is nothing to show.', headers: { ...requestHeaders } }
  const full: Response = { description: 'Done.', headers, ...(schema ? { content: { [jsonMedia]: { schema } } } : {}) }
  if (operation.kind === 'invoke' && isStated(operation)) return statedResponses(operation, headers, reads)
  if (schema === undefined && operation.kind === 'invoke') {
    return { [status]: { ...full, description: 'What the handler answers; it may also answer with another status.' } }
  }
  if (schema === undefined) return { [emptyStatus(status)]: empty }
  return {
    [status]: isUpsert(operation) ? { ...full, description: 'Done; the row was there.' } : full,
    ...(isUpsert(operation)
      ? { 201: { ...full, description: 'Done; the row was created.', headers: createdHeaders } }
      : {}),
    ...(reads ? { 304: { description: 'What `If-None-Match` names is still current.', headers: requestHeaders } } : {}),
    // Asked for by `Prefer: return=minimal`; or written, and not to be read by who wrote it. A handler answers what it does.
    ...(reads || emptyStatus(status) === status || !heedsPrefer(operation) ? {} : { [emptyStatus(status)]: empty }),
  }
}

function answerSchema(operation: Operation): JsonSchema | undefined {
  if (operation.kind === 'invoke') return operation.output ? inputSchema(operation.output) : undefined
  if (operation.write?.each !== undefined) return outcomes
  return operation.answers ? shapeSchema(operation.answers) : undefined
}

/** What came of each item of a bulk write, in their order. */
const outcomes: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      status: { type: 'string', enum: ['created', 'updated', 'deleted', 'refused'] },
      code: { type: ['string', 'null'], description: 'Why it was refused.' },
      id: { type: ['string', 'integer', 'null'] },
    },
    required: ['status', 'code', 'id'],
    additionalProperties: false,
  },
}

/** Operations are shown by the model they are about; those that identity brings, whatever they are about, together. */
export function tagOf(manifest: Manifest, name: string, operation: Operation): string {
  const [model = ''] = name.split('.')
  if (name.includes('.') && Object.hasOwn(manifest.models, model)) return model
  if (name.includes('.')) return 'auth'
  if (operation.kind === 'invoke') return manifest.name
  return operation.write?.model ?? (operation.answers && modelOf(manifest, operation.answers)) ?? manifest.name
}

function modelOf(manifest: Manifest, shape: Shape): string | undefined {
  switch (shape.kind) {
    case 'value':
      return undefined
    case 'object':
      return Object.values(shape.members)
        .map((member) => modelOf(manifest, member))
        .find((model) => model !== undefined)
    case 'view':
      return manifest.views[shape.view]?.model
    default:
      return shape.from.model
  }
}
