import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics/registry.ts'
import type { ProblemCode } from '../../telemetry/problem.ts'

/** One request whose answer has gone, or that was broken off. */
export interface Answered {
  /** Absent: it reached none. */
  readonly operation: string | undefined
  readonly method: string
  readonly status: number
  /** From its headers to the last byte of its answer. */
  readonly seconds: number
  readonly requestId: string
  readonly actorId: string | number | undefined
}

/** Is told of requests. Absent where nobody wants to know: then nothing is timed. */
export interface Watch {
  began(): void
  answered(answered: Answered): void
  /** Of every refusal, also of what reaches no route. */
  refused(code: ProblemCode): void
}

/** Watches for `metrics`, and writes a line for each request to `log`. Undefined where there is neither. */
export function createWatch({
  metrics,
  log,
}: {
  metrics?: Metrics | undefined
  log?: Logger | undefined
}): Watch | undefined {
  if (!metrics && !log) return undefined
  const counted = metrics && countRequests(metrics)
  return {
    began: () => counted?.began(),
    answered(answered) {
      counted?.answered(answered)
      const { operation, method, status, seconds, requestId, actorId } = answered
      const ms = Math.round(seconds * 1e6) / 1e3
      log?.info('answered', { operation, method, status, ms, requestId, actorId })
    },
    refused: (code) => counted?.refused(code),
  }
}

function countRequests(metrics: Metrics): Watch {
  const time = metrics.histogram({
    name: 'bede_request_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    labels: ['operation', 'status'],
  })
  const refusals = metrics.counter({ name: 'bede_refusals_total', help: 'Refused requests.', labels: ['code'] })
  let inFlight = 0
  metrics.gauge({ name: 'bede_requests_in_flight', help: 'Requests that wait for their answer.' }, () => inFlight)
  return {
    began: () => void inFlight++,
    answered({ operation = 'none', status, seconds }) {
      inFlight--
      time.observe([operation, `${Math.floor(status / 100)}xx`], seconds)
    },
    refused: (code) => refusals.add([code]),
  }
}
