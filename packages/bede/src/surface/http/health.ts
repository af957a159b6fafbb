import { Problem } from '../../telemetry/problem.ts'
import { jsonAnswer } from './answer/answer.ts'
import { refuseBody } from './request/body.ts'
import type { HttpServer } from './server.ts'

/** An answer is good for so many milliseconds: anybody may ask, and each question costs the database something. */
const fresh = 1_000
/** A database that takes longer than this is not ready. */
const patience = 2_000

/**
 * `/health/live`: the process answers. `/health/ready`: calls can be served now; 503 while the database is away or the
 * service stops.
 */
export function mountHealth(server: HttpServer): void {
  const ready = coalesced(server.options.ready ?? (async () => {}))
  server.route({
    method: 'GET',
    path: '/health/live',
    rule: { open: 'tells only that the process answers' },
    vital: true,
    answer: async ({ request }) => {
      refuseBody(request)
      return jsonAnswer(200, '{"status":"live"}', { 'Cache-Control': 'no-store' })
    },
  })
  server.route({
    method: 'GET',
    path: '/health/ready',
    rule: { open: 'tells only whether calls can be served' },
    vital: true,
    answer: async ({ request }) => {
      refuseBody(request)
      if (server.stopping || !(await ready()))
        throw new Problem('unavailable', { message: 'Not ready to serve calls.', retryAfter: 1 })
      return jsonAnswer(200, '{"status":"ready"}', { 'Cache-Control': 'no-store' })
    },
  })
}

/** Asks once for all who want to know at the same time, and remembers for a moment. */
function coalesced(ask: () => Promise<void>): () => Promise<boolean> {
  let answer: { readonly until: number; readonly ready: Promise<boolean> } | undefined
  return () => {
    if (answer && answer.until > performance.now()) return answer.ready
    const asked = within(patience, ask()).then(
      () => true,
      () => false,
    )
    answer = { until: performance.now() + fresh, ready: asked }
    return asked
  }
}

function within(milliseconds: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it took too long')), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
