import { preferred } from '../../engine/accept.ts'
import type { Engine, OperationCall } from '../../engine/call.ts'
import { offeredBy } from '../../engine/handler/stated.ts'
import { isUpload } from '../../manifest/exposed/uploads.ts'
import { takesBytes } from '../../manifest/files.ts'
import type { HttpBinding, InvokeOperation, Operation } from '../../manifest/manifest.ts'
import { isPosition } from '../../store/postgres/replicas.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { sweepScratch } from '../../toolkit/scratch/sweep.ts'
import { ifMatchOf } from '../http/answer/entity-tag.ts'
import { jsonMedia } from '../http/request/body.ts'
import { idempotencyKeyOf, prefersMinimal } from '../http/request/request-headers.ts'
import type { Exchange, HttpRoute } from '../http/route.ts'
import type { HttpServer } from '../http/server.ts'
import type { Surface } from '../surface.ts'
import { batchRoute } from './batch.ts'
import { answersRepresentation, deprecationHeaders, isComparable, isCreation, outcomeAnswer } from './outcome-answer.ts'
import { placesOf } from './place.ts'
import { inputReader } from './read-input.ts'
import { receiver } from './receive.ts'
import { tagsFor } from './representation-tag.ts'
import { type Tus, tusOf, tusResumable } from './tus.ts'

/** Every operation with an HTTP binding, at its path; and `POST /batch`. */
export const rest: Surface = {
  name: 'rest',
  mount(manifest, engine, server) {
    const tagOf = tagsFor(manifest)
    const uploads = Object.values(manifest.operations).some((one) => one.kind === 'invoke' && one.files)
    // Files of a process that was killed are nobody's (class 117).
    if (uploads) void sweepScratch().catch(() => {})
    for (const [name, operation] of Object.entries(manifest.operations)) {
      const { http } = operation
      if (http)
        mounted(
          server,
          operationRoute(
            { name, operation, binding: http, tag: tagOf(operation), tus: tusOf(manifest, operation) },
            engine,
            server,
          ),
        )
    }
    mounted(server, batchRoute(manifest, engine, server))
  },
}

/** Two routes of one method and path are a mistake in the declaration, not of the server below. */
function mounted(server: HttpServer, route: HttpRoute): void {
  if (!pattern.test(route.path)) {
    throw new Problem('invalid-declaration', {
      message: `${route.method} ${route.path} is not a path that can be served.`,
      hint: 'A path is segments of letters, digits and . _ ~ -, or parameters: /articles/:slug',
    })
  }
  if (server.fastify.hasRoute({ method: route.method, url: route.path })) {
    throw new Problem('invalid-declaration', {
      message: `${route.method} ${route.path} is declared twice, or is one of the server's own.`,
      hint: 'Give one of the two another path.',
    })
  }
  server.route(route)
}

/** No letter that the router below gives a meaning to. */
const pattern = /^(?:\/|(?:\/(?::[A-Za-z_][A-Za-z0-9_]*|[A-Za-z0-9._~-]+))+)$/

interface Bound {
  readonly name: string
  readonly operation: Operation
  readonly binding: HttpBinding
  readonly tag: (body: string | Uint8Array) => string
  /** Of a step of a resumable upload. */
  readonly tus: Tus | undefined
}

function operationRoute({ name, operation, binding, tag, tus }: Bound, engine: Engine, server: HttpServer): HttpRoute {
  const read = inputReader(operation, binding, server.limits)
  const placed = placesOf(binding)
  const options = {
    binding,
    headers: deprecationHeaders(binding),
    tag: answersRepresentation(operation) || isTagged(operation, binding) ? tag : undefined,
    timed: server.options.development ?? false,
  }
  const conditions = conditionsFor(operation, binding)
  const arriving = operation.kind === 'invoke' && operation.files && receiver(operation, binding, server.limits)
  const lines = linesOf(operation, binding, tus)
  const varies = variesOf(binding, server)
  const about = aboutFile(operation)
  return {
    method: binding.method,
    path: binding.path,
    rule: { operation: name, auth: operation.auth },
    ...(lines && { lines }),
    ...(tus && { says: tus.says }),
    answer: async (exchange) => {
      tus?.check(exchange)
      const asked = conditions(exchange)
      const input = await read(exchange)
      try {
        const outcome = await engine.call({
          operation: name,
          input,
          actor: exchange.actor,
          signal: exchange.signal,
          from: exchange.from,
          requestId: exchange.trace.requestId,
          traceparent: exchange.trace.traceparent,
          deadline: server.limits.operationTime,
          ...(arriving && { arriving: arriving(exchange) }),
          ...asked,
          ...about(exchange),
        })
        const answer = outcomeAnswer(outcome, exchange.request.url ?? '', asked.minimal ?? false, options)
        return varies.length > 0 ? { ...answer, varies } : answer
      } catch (thrown) {
        throw isProblem(thrown) ? placed(thrown) : thrown
      }
    },
  }
}

/** The header lines that an operation's route declares; undefined: none. */
function linesOf(operation: Operation, binding: HttpBinding, tus: Tus | undefined): HttpRoute['lines'] {
  const read = [...Object.keys(binding.headers ?? {}), ...(tus ? [tusResumable] : [])]
  const responses = operation.kind === 'invoke' ? Object.values(operation.responses ?? {}) : []
  const written = [...responses.flatMap(({ headers = {} }) => Object.keys(headers)), ...Object.keys(tus?.says ?? {})]
  if (read.length + written.length === 0) return undefined
  return { ...(read.length > 0 && { read }), ...(written.length > 0 && { written }) }
}

/** What a route reads of the request's headers, and every answer is not said to depend on anyway (RFC 9110 §12.5.5). */
const variesOf = ({ headers = {}, cookies = {} }: HttpBinding, { options }: HttpServer): readonly string[] => [
  ...Object.keys(headers),
  ...(Object.keys(cookies).length > 0 && !options.cookie ? ['Cookie'] : []),
]

/** An answer that can be asked for again has a tag (RFC 9110 §8.8.3). */
const isTagged = ({ kind }: Operation, { method, status = 200 }: HttpBinding): boolean =>
  kind === 'read' && method === 'GET' && status === 200

/** Of an operation about a file: the bytes that come, or the headers that say which are wanted. */
function aboutFile(operation: Operation): (exchange: Exchange) => Partial<OperationCall> {
  const access = operation.kind === 'invoke' ? operation.file : undefined
  if (access && takesBytes(access)) return (exchange) => ({ content: { ...exchange.content(), time: longestUpload } })
  if (access?.does !== 'get' && access?.does !== 'signed') return () => ({})
  return ({ request: { headers } }) => ({
    wanted: {
      ...(headers.range !== undefined && { range: headers.range }),
      ...(headers['if-range'] !== undefined && { ifRange: String(headers['if-range']) }),
      ...(headers['if-none-match'] !== undefined && { ifNoneMatch: headers['if-none-match'] }),
    },
  })
}

/** Milliseconds: what is slower than that is cut off by how fast it comes, long before. */
const longestUpload = 12 * 3_600_000

type Conditions = Pick<
  OperationCall,
  'accept' | 'mayLag' | 'consistency' | 'idempotencyKey' | 'ifMatch' | 'onlyNew' | 'minimal' | 'agent'
>

/** What the headers ask of the call. What cannot be kept is refused: a condition that was dropped is a lost update. */
function conditionsFor(operation: Operation, binding: HttpBinding): (exchange: Exchange) => Conditions {
  const reads = binding.method === 'GET'
  const access = operation.kind === 'invoke' ? operation.file : undefined
  const comparable = isComparable(operation) || access?.does === 'put' || access?.does === 'delete'
  const creation = isCreation(operation)
  const bytes = access !== undefined && (takesBytes(access) || isUpload(access))
  const offered = offeredFor(operation)
  const chooses = operation.kind === 'invoke' && answersInSeveral(operation)
  return ({ request: { headers } }) => {
    const accept = chooses && headers.accept !== undefined ? { accept: headers.accept } : {}
    if (offered && preferred(headers.accept, offered) === undefined) {
      throw new Problem('not-acceptable', { hint: `This answers in ${offered.join(' or ')}.` })
    }
    if (reads) return { mayLag: true, ...accept, ...consistencyOf(single(headers['bede-consistency'])) }
    const onlyNew = single(headers['if-none-match']) === '*'
    if (headers['if-none-match'] !== undefined && !(onlyNew && creation)) throw unsupported('If-None-Match')
    const ifMatch = ifMatchOf(headers['if-match'])
    // A write that may create does not ask by itself that there is something.
    if (headers['if-match'] === '*' && (creation || access?.does === 'put')) throw unsupported('If-Match')
    if (ifMatch && onlyNew) throw unsupported('If-None-Match')
    if (ifMatch && !comparable) throw unsupported('If-Match')
    // The bytes of a file are no part of what a key is compared by; to put it there again does no harm, and an upload is
    // asked how far it is.
    if (bytes && headers['idempotency-key'] !== undefined) throw unsupported('Idempotency-Key')
    const idempotencyKey = idempotencyKeyOf(single(headers['idempotency-key']))
    return {
      ...accept,
      ...(ifMatch ? { ifMatch } : {}),
      ...(onlyNew ? { onlyNew } : {}),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(prefersMinimal(single(headers.prefer)) ? { minimal: true } : {}),
      ...(headers['user-agent'] !== undefined && { agent: headers['user-agent'] }),
    }
  }
}

/** What an answer of success comes in, of which a caller has to want one (RFC 9110 §15.5.7); undefined: it is not asked. */
const offeredFor = (operation: Operation): readonly string[] | undefined =>
  operation.kind === 'invoke' ? offeredBy(operation) : [jsonMedia]

const answersInSeveral = ({ also, responses = {} }: InvokeOperation): boolean =>
  also !== undefined || Object.values(responses).some((response) => response.also !== undefined)

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header

function consistencyOf(header: string | undefined): Pick<OperationCall, 'consistency'> {
  if (header === undefined) return {}
  if (isPosition(header)) return { consistency: header }
  throw new Problem('malformed-request', {
    message: 'The header Bede-Consistency is not one that a write was answered with.',
    hint: 'Send it as it came with your last write; 0/0 before the first.',
  })
}

const unsupported = (name: string): Problem =>
  new Problem('malformed-request', {
    message: `${name} cannot be honored here.`,
    hint: `Leave the header ${name} out.`,
  })
