import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import findMyWay from 'find-my-way'
import { type HttpRoute, methodsOf, type Params } from './route.ts'

/** The way of a request past Fastify to the routes that are served here. */
export interface Direct {
  add(route: HttpRoute): void
  /** From now on `server` gives requests of these routes to `take`, and all others to whoever has listened. */
  takeOver(server: Server): void
}

export type Take = (route: HttpRoute, request: IncomingMessage, response: ServerResponse, params: Params) => void

/**
 * Fastify's router, without Fastify's Request, Reply and hooks around the handler: nothing here uses them, and they cost
 * a request for one row an eighth of its time. Fastify has the same routes; whatever is not found here goes its way.
 */
export function createDirect(maxParamLength: number, take: Take): Direct {
  const router = findMyWay({ maxParamLength, querystringParser: () => undefined })
  return {
    add(route) {
      router.on(methodsOf(route), route.path, () => {}, route)
    },
    takeOver(server) {
      const others = server.listeners('request')
      server.removeAllListeners('request')
      server.on('request', (request, response) => {
        // Of a connection that was ended for what it sends, the rest of what it has sent is still read.
        if (!request.socket.writable) return
        const found = router.find(request.method as findMyWay.HTTPMethod, request.url ?? '')
        if (found?.store) take(found.store, request, response, found.params as Params)
        else for (const other of others) Reflect.apply(other, server, [request, response])
      })
    },
  }
}
