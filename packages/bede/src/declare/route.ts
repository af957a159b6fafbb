import type { Expr } from '../expr/expr.ts'
import type { FieldDeclaration } from '../model/field.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { ActionDeclaration, type Auth } from './action.ts'
import { type Deprecated, deprecated } from './deprecated.ts'
import { type RecordedExclusive, recordExclusive } from './exclusive.ts'
import { failureOf, recordedOr } from './failed.ts'
import type { Handler } from './handler.ts'
import { HandlerDeclaration } from './handler-declaration.ts'
import { fieldsOnly, type InputDeclarations, inputRow, isField } from './inputs.ts'
import { isolationOf } from './isolation.ts'
import { type RecordedLimited, recordLimited } from './limits.ts'
import { type Method, splitEndpoint } from './path.ts'
import { rule } from './recorded.ts'
import { answerOf, mistaken, part, record } from './recording.ts'
import {
  mediaTypeOf,
  type RecordedAlso,
  type RecordedResponse,
  recordAlso,
  recordResponses,
  recordShape,
} from './responses.ts'
import { type ActorDeclaration, actorRow, now } from './scope.ts'
import { type RecordedShape, Shaped, shapeOf } from './shape.ts'
import { type RecordedUpload, recordUploads } from './uploads.ts'
import { type PassedInput, recordPassed } from './write.ts'

export type { Route, RouteVerb } from './route-options.ts'

export interface RouteInputs {
  readonly params: InputDeclarations
  readonly query: InputDeclarations
  readonly headers: InputDeclarations
  readonly cookies: InputDeclarations
  /** The members of an object, or one field. */
  readonly body: InputDeclarations | FieldDeclaration
}

/** How the parts of a request are written, where it is not the usual way. */
export interface RouteForms {
  /** Lists of the query with one parameter for each item. */
  readonly repeated: readonly string[]
  /** Media types of the body; none: the usual ones. */
  readonly accepts: readonly string[]
}

export class RouteDeclaration {
  readonly method: Method
  readonly path: string
  readonly auth: Auth
  readonly inputs: RouteInputs
  readonly forms: RouteForms
  readonly status: number | undefined
  readonly summary: string | undefined
  readonly scope: string | undefined
  readonly limited: RecordedLimited | undefined
  readonly deprecated: Deprecated | undefined
  readonly does:
    | { readonly kind: 'answers'; readonly shape: RecordedShape }
    | {
        readonly kind: 'calls'
        readonly action: ActionDeclaration
        readonly with: readonly PassedInput[]
        readonly shape: RecordedShape | undefined
      }
    | {
        readonly kind: 'run'
        readonly handler: Handler
        readonly allow: Expr | undefined
        readonly files: Readonly<Record<string, RecordedUpload>>
        readonly output: InputDeclarations | FieldDeclaration | undefined
        readonly produces: string | undefined
        readonly also: RecordedAlso
        readonly responses: ReadonlyMap<string, RecordedResponse>
        readonly sensitive: boolean
        readonly exclusive: RecordedExclusive | undefined
        readonly isolation: 'serializable' | undefined
      }
  readonly actor: ActorDeclaration
  constructor(parts: RouteDeclaration) {
    this.method = parts.method
    this.path = parts.path
    this.auth = parts.auth
    this.inputs = parts.inputs
    this.forms = parts.forms
    this.status = parts.status
    this.summary = parts.summary
    this.scope = parts.scope
    this.limited = parts.limited
    this.deprecated = parts.deprecated
    this.does = parts.does
    this.actor = parts.actor
  }
}

/** Stands for an action's own answer inside a route's; the linker puts it in. */
const resultMark: RecordedShape = Object.freeze({ kind: 'object', members: Object.freeze({}) })
export const isResult = (shape: RecordedShape): boolean => shape === resultMark

interface Loose {
  readonly auth?: Auth
  readonly params?: InputDeclarations
  readonly query?: InputDeclarations
  readonly repeated?: readonly string[]
  readonly headers?: InputDeclarations
  readonly cookies?: InputDeclarations
  readonly body?: InputDeclarations | FieldDeclaration
  readonly accepts?: string | readonly string[]
  readonly files?: object
  readonly allow?: (scope: object) => unknown
  readonly status?: number
  readonly summary?: string
  readonly scope?: string
  readonly cost?: unknown
  readonly limits?: unknown
  readonly deprecated?: Deprecated
  readonly answers?: (scope: object) => unknown
  readonly calls?: unknown
  readonly with?: (scope: object) => unknown
  readonly run?: (scope: object) => unknown
  readonly output?: InputDeclarations | FieldDeclaration
  readonly produces?: string
  readonly also?: object
  readonly responses?: object
  readonly sensitive?: true
  readonly exclusive?: unknown
  readonly isolation?: unknown
}

const without = (declared: InputDeclarations, names: readonly string[]): InputDeclarations =>
  Object.fromEntries(Object.entries(declared).filter(([name]) => !names.includes(name)))

/** Inputs of a route as declared; a parameter that its path does not have is a mistake. */
const inputsOf = (endpoint: string, names: readonly string[], options: Loose): RouteInputs => {
  const called = options.with === undefined && options.calls instanceof ActionDeclaration ? options.calls.input : {}
  const declared = fieldsOnly('params', options.params)
  for (const name of Object.keys(declared).filter((one) => !names.includes(one))) {
    const meant = nearest(name, names)
    mistaken(
      new Problem('invalid-declaration', {
        message: `'${endpoint}' has no parameter ':${name}'`,
        hint:
          meant === undefined ? 'Write it into the path, or take it out of params.' : `Perhaps you meant '${meant}'.`,
      }),
    )
  }
  return {
    params: Object.fromEntries(
      names.map((name) => [name, declared[name] ?? called[name] ?? { face: 'field', type: { kind: 'text' } }]),
    ),
    query: fieldsOnly('query', options.query),
    headers: fieldsOnly('headers', options.headers),
    cookies: fieldsOnly('cookies', options.cookies),
    body:
      options.body === undefined
        ? without(called, [...names, ...Object.keys(options.query ?? {}), ...Object.keys(options.headers ?? {})])
        : recordShape('body', options.body),
  }
}

const formsOf = (inputs: RouteInputs, { repeated = [], accepts = [] }: Loose): RouteForms => {
  for (const name of repeated) {
    if (inputs.query[name]?.type.kind === 'array') continue
    mistaken(
      new Problem('invalid-declaration', {
        message: `repeated: there is no list '${name}' in the query`,
        hint: 'Declare it: query: { tags: array(text()) }.',
      }),
    )
  }
  return { repeated, accepts: [accepts].flat().flatMap((one) => mediaTypeOf(one) ?? []) }
}

/** What only a handler can keep to. */
const ofRun = [
  'exclusive',
  'isolation',
  'allow',
  'cookies',
  'files',
  'output',
  'produces',
  'also',
  'responses',
] as const

const whatItDoes = (
  inputs: RouteInputs,
  actor: ActorDeclaration,
  auth: Auth,
  options: Loose,
): RouteDeclaration['does'] => {
  const { body } = inputs
  const head = {
    params: inputRow(inputs.params, ['params']),
    query: inputRow(inputs.query, ['query']),
    headers: inputRow(inputs.headers, ['headers']),
    actor: actorRow(actor, auth === 'required'),
    now: now(),
  }
  const scope = {
    ...head,
    body: isField(body) ? Reflect.get(inputRow({ body }), 'body') : inputRow(body, ['body']),
  }
  if (options.run !== undefined) {
    const { run, allow, sensitive = false } = options
    const output = options.output && recordShape('output', options.output)
    const produces = mediaTypeOf(options.produces)
    const also = recordAlso(options.also, options)
    const responses = recordResponses(options.responses)
    const files = recordUploads(options.files)
    const exclusive = recordExclusive(options.exclusive, scope)
    const isolation = isolationOf(options.isolation)
    const handler: Handler = ({ input, ...hands }) => run({ ...hands, ...input })
    const may = allow && part('allow', undefined, () => rule(answerOf('allow', allow, head)))
    const answers = { output, produces, also, responses }
    return { kind: 'run', handler, allow: may, files, ...answers, sensitive, exclusive, isolation }
  }
  for (const name of ofRun)
    if (options[name] !== undefined)
      mistaken(
        new Problem('invalid-declaration', {
          message: `A route without run has no ${name}`,
          ...((name === 'exclusive' || name === 'isolation') && { hint: 'Say it of the action that the route calls.' }),
        }),
      )
  const { answers } = options
  if (options.calls instanceof ActionDeclaration) {
    const action = options.calls
    // What is wrong with the action is said of the action.
    if (failureOf(action) !== undefined) return { kind: 'calls', action, with: [], shape: undefined }
    const given =
      options.with === undefined ? { ...scope.body, ...scope.headers, ...scope.query, ...scope.params } : undefined
    return {
      kind: 'calls',
      action,
      with: part<PassedInput[]>('with', [], () =>
        recordPassed(action.input, given ?? answerOf('with', options.with, scope)),
      ),
      shape: answers && shapeOf(answerOf('answers', answers, { ...scope, result: new Shaped(resultMark) })),
    }
  }
  if (answers !== undefined) return { kind: 'answers', shape: shapeOf(answerOf('answers', answers, scope)) }
  if (options.calls instanceof HandlerDeclaration)
    throw new Problem('invalid-declaration', {
      message: 'It calls an action with a handler, and such an action has no address',
      hint: 'Give the handler to the route itself, as run: what was input is its params, query and body.',
    })
  throw new Problem('invalid-declaration', {
    message: 'It does nothing',
    hint: 'A route has one of answers, calls and run.',
  })
}

/** The status of success: the one that is said, or the only one of the responses that says that all went well. */
const successOf = (does: RouteDeclaration['does'], said: number | undefined): number | undefined => {
  if (said !== undefined || does.kind !== 'run' || does.output !== undefined || does.produces !== undefined) return said
  const fine = [...does.responses.keys()].map(Number).filter((status) => status < 300)
  if (fine.length > 1)
    mistaken(
      new Problem('invalid-declaration', {
        message: `It answers ${fine.join(' and ')}, and does not say which of them a plain value has`,
        hint: `Write status: ${fine[0]}, and answer({ status: ${fine[1]}, body }) for the other.`,
      }),
    )
  return fine[0]
}

export const recordRoute = (actor: ActorDeclaration, endpoint: string, options: Loose): RouteDeclaration => {
  const { method, path, params } = splitEndpoint(endpoint)
  const { auth = 'required', status, summary, scope } = options
  const parts = { method, path, auth, summary, scope, actor }
  const make = () =>
    record(endpoint, () => {
      const inputs = inputsOf(endpoint, params, options)
      const forms = formsOf(inputs, options)
      const does = whatItDoes(inputs, actor, auth, options)
      return { inputs, forms, does, status: successOf(does, status), limited: recordLimited(options) }
    })
  return recordedOr(
    endpoint,
    undefined,
    () => new RouteDeclaration({ ...parts, ...make(), deprecated: deprecated(endpoint, options.deprecated) }),
    () =>
      new RouteDeclaration({
        ...parts,
        inputs: { params: {}, query: {}, headers: {}, cookies: {}, body: {} },
        forms: { repeated: [], accepts: [] },
        does: { kind: 'answers', shape: resultMark },
        status,
        limited: undefined,
        deprecated: undefined,
      }),
  )
}
