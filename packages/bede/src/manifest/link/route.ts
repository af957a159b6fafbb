import { failureOf } from '../../declare/failed.ts'
import type { RouteDeclaration } from '../../declare/route.ts'
import { tightenAt } from '../constrain.ts'
import type { HttpBinding, InputField, Operation } from '../manifest.ts'
import { Substitution } from '../substitute.ts'
import { cacheOf } from './cache.ts'
import { linkExclusive } from './exclusive.ts'
import { group, linkInputs } from './input.ts'
import { linkShape, type ShapeContext } from './shape.ts'
import { stepUpOf } from './step-up.ts'
import { linkWrite } from './write.ts'

/** A route as an operation with its own address. What it calls is written out: one statement, whatever it is made of. */
export const linkRoute = (route: RouteDeclaration, context: ShapeContext): Operation => {
  const { params, query, body } = route.inputs
  const input: Readonly<Record<string, InputField>> = {
    ...(Object.keys(params).length > 0 && { params: group(linkInputs(params)) }),
    ...(Object.keys(query).length > 0 && { query: group(linkInputs(query)) }),
    ...(Object.keys(body).length > 0 && { body: group(linkInputs(body)) }),
  }
  const { does } = route
  const http: HttpBinding = {
    method: route.method,
    path: route.path,
    params: below('params', params),
    query: below('query', query),
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
        ...(does.output !== undefined && { output: group(linkInputs(does.output)) }),
        ...(does.sensitive && { sensitive: true }),
        ...(does.isolation && { isolation: does.isolation }),
        ...linkExclusive(does, context.nameOf(route)),
      }
  }
}

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
