import { failureOf } from '../../declare/failed.ts'
import { type InputDeclarations, isField } from '../../declare/inputs.ts'
import type { RecordedAlso, RecordedResponse } from '../../declare/responses.ts'
import type { RouteDeclaration } from '../../declare/route.ts'
import type { FieldDeclaration } from '../../model/field.ts'
import { tightenAt } from '../constrain.ts'
import type { HttpBinding, InputField, Operation, ResponseDefinition } from '../manifest.ts'
import { Substitution } from '../substitute.ts'
import { cacheOf } from './cache.ts'
import { linkExclusive } from './exclusive.ts'
import { group, linkInput, linkInputs } from './input.ts'
import { linkShape, type ShapeContext } from './shape.ts'
import { stepUpOf } from './step-up.ts'
import { linkWrite } from './write.ts'

/** A route as an operation with its own address. What it calls is written out: one statement, whatever it is made of. */
export const linkRoute = (route: RouteDeclaration, context: ShapeContext): Operation => {
  const { params, query, headers, cookies, body } = route.inputs
  const { repeated, accepts } = route.forms
  const sent = bodyInput(body)
  const input: Readonly<Record<string, InputField>> = {
    ...(Object.keys(params).length > 0 && { params: group(linkInputs(params)) }),
    ...(Object.keys(query).length > 0 && { query: group(linkInputs(query)) }),
    ...(Object.keys(headers).length > 0 && { headers: group(linkInputs(headers)) }),
    ...(Object.keys(cookies).length > 0 && { cookies: group(linkInputs(cookies)) }),
    ...(sent && { body: sent }),
  }
  const { does } = route
  const http: HttpBinding = {
    method: route.method,
    path: route.path,
    params: below('params', params),
    query: below('query', query),
    ...(repeated.length > 0 && { repeated }),
    ...(input.headers !== undefined && { headers: below('headers', headers) }),
    ...(input.cookies !== undefined && { cookies: below('cookies', cookies) }),
    ...(accepts.length > 0 && { accepts }),
    ...(input.body !== undefined && { body: ['body'] }),
    ...status(route),
    ...(route.deprecated && { deprecated: route.deprecated }),
  }
  const base = { auth: route.auth, input, http, ...(route.summary !== undefined && { summary: route.summary }) }
  switch (does.kind) {
    case 'answers':
      return { ...base, kind: 'read', answers: linkShape(does.shape, context), ...cacheOf(does.shape) }
    case 'calls': {
      const { action } = does
      // An action that has failed has its mistakes listed: there is nothing to call.
      if (failureOf(action) !== undefined) return { ...base, kind: 'read' }
      const substitution = new Substitution(does.with, linkInputs(action.input))
      const own = action.answers && substitution.shape(linkShape(action.answers, context))
      const answers = does.shape && linkShape(does.shape, { ...context, ...(own && { result: own }) })
      // What the action demands of its inputs, it demands of the route's.
      const inputs = does.with.reduce((known, { path, node }) => {
        const demanded = inputAt(substitution.fields, path)
        return node.kind === 'input' && demanded !== undefined ? tightenAt(known, node.path, demanded) : known
      }, base.input)
      return {
        ...base,
        input: inputs,
        kind: 'write',
        write: substitution.write(linkWrite(action.write)),
        ...(answers && { answers }),
        ...substitution.exclusive(linkExclusive(action, context.nameOf(action))),
        ...stepUpOf(action),
      }
    }
    case 'run':
      return {
        ...base,
        kind: 'invoke',
        ...(does.allow && { allow: does.allow }),
        ...(Object.keys(does.files).length > 0 && { files: does.files }),
        ...(does.output !== undefined && { output: linkShaped(does.output) }),
        ...(does.produces !== undefined && { produces: does.produces }),
        ...linkAlso(does.also),
        ...(does.responses.size > 0 && { responses: linkResponses(does.responses) }),
        ...(does.sensitive && { sensitive: true }),
        ...(does.isolation && { isolation: does.isolation }),
        ...linkExclusive(does, context.nameOf(route)),
      }
  }
}

/** The members of an object as one input, or one field. */
const linkShaped = (shape: InputDeclarations | FieldDeclaration): InputField =>
  isField(shape) ? linkInput(shape) : group(linkInputs(shape))

const bodyInput = (body: RouteDeclaration['inputs']['body']): InputField | undefined =>
  !isField(body) && Object.keys(body).length === 0 ? undefined : linkShaped(body)

const linkAlso = (also: RecordedAlso): Pick<ResponseDefinition, 'also'> =>
  also.size === 0
    ? {}
    : {
        also: Object.fromEntries(
          [...also].map(([media, output]) => [media, output ? { output: linkShaped(output) } : {}]),
        ),
      }

const linkResponses = (responses: ReadonlyMap<string, RecordedResponse>): Record<string, ResponseDefinition> =>
  Object.fromEntries(
    [...responses].map(([status, { output, produces, also, headers, description }]) => [
      status,
      {
        ...(output && { output: linkShaped(output) }),
        ...(produces !== undefined && { produces }),
        ...linkAlso(also),
        ...(Object.keys(headers).length > 0 && { headers: linkInputs(headers) }),
        ...(description !== undefined && { description }),
      },
    ]),
  )

const inputAt = (
  fields: Readonly<Record<string, InputField>>,
  [name = '', ...rest]: readonly string[],
): InputField | undefined => {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  return rest.length === 0 || field === undefined ? field : inputAt(field.fields ?? {}, rest)
}

const below = (group: string, fields: object): Record<string, readonly string[]> =>
  Object.fromEntries(Object.keys(fields).map((name) => [name, [group, name]]))

const status = ({ status, does }: RouteDeclaration): { readonly status?: number } => {
  if (status !== undefined) return { status }
  if (does.kind === 'calls' && does.shape !== undefined && does.action.write.kind === 'create') return { status: 201 }
  return {}
}
