import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fastify as createFastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Actor } from '../../engine/call.ts'
import type { StopSignal } from '../../store/stop.ts'
import { silent } from '../../telemetry/logger.ts'
import { Problem } from '../../telemetry/problem.ts'
import { createCors } from './answer/cors.ts'
import { fromFastify } from './answer/fastify-error.ts'
import { type Arriving, createResponder } from './answer/responder.ts'
import type { Arrival } from './arrival.ts'
import { createDirect } from './direct.ts'
import { createConnections } from './edge/connections.ts'
import { createFlights, type Flight } from './edge/flights.ts'
import { fromOf } from './edge/from.ts'
import { cannotListen, checkAddress } from './edge/listen-address.ts'
import { createPeers, type Peers } from './edge/peers.ts'
import { createProxyNotice } from './edge/proxy-notice.ts'
import { refuseSocket } from './edge/refuse-socket.ts'
import { createScreening } from './edge/screening.ts'
import { defaultLimits, type HttpLimits, type HttpOptions } from './options.ts'
import { PathTable } from './path-table.ts'
import { readJsonBody, readTextBody } from './request/body.ts'
import { contentOf } from './request/content.ts'
import { parseQuery } from './request/query-string.ts'
import { pathOf, queryOf } from './request/request-target.ts'
import { createWhoAsks } from './request/who-asks.ts'
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
import { traced } from './traced.ts'
import type { Answered } from './watch.ts'

/** What surfaces mount on. */
export interface HttpServer {
  readonly options: HttpOptions
  readonly limits: HttpLimits
  /** Who calls, as far as it can be told and is believed. */
  readonly peers: Peers
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

/** As the server below says it of a request that does not come. */
const tooSlow = Object.assign(new Error('the body does not come'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })

/** The edge: one server that knows HTTP and nothing of what is served. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const { host = defaultHost, port = defaultPort, development = false } = options
  checkAddress(host, development, options.exposed ?? false)
  const limits: HttpLimits = { ...defaultLimits, ...options.limits }
  const cors = createCors(options.cors)
  const entries: RouteEntry[] = []
  const paths = new PathTable()
  /** Paths of what is answered whatever happens. */
  const vital = new Set<string>()
  const peers = createPeers(options.trustedProxies, options.proxyHeader)
  const notice = development ? undefined : createProxyNotice(options.log ?? silent, peers, options.proxyHeader)
  const screening = createScreening(options, limits, peers)
  const secure = options.origin?.startsWith('https:') ?? false
  const flights = createFlights(limits, () => connections.late())
  let stopping = false
  let refusing = false
  const responder = createResponder(options, cors, () => stopping)
  const { arrived, send, refuse } = responder
  const whoAsks = createWhoAsks(options)
  const { counting, watch } = options
  const arrivals = new WeakMap<IncomingMessage, Arrival>()

  const fastify = createFastify({
    logger: false,
    // For plugins of the user's own: `Forwarded` is not known to what they ask.
    trustProxy:
      options.trustedProxies && options.proxyHeader !== 'forwarded'
        ? (address: string) => peers.isProxy(address)
        : false,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: schemaCompilers },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    bodyLimit: limits.bytes,
    requestTimeout: limits.transferTime,
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
  const connections = createConnections(fastify.server, limits, {
    busy: () => new Set([...flights].flatMap(({ working, socket }) => (working ? [socket] : []))),
    isProxy: peers.isProxy,
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
    const arrival = arrived(request.raw, reply.raw, wayOf(request.raw, request.routeOptions.url))
    arrivals.set(request.raw, arrival)
    if (!admitted(arrival)) reply.hijack()
    // Before Fastify looks at a body that some methods are to have.
    else if (request.is404) notFound(arrivalOf(request, reply))
    else done()
  })
  fastify.setErrorHandler((error, request, reply) => refuse(arrivalOf(request, reply), fromFastify(error)))
  fastify.setNotFoundHandler((request, reply) => notFound(arrivalOf(request, reply)))

  /** What Fastify has begun is answered here, past it. */
  function arrivalOf(request: FastifyRequest, reply: FastifyReply): Arrival {
    reply.hijack()
    return arrivals.get(request.raw) ?? arrived(request.raw, reply.raw, wayOf(request.raw))
  }

  function wayOf(request: IncomingMessage, route?: string): Arriving {
    notice?.(request)
    return { https: isSecure(request), from: fromOf(peers, request), route }
  }

  /** Where nobody who is believed says how a caller came, it came as the origin says: whoever stands in front ends TLS. */
  function isSecure(request: IncomingMessage): boolean {
    return peers.secureOf(request) ?? secure
  }

  /** Refuses what no route has to look at. */
  function admitted(arrival: Arrival): boolean {
    if (screening.ends(arrival)) return false
    try {
      if (refusing) throw new Problem('unavailable', { message: 'The service is stopping.', retryAfter: 1 })
      screening.check(arrival.request, arrival.route !== undefined && vital.has(arrival.route))
      return true
    } catch (thrown) {
      refuse(arrival, thrown)
      return false
    }
  }

  const direct = createDirect(limits.target, (route, request, response, params) => {
    const arrival = arrived(request, response, wayOf(request, route.path))
    if (admitted(arrival)) take(route, arrival, params)
  })

  /** Whatever goes wrong with one answer ends its connection and nothing else. */
  function take(route: HttpRoute, arrival: Arrival, params: Params): void {
    const answering =
      options.tracing && !route.vital
        ? traced(options.tracing, route, arrival, (own) => serve(route, own, params))
        : serve(route, arrival, params)
    answering.catch((error: unknown) => {
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
    const { request, response } = arrival
    let actor: Actor | null = null
    if (watch && !route.vital) {
      const began = performance.now()
      watch.began()
      response.on('close', () => watch.answered(answeredBy(route, arrival, actor, began)))
    }
    try {
      if (!route.vital) flights.admit()
    } catch (thrown) {
      refuse(arrival, thrown, route.says)
      return
    }
    const flight = flights.begin(request.socket)
    const { stop } = flight
    response.on('close', () => {
      flights.end(flight)
      if (!response.writableFinished) stop.abort()
    })
    const lines: Record<string, string> = { ...route.says }
    try {
      actor = 'open' in route.rule ? null : await whoAsks(arrival, stop, lines)
      if ('operation' in route.rule && route.rule.auth === 'required' && actor === null)
        throw new Problem('unauthenticated')
      const answer = await route.answer(exchangeOf(arrival, flight, actor, params))
      send(arrival, route.says ? { ...answer, headers: { ...route.says, ...answer.headers } } : answer)
    } catch (caught) {
      const thrown = 'open' in route.rule ? caught : uncounted(arrival, actor, caught)
      const cut = refusing && stop.aborted && !response.destroyed
      refuse(arrival, cut ? new Problem('unavailable', { message: 'The service is stopping.' }) : thrown, lines)
    }
    flights.release(flight)
    flights.wait(flight)
    // What its caller has not taken yet is kept for it.
    const kept = response.destroyed ? 0 : response.writableLength
    if (kept > 0) flights.hold(flight, kept)
  }

  /** A refusal before any operation could count it is counted here; what is too much by it is refused for that. */
  function uncounted({ from }: Arrival, actor: Actor | null, thrown: unknown): unknown {
    if (!counting || from.standings) return thrown
    try {
      counting.unserved(from, actor)
      return thrown
    } catch (tooMuch) {
      return tooMuch
    }
  }

  function exchangeOf(
    { request, response, trace, from }: Arrival,
    flight: Flight,
    actor: Actor | null,
    params: Params,
  ): Exchange {
    const target = request.url ?? ''
    const signal: StopSignal = flight.stop
    checkParams(params)
    return {
      request,
      trace,
      from,
      actor,
      signal,
      params,
      path: pathOf(target),
      query: (repeated) => parseQuery(queryOf(target), limits.queryParameters, repeated),
      body: (accepted) => received(flight, (keep) => readJsonBody(request, accepted, limits, keep)),
      text: (accepted) => received(flight, (keep) => readTextBody(request, accepted, limits, keep)),
      receive: (read) => received(flight, read),
      answered: (done) => {
        if (response.closed) done()
        else response.once('close', done)
      },
      content: () =>
        contentOf(request, limits, { began: () => flights.wait(flight), ended: () => flights.resume(flight) }),
    }
  }

  /** While a body comes, nothing is done for its request but to keep what has come. */
  async function received<T>(flight: Flight, read: (keep: (bytes: number) => boolean) => Promise<T>): Promise<T> {
    flights.receive(flight)
    try {
      return await read((bytes) => flights.hold(flight, bytes))
    } finally {
      flights.resume(flight)
    }
  }

  function notFound(arrival: Arrival): void {
    const { url: target = '', method, headers } = arrival.request
    const methods = target === '*' ? ['OPTIONS'] : paths.methods(pathOf(target))
    const Allow = methods.join(', ')
    if (methods.length === 0) {
      refuse(arrival, uncounted(arrival, null, new Problem('not-found', { message: 'There is nothing at this path.' })))
    } else if (method !== 'OPTIONS') {
      const wrong = new Problem('method-not-allowed', { hint: `This path answers ${Allow}.` })
      refuse(arrival, uncounted(arrival, null, wrong), { Allow })
    } else {
      const varies = ['Access-Control-Request-Method', 'Access-Control-Request-Headers']
      const own = { Allow, ...paths.says(pathOf(target)), ...cors.preflight(headers.origin, methods) }
      send(arrival, { status: 204, page: 'data', headers: own, varies, body: null })
    }
  }

  function route(added: HttpRoute): void {
    applied.add(added.rule)
    if (added.vital) vital.add(added.path)
    if (added.lines) cors.know(added.lines)
    if (added.says) paths.say(added.path, added.says)
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
      direct.takeOver(fastify.server)
      connections.watch(() => {
        for (const socket of flights.slow()) refuseSocket(tooSlow, socket)
      })
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
    connections.endSilent()
    const cut = setTimeout(() => {
      for (const { stop } of flights) stop.abort()
      setTimeout(() => fastify.server.closeAllConnections(), lastWords).unref()
    }, limits.stopTime)
    try {
      await fastify.close()
    } finally {
      clearTimeout(cut)
      connections.close()
    }
  }

  return {
    options,
    limits,
    peers,
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

const answeredBy = (
  { rule }: HttpRoute,
  { request, response, trace }: Arrival,
  actor: Actor | null,
  began: number,
): Answered => ({
  operation: 'operation' in rule ? rule.operation : undefined,
  method: request.method ?? '',
  // Whoever went away before its answer was sent none.
  status: response.headersSent ? response.statusCode : 499,
  seconds: (performance.now() - began) / 1000,
  requestId: trace.requestId,
  actorId: actor?.id,
})

const paramsOf = ({ params }: FastifyRequest): Params =>
  typeof params === 'object' && params !== null ? (params as Params) : {}
