import { createServer, type Server } from 'node:http'
import { cannotListen } from '../../surface/http/edge/listen-address.ts'
import { measureProcess } from '../../telemetry/metrics/process.ts'
import { createMetrics, type Metrics, metricsType } from '../../telemetry/metrics/registry.ts'
import type { Address } from '../settings/address.ts'

/** Numbers about this process, and the door at which they are asked for. */
export interface Measuring {
  readonly metrics: Metrics
  readonly address: Address
  close(): Promise<void>
}

const portOf = (address: ReturnType<Server['address']>, asked: number): number =>
  typeof address === 'object' && address ? address.port : asked

/**
 * `GET /metrics` at an address of its own, so that it is never on the port that callers come to. Worker 2 listens on the
 * port after that of worker 1, and so on: each process counts for itself. Throws a Problem `cannot-listen`.
 */
export async function openMetrics({ host, port }: Address, worker: number): Promise<Measuring> {
  const metrics = createMetrics()
  const stop = measureProcess(metrics)
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?')
    if (request.method !== 'GET' || path !== '/metrics') response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': metricsType, 'Cache-Control': 'no-store' }).end(metrics.text())
  })
  // A start that fails does not wait for it.
  server.unref()
  const own = { host, port: port + worker - 1 }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(own, cause)))
    server.listen(own.port, host, resolve)
  })
  return {
    metrics,
    address: { host, port: portOf(server.address(), own.port) },
    async close() {
      stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
