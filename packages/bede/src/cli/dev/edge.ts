import type { HttpServer } from '../../surface/http/server.ts'

/** One listening socket, behind which one version of the app takes the place of another. */
export interface Edge {
  /** Serves this version from now on. Requests that an earlier one has begun are finished by it. */
  serve(next: HttpServer): Promise<void>
  /** Where it listens; undefined until the first version. */
  readonly address: { readonly host: string; readonly port: number } | undefined
  close(): Promise<void>
}

/**
 * The first version's server keeps the socket, with all its limits; later versions answer what comes in on it. So no
 * connection is refused or cut while the app is replaced.
 */
export function createEdge(): Edge {
  let first: HttpServer | undefined
  let current: HttpServer | undefined
  let address: Edge['address']
  return {
    get address() {
      return address
    },
    async serve(next) {
      if (!first) {
        address = await next.listen()
        first = current = next
        return
      }
      await next.fastify.ready()
      const { server } = first.fastify
      server.removeAllListeners('request')
      server.on('request', (request, reply) => next.fastify.routing(request, reply))
      const before = current
      current = next
      if (before !== first) await before?.close()
    },
    async close() {
      const servers = new Set([current, first])
      await Promise.all([...servers].map((server) => server?.close()))
    },
  }
}
