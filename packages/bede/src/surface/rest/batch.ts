import type { Engine, OperationCall, Outcome } from '../../engine/call.ts'
import type { Json } from '../../expr/value.ts'
import type { Manifest, Operation } from '../../manifest/manifest.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { jsonAnswer } from '../http/answer/answer.ts'
import { jsonMedia } from '../http/request/body.ts'
import { idempotencyKeyOf } from '../http/request/request-headers.ts'
import type { Exchange, HttpRoute } from '../http/route.ts'
import type { HttpServer } from '../http/server.ts'
import { relocated } from './place.ts'

/** Operations in one batch: as many as one transaction should hold its locks for. */
const most = 100
const members = new Set(['operation', 'input'])

/**
 * `POST /batch` with `{"operations":[{"operation","input"},…]}`: up to a hundred operations in one transaction, all or
 * none. Only what is exposed can be named, each is let in by its own rule, and limits count each one (class 51). Answers an array of
 * `{"status","body"}` in the same order.
 */
export function batchRoute(manifest: Manifest, engine: Engine, server: HttpServer): HttpRoute {
  const exposed = new Map(Object.entries(manifest.operations).filter(([, operation]) => operation.http !== undefined))
  return {
    method: 'POST',
    path: '/batch',
    rule: { operations: 'exposed' },
    answer: async (exchange) => {
      const calls = callsOf(await exchange.body([jsonMedia]), exposed, exchange, server.limits.operationTime)
      try {
        const outcomes = await engine.batch(calls)
        const { consistency } = outcomes[0] ?? {}
        const headers: Record<string, string> = consistency === undefined ? {} : { 'Bede-Consistency': consistency }
        return jsonAnswer(200, `[${outcomes.map(partOf).join(',')}]`, headers)
      } catch (thrown) {
        throw isProblem(thrown) ? relocated(thrown, placeInBatch) : thrown
      }
    },
  }
}

/** The engine's places begin with the index of the call. */
const placeInBatch = (place: string): string =>
  place.replace(/^\/(\d+)(\/.*)?$/, (_, index: string, inside: string | undefined) =>
    inside === undefined ? `/body/operations/${index}` : `/body/operations/${index}/input${inside}`,
  )

function callsOf(
  body: Json | undefined,
  exposed: ReadonlyMap<string, Operation>,
  exchange: Exchange,
  deadline: number,
): readonly OperationCall[] {
  const { headers } = exchange.request
  if (exchange.query().length > 0)
    throw new Problem('unknown-parameter', { hint: 'A batch takes everything in its body.' })
  if (headers['if-match'] !== undefined || headers['if-none-match'] !== undefined) {
    throw new Problem('malformed-request', {
      message: 'A batch has no entity tag.',
      hint: 'Leave If-Match and If-None-Match out.',
    })
  }
  const key = idempotencyKeyOf([headers['idempotency-key']].flat()[0])
  return itemsOf(body).map((item, i) => {
    const place = `/body/operations/${i}`
    if (!isObject(item)) throw wrong(place, 'It must be {"operation": …, "input": …}')
    const extra = Object.keys(item).find((name) => !members.has(name))
    if (extra !== undefined)
      throw wrong(place, `It must have operation and input, and nothing like '${extra.slice(0, 100)}'`)
    const name = item.operation
    const operation = typeof name === 'string' ? exposed.get(name) : undefined
    if (typeof name !== 'string' || operation === undefined)
      throw unknownOperation(`${place}/operation`, name, exposed.keys())
    if (operation.kind === 'invoke' && operation.output === undefined) {
      throw wrong(
        `${place}/operation`,
        'This operation does not promise to answer in JSON and cannot be part of a batch',
      )
    }
    if (operation.kind === 'invoke' && operation.files)
      throw wrong(`${place}/operation`, 'This operation takes files and cannot be part of a batch')
    if (operation.kind === 'invoke' && operation.sensitive) {
      throw wrong(`${place}/operation`, 'this operation answers with a secret and cannot be part of a batch')
    }
    if (operation.auth === 'required' && exchange.actor === null) throw new Problem('unauthenticated')
    return {
      operation: name,
      input: item.input ?? {},
      actor: exchange.actor,
      signal: exchange.signal,
      from: exchange.from,
      requestId: exchange.trace.requestId,
      traceparent: exchange.trace.traceparent,
      deadline,
      // One key for the batch is one for each of its operations: they were kept together or not at all.
      ...(key === undefined || operation.kind === 'read' ? {} : { idempotencyKey: `${key}/${i}` }),
    }
  })
}

function itemsOf(body: Json | undefined): readonly Json[] {
  if (
    !isObject(body) ||
    !Array.isArray(body.operations) ||
    Object.keys(body).length !== 1 ||
    body.operations.length === 0
  ) {
    throw wrong('/body', 'It must be {"operations": [{"operation": …, "input": …}]} with at least one operation')
  }
  if (body.operations.length > most) {
    throw new Problem('too-many', {
      message: `A batch may hold ${most} operations.`,
      details: [{ place: '/body/operations', code: 'too-many', message: `It has ${body.operations.length}` }],
    })
  }
  return body.operations
}

/** One answer of the batch, put together from texts: what the database wrote is not read. */
function partOf({ status, answer, replayed }: Outcome): string {
  const body = answer.kind === 'json' ? answer.text : 'null'
  return `{"status":${status},"body":${body}${replayed ? ',"replayed":true' : ''}}`
}

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (place: string, message: string): Problem =>
  new Problem('invalid-input', { details: [{ place, code: 'invalid-input', message }] })

function unknownOperation(place: string, name: Json | undefined, known: Iterable<string>): Problem {
  const meant = typeof name === 'string' ? nearest(name.slice(0, 100), known) : undefined
  const message = 'There is no operation of this name that can be called'
  const hint = meant ? `Did you mean '${meant}'?` : 'GET /openapi.json names them: operationId.'
  return new Problem('invalid-input', { details: [{ place, code: 'invalid-input', message, hint }] })
}
