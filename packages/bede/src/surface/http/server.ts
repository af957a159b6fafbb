import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fastify as createFastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Actor } from '../../engine/call.ts'
import { Stop, type StopSignal } from '../../store/stop.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Arrival } from './arrival.ts'
import { readJsonBody } from './body.ts'
import { createCaller } from './caller.ts'
import { createCors } from './cors.ts'
import { createDirect } from './direct.ts'
import { fromFastify } from './fastify-error.ts'
import { cannotListen, checkAddress } from './listen-address.ts'
import { defaultLimits, type HttpLimits, type HttpOptions } from './options.ts'
import { PathTable } from './path-table.ts'
import { parseQuery } from './query-string.ts'
import { refuseSocket } from './refuse-socket.ts'
import { checkTarget, pathOf, queryOf } from './request-target.ts'
import { createResponder } from './responder.ts'
import {
  checkParams,
  type Exchange,
  type HttpRoute,
  methodsOf,
  type Params,
  type RouteEntry,
  type Rule,
} from './route.ts'
import { schemaCompilers } from './schema-compilers.ts'
import { refuseDoubledHeaders } from './single-header.ts'

/** What surfaces mount on. */
export interface HttpServer {
  readonly options: HttpOptions
  readonly limits: HttpLimits
  /** The server below, for plugins of the user's own. A route of theirs states its rule in `config.rule`. */
  readonly fastify: FastifyInstance
  route(route: HttpRoute): void
  /** Every route and what decides who may call it. */
  routes(): readonly RouteEntry[]
  /** Starts to listen. Throws a Problem `cannot-listen`. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** True from the first moment of `close`. */
  readonly stopping: boolean
  /** Serves on for `drainTime`, finishes what is in flight, refuses the rest with 503, ends every connection. */
  close(): Promise<void>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    rule?: Rule
  }
}

const defaultHost = '127.0.0.1'
const defaultPort = 3000
/** Elsewhere the process that started this one shares its own socket (node:cluster). */
const canShare = process.platform === 'linux'
/** How long an aborted operation has to come back, in milliseconds. */
const lastWords = 500

/** The edge: one server that knows HTTP and nothing of what is served. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const { host = defaultHost, port = defaultPort, development = false } = options
  checkAddress(host, development, options.exposed ?? false)
  const limits: HttpLimits = { ...defaultLimits, ...options.limits }
  const cors = createCors(options.cors)
  const entries: RouteEntry[] = []
  const paths = new PathTable()
  const inFlight = new Set<Stop>()
  let stopping = false
  let refusing = false
  const responder = createResponder(options, cors, () => stopping)
  const { arrived, send, refuse } = responder
  const callerOf = createCaller(options)
  const arrivals = new WeakMap<IncomingMessage, Arrival>()

  const fastify = createFastify({
    logger: false,
    trustProxy: options.trustedProxies ? [...options.trustedProxies] : false,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: schemaCompilers },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    bodyLimit: limits.bytes,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.idleTime,
    connectionTimeout: limits.requestTime + limits.operationTime,
    // The longest parameter is bounded by the longest target.
    routerOptions: { maxParamLength: limits.target },
    http: {
      maxHeaderSize: limits.headers + limits.target,
      headersTimeout: limits.headersTime,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTime),
    },
    clientErrorHandler: refuseSocket,
    frameworkErrors: (error, request, reply) => refuse(arrivalOf(request, reply), fromFastify(error)),
  })
  // Node drops the headers above this number without a word; their size is limited instead.
  fastify.server.maxHeadersCount = 0
  // Node takes a connection that never said anything for a busy one, and would wait for it: `close` looks for those.
  const sockets = new Set<Socket>()
  fastify.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // Bodies are read by the route that takes one, after it is known who asks.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))

  // A route that did not come through `route` has nobody who would apply an operation's rule to it.
  const applied = new Set<Rule>()
  fastify.addHook('onRoute', ({ method, url, config }) => {
    const methods = [method].flat()
    const rule = config?.rule
    if (!rule || !('open' in rule || applied.has(rule))) {
      throw new Problem('invalid-declaration', {
        message: `${methods.join(', ')} ${url} names no rule that is applied to it.`,
        hint: "Say why everybody may call it: config: { rule: { open: 'why' } }; or declare it as a route of the app.",
      })
    }
    paths.add(url, methods)
    for (const name of methods) entries.push({ method: name, path: url, rule })
  })

  fastify.addHook('onRequest', (request, reply, done) => {
    const arrival = arrived(request.raw, reply.raw, request.protocol === 'https', request.routeOptions.url)
    arrivals.set(request.raw, arrival)
    if (admitted(arrival)) done()
    else reply.hijack()
  })
  fastify.setErrorHandler((error, request, reply) => refuse(arrivalOf(request, reply), fromFastify(error)))
  fastify.setNotFoundHandler((request, reply) => notFound(arrivalOf(request, reply)))

  /** What Fastify has begun is answered here, past it. */
  function arrivalOf(request: FastifyRequest, reply: FastifyReply): Arrival {
    reply.hijack()
    return arrivals.get(request.raw) ?? arrived(request.raw, reply.raw, request.protocol === 'https')
  }

  /** Refuses what no route has to look at. */
  function admitted(arrival: Arrival): boolean {
    const { url = '', rawHeaders } = arrival.request
    try {
      if (refusing) throw new Problem('unavailable', { message: 'The service is stopping.', retryAfter: 1 })
      checkTarget(url, limits.target)
      refuseDoubledHeaders(rawHeaders)
      checkHeaderSize(rawHeaders)
      return true
    } catch (thrown) {
      refuse(arrival, thrown)
      return false
    }
  }

  function checkHeaderSize(raw: readonly string[]): void {
    // Each line has a colon, a space and an end beside its two parts.
    let size = 0
    for (const part of raw) size += part.length + 2
    if (size > limits.headers)
      throw new Problem('header-too-large', { message: `The headers may have ${limits.headers} bytes.` })
  }

  const direct = createDirect(limits.target, (route, request, response, params) => {
    const https = 'encrypted' in request.socket
    const arrival = arrived(request, response, https, route.path)
    if (admitted(arrival)) take(route, arrival, params)
  })

  /** Whatever goes wrong with one answer ends its connection and nothing else. */
  function take(route: HttpRoute, arrival: Arrival, params: Params): void {
    serve(route, arrival, params).catch((error: unknown) => {
      options.log?.error('an answer could not be written', { requestId: arrival.trace.requestId, error })
      arrival.response.destroy()
    })
  }

  async function serve(route: HttpRoute, arrival: Arrival, params: Params): Promise<void> {
    // `/notes/` is no row of `/notes/:id`: the router takes an empty segment for a parameter.
    for (const name in params) {
      if (params[name] !== '') continue
      notFound(arrival)
      return
    }
    const { response } = arrival
    const stop = new Stop()
    inFlight.add(stop)
    response.on('close', () => {
      inFlight.delete(stop)
      if (!response.writableFinished) stop.abort()
    })
    const lines: Record<string, string> = {}
    try {
      const actor = 'open' in route.rule ? null : await callerOf(arrival.request, stop, lines)
      if ('operation' in route.rule && route.rule.auth === 'required' && actor === null)
        throw new Problem('unauthenticated')
      send(arrival, await route.answer(exchangeOf(arrival, stop, actor, params)))
    } catch (thrown) {
      const cut = refusing && stop.aborted && !response.destroyed
      refuse(arrival, cut ? new Problem('unavailable', { message: 'The service is stopping.' }) : thrown, lines)
    }
  }

  function exchangeOf({ request, trace }: Arrival, signal: StopSignal, actor: Actor | null, params: Params): Exchange {
    const target = request.url ?? ''
    checkParams(params)
    return {
      request,
      trace,
      actor,
      signal,
      params,
      path: pathOf(target),
      query: () => parseQuery(queryOf(target), limits.queryParameters),
      body: (accepted) => readJsonBody(request, accepted, limits),
    }
  }

  function notFound(arrival: Arrival): void {
    const { url: target = '', method, headers } = arrival.request
    const methods = target === '*' ? ['OPTIONS'] : paths.methods(pathOf(target))
    const Allow = methods.join(', ')
    if (methods.length === 0) {
      refuse(arrival, new Problem('not-found', { message: 'There is nothing at this path.' }))
    } else if (method !== 'OPTIONS') {
      refuse(arrival, new Problem('method-not-allowed', { hint: `This path answers ${Allow}.` }), { Allow })
    } else {
      const Vary = 'Authorization, Origin, Accept, Access-Control-Request-Method, Access-Control-Request-Headers'
      const own = { Allow, Vary, ...cors.preflight(headers.origin, methods) }
      send(arrival, { status: 204, page: 'data', headers: own, body: null })
    }
  }

  function route(added: HttpRoute): void {
    applied.add(added.rule)
    fastify.route({
      method: [...methodsOf(added)],
      url: added.path,
      config: { rule: added.rule },
      handler: (request, reply) => take(added, arrivalOf(request, reply), paramsOf(request)),
    })
    direct.add(added)
  }

  async function listen(): Promise<{ host: string; port: number }> {
    try {
      await fastify.ready()
      if (!options.trustedProxies) direct.takeOver(fastify.server)
      await fastify.listen({ host, port, ...(options.shared && canShare ? { reusePort: true, exclusive: true } : {}) })
    } catch (cause) {
      if (cause instanceof Problem || !(cause instanceof Error) || !('syscall' in cause)) throw cause
      throw cannotListen({ host, port }, cause)
    }
    const address = fastify.server.address()
    return { host, port: typeof address === 'object' && address ? address.port : port }
  }

  async function close(): Promise<void> {
    stopping = true
    if (limits.drainTime > 0 && fastify.server.listening) await sleep(limits.drainTime)
    refusing = true
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    const cut = setTimeout(() => {
      for (const controller of inFlight) controller.abort()
      setTimeout(() => fastify.server.closeAllConnections(), lastWords).unref()
    }, limits.stopTime)
    try {
      await fastify.close()
    } finally {
      clearTimeout(cut)
    }
  }

  return {
    options,
    limits,
    fastify,
    route,
    routes: () => entries,
    listen,
    get stopping() {
      return stopping
    },
    close,
  }
}

const paramsOf = ({ params }: FastifyRequest): Params =>
  typeof params === 'object' && params !== null ? (params as Params) : {}
