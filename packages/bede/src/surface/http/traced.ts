import type { Tracing } from '../../telemetry/tracing.ts'
import type { Arrival } from './arrival.ts'
import type { HttpRoute } from './route.ts'

/** Answers a request within a span, which goes on with the trace of whoever asks; what follows is told of it. */
export function traced(
  tracing: Tracing,
  { method, path }: HttpRoute,
  arrival: Arrival,
  serve: (arrival: Arrival) => Promise<void>,
): Promise<void> {
  const { trace, response } = arrival
  // The route's own method and path: what a caller sends is in no name.
  const attributes = { 'http.request.method': method, 'http.route': path, 'bede.request_id': trace.requestId }
  return tracing.span(`${method} ${path}`, { kind: 'server', attributes, parent: trace.parent }, async (span) => {
    await serve({ ...arrival, trace: { ...trace, traceparent: span.traceparent } })
    span.set('http.response.status_code', response.statusCode)
  })
}
