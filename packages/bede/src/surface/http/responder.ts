import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Logger, silent } from '../../telemetry/logger.ts'
import { Problem } from '../../telemetry/problem.ts'
import { report } from '../../telemetry/report.ts'
import type { HttpAnswer } from './answer.ts'
import { challenge } from './authorization.ts'
import type { Cors } from './cors.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import type { HttpOptions } from './options.ts'
import { asProblem, problemAnswer } from './problem-answer.ts'
import { securityHeaders } from './security-headers.ts'
import { type Trace, traceOf } from './trace.ts'

/** Writes answers: what each carries beside its body is decided here and nowhere else. */
export interface Responder {
  /** Puts on what every answer carries, whatever becomes of the request. */
  begin(request: FastifyRequest, reply: FastifyReply): void
  trace(request: FastifyRequest): Trace
  send(request: FastifyRequest, reply: FastifyReply, answer: HttpAnswer): FastifyReply
  /** Shows anything thrown as a problem. */
  refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply
}

export function createResponder(options: HttpOptions, cors: Cors, stopping: () => boolean): Responder {
  const { scheme = 'Bearer' } = options
  const log: Logger = options.log ?? silent
  const shared = (options.cors?.origins.length ?? 0) > 0
  const traces = new WeakMap<object, Trace>()

  return { begin, trace, send, refuse }

  function begin(request: FastifyRequest, reply: FastifyReply): void {
    const { 'x-request-id': id, traceparent, origin } = request.headers
    const begun = traceOf(
      typeof id === 'string' ? id : undefined,
      typeof traceparent === 'string' ? traceparent : undefined,
    )
    traces.set(request.raw, begun)
    reply.headers({
      ...securityHeaders('data', { https: request.protocol === 'https', shared }),
      ...cors.answer(origin),
      'Cache-Control': 'no-store',
      Vary: 'Authorization, Origin, Accept',
      'X-Request-Id': begun.requestId,
      traceparent: begun.traceparent,
    })
  }

  function trace(request: FastifyRequest): Trace {
    const known = traces.get(request.raw)
    if (!known) throw new TypeError('a request has a trace from its begin')
    return known
  }

  function send(request: FastifyRequest, reply: FastifyReply, answer: HttpAnswer): FastifyReply {
    const { status, body, headers, policy } = answer
    const method = request.method
    if (answer.page !== 'data' || policy !== undefined) {
      const https = request.protocol === 'https'
      reply.headers(securityHeaders(answer.page, { https, shared, ...(policy === undefined ? {} : { policy }) }))
    }
    reply.code(status).headers(headers)
    // The one place that frames a message; a handler's own framing is refused (see checkHeaders).
    if (answer.length !== undefined) reply.header('Content-Length', answer.length)
    if (stopping()) reply.header('Connection', 'close')
    const whole = typeof body === 'string' || body instanceof Uint8Array
    if (whole && status === 200 && (method === 'GET' || method === 'HEAD')) {
      const etag = String(reply.getHeader('ETag') ?? entityTag(body))
      reply.header('ETag', etag)
      if (reply.getHeader('Cache-Control') === 'no-store' && !('Cache-Control' in headers)) {
        reply.header('Cache-Control', 'private, no-cache')
      }
      if (isKnown(request.headers['if-none-match'], etag)) {
        reply.removeHeader('Content-Type')
        return reply.code(304).send()
      }
    }
    if (body !== null && !whole && method === 'HEAD') {
      if ('destroy' in body && typeof body.destroy === 'function') body.destroy()
      return reply.send()
    }
    return body === null
      ? reply.send()
      : reply.send(body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body)
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
    const problem = asProblem(thrown)
    const { requestId } = trace(request)
    report(log, problem, { requestId, method: request.method, route: request.routeOptions.url })
    const said = challenge(scheme, options.name, problem.code === 'invalid-credential')
    return send(request, reply, shown(problem, requestId, said))
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
