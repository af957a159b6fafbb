import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Logger, silent } from '../../../telemetry/logger.ts'
import { Problem } from '../../../telemetry/problem.ts'
import { report } from '../../../telemetry/report.ts'
import type { Arrival } from '../arrival.ts'
import type { HttpOptions } from '../options.ts'
import { challenge } from '../request/authorization.ts'
import { traceOf } from '../trace.ts'
import type { HttpAnswer } from './answer.ts'
import type { Cors } from './cors.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import { createHeads, type HeadLines, isSaid, lineOf, put, without } from './head.ts'
import { putLimits } from './limit-lines.ts'
import { asProblem, problemAnswer } from './problem-answer.ts'
import { endStream, sendStream } from './send-stream.ts'

/** What the way here says of a request. */
export type Arriving = Pick<Arrival, 'https' | 'from'> & { readonly route?: string | undefined }

/** Writes answers: what each carries beside its body is decided here and nowhere else. */
export interface Responder {
  arrived(request: IncomingMessage, response: ServerResponse, at: Arriving): Arrival
  send(arrival: Arrival, answer: HttpAnswer): void
  /** Shows anything thrown as a problem. */
  refuse(arrival: Arrival, thrown: unknown, headers?: Readonly<Record<string, string>>): void
}

export function createResponder(options: HttpOptions, cors: Cors, stopping: () => boolean): Responder {
  const { scheme = 'Bearer' } = options
  const log: Logger = options.log ?? silent
  const heads = createHeads({
    cors,
    shared: (options.cors?.origins.length ?? 0) > 0,
    cookies: options.cookie !== undefined,
    hsts: options.hsts,
  })

  return { arrived, send, refuse }

  function arrived(request: IncomingMessage, response: ServerResponse, { https, from, route }: Arriving): Arrival {
    const { 'x-request-id': id, traceparent } = request.headers
    const trace = traceOf(
      typeof id === 'string' ? id : undefined,
      typeof traceparent === 'string' ? traceparent : undefined,
    )
    return { request, response, trace, from, https, route }
  }

  function send(arrival: Arrival, answer: HttpAnswer): void {
    const { request, response } = arrival
    const { status, page, headers, policy, varies, body } = answer
    const lines = heads.lines(arrival, { page, policy, varies, headers })
    if (arrival.from.standings) putLimits(lines, arrival.from.standings)
    if (stopping()) lines.push('Connection', 'close')
    if (typeof body === 'string' || body instanceof Uint8Array) {
      if (status === 200 && (request.method === 'GET' || request.method === 'HEAD')) {
        const etag = tagged(lines, headers, body)
        if (isKnown(request.headers['if-none-match'], etag)) {
          without(lines, 'Content-Type')
          response.writeHead(304, lines).end()
          return
        }
      }
      // The one place that frames a message; a handler's own framing is refused (see checkHeaders).
      lines.push('Content-Length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength))
      response.writeHead(status, lines).end(body)
      return
    }
    if (body === null) {
      if (status === 204 || status === 304) without(lines, 'Content-Type')
      else lines.push('Content-Length', '0')
      response.writeHead(status, lines).end()
      return
    }
    if (answer.length !== undefined) lines.push('Content-Length', String(answer.length))
    if (request.method === 'HEAD') {
      endStream(body)
      response.writeHead(status, lines).end()
    } else sendStream(response, { status, lines }, body, (thrown) => refuse(arrival, thrown))
  }

  /** The entity tag of a body that can be asked for again; with one, whoever holds it may keep it and ask. */
  function tagged(lines: HeadLines, headers: HttpAnswer['headers'], body: string | Uint8Array): string {
    const own = lineOf(lines, 'ETag')
    const etag = own ?? entityTag(body)
    if (own === undefined) lines.push('ETag', etag)
    if (!isSaid(headers, 'Cache-Control')) put(lines, 'Cache-Control', 'private, no-cache')
    return etag
  }

  function refuse(arrival: Arrival, thrown: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const problem = asProblem(thrown)
    const { requestId } = arrival.trace
    options.watch?.refused(problem.code)
    report(log, problem, { requestId, method: arrival.request.method, route: arrival.route }, options.onError)
    const said = challenge(scheme, options.name, problem)
    const answer = shown(problem, requestId, said)
    send(arrival, { ...answer, headers: { ...headers, ...answer.headers } })
  }

  function shown(problem: Problem, requestId: string, said: string): HttpAnswer {
    try {
      return problemAnswer(problem, requestId, said, options.problem)
    } catch (error) {
      log.error('the app could not write a problem in its own form', { requestId, error })
      return problemAnswer(new Problem('internal'), requestId, said)
    }
  }
}
