import { createServer, type Server } from 'node:http'
import { createHosts, type Hosts, isInside } from '../../surface/http/edge/hosts.ts'
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

const shownToNoPage = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

function isAskedInside(named: Hosts, host: string | undefined): boolean {
  if (isInside(host)) return true
  try {
    named.check(host, () => false)
    return true
  } catch {
    return false
  }
}

const portOf = (address: ReturnType<Server['address']>, asked: number): number =>
  typeof address === 'object' && address ? address.port : asked

/**
 * `GET /metrics` at an address of its own, so that it is never on the port that callers come to. Worker 2 listens on the
 * port after that of worker 1, and so on: each process counts for itself. A page that somebody opens on this network
 * asks by its own name, which was made to mean this address (classes 131 and 135): it is refused, and `hosts` are names by which it may be asked for.
 * Throws a Problem `cannot-listen`.
 */
export async function openMetrics(
  { host, port }: Address,
  worker: number,
  hosts: readonly string[] = [],
): Promise<Measuring> {
  const metrics = createMetrics()
  const named = createHosts({ names: hosts, development: true })
  const stop = measureProcess(metrics)
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?')
    if (!isAskedInside(named, request.headers.host))
      response
        .writeHead(421, { 'Content-Type': 'text/plain' })
        .end('Ask by an address, or name the host in BEDE_HOSTS.\n')
    else if (request.method !== 'GET' || path !== '/metrics') response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': metricsType, ...shownToNoPage }).end(metrics.text())
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
