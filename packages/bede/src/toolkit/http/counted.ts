import type { Metrics } from '../../telemetry/metrics/registry.ts'

/** One outbound request that is over. */
export interface OutboundSeen {
  /** As the app or the place names it; `public` for what a caller named. Never a part of an address that was asked for. */
  readonly destination: string
  /** `2xx`, or the code of the Problem. */
  readonly result: string
  readonly seconds: number
}

/** Measures outbound requests. */
export function countOutbound(metrics: Metrics): (seen: OutboundSeen) => void {
  const time = metrics.histogram({
    name: 'bede_outbound_seconds',
    help: 'Time of calls to other services, attempts and redirects included.',
    labels: ['destination', 'result'],
  })
  return ({ destination, result, seconds }) => time.observe([destination, result], seconds)
}
