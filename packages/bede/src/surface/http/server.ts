import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fastify as createFastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Actor } from '../../engine/call.ts'
import { Problem } from '../../telemetry/problem.ts'
import { credentialOf } from './authorization.ts'
import { readJsonBody } from './body.ts'
import { createCors } from './cors.ts'
import { fromFastify } from './fastify-error.ts'
import { cannotListen, checkAddress } from './listen-address.ts'
import { defaultLimits, type HttpLimits, type HttpOptions } from './options.ts'
import { PathTable } from './path-table.ts'
import { decodeComponent, parseQuery } from './query-string.ts'
import { refuseSocket } from './refuse-socket.ts'
import { checkTarget, pathOf, queryOf } from './request-target.ts'
import { createResponder } from './responder.ts'
import type { Exchange, HttpRoute, RouteEntry, Rule } from './route.ts'
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
  const { host = defaultHost, port = defaultPort, development = false, scheme = 'Bearer' } = options
  checkAddress(host, development, options.exposed ?? false)
  const limits: HttpLimits = { ...defaultLimits, ...options.limits }
  const cors = createCors(options.cors)
  const entries: RouteEntry[] = []
  const paths = new PathTable()
  const inFlight = new Set<AbortController>()
  let stopping = false
  let refusing = false
  const responder = createResponder(options, cors, () => stopping)
  const { begin, send, refuse } = responder

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
    frameworkErrors: (error, request, reply) => {
      begin(request, reply)
      refuse(request, reply, fromFastify(error))
    },
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
    begin(request, reply)
    try {
      if (refusing) throw new Problem('unavailable', { message: 'The service is stopping.', retryAfter: 1 })
      checkTarget(request.raw.url ?? '', limits.target)
      refuseDoubledHeaders(request.raw.rawHeaders)
      checkHeaderSize(request.raw.rawHeaders)
    } catch (thrown) {
      refuse(request, reply, thrown)
      return
    }
    done()
  })
  fastify.setErrorHandler((error, request, reply) => refuse(request, reply, fromFastify(error)))
  fastify.setNotFoundHandler((request, reply) => notFound(request, reply))

  function checkHeaderSize(raw: readonly string[]): void {
    // Each line has a colon, a space and an end beside its two parts.
    const size = raw.reduce((sum, part) => sum + part.length + 2, 0)
    if (size > limits.headers)
      throw new Problem('header-too-large', { message: `The headers may have ${limits.headers} bytes.` })
  }

  async function serve(route: HttpRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    // `/notes/` is no row of `/notes/:id`: the router takes an empty segment for a parameter.
    if (hasEmptyParam(request)) return notFound(request, reply)
    const controller = new AbortController()
    inFlight.add(controller)
    reply.raw.once('close', () => {
      inFlight.delete(controller)
      if (!reply.raw.writableFinished) controller.abort()
    })
    try {
      const actor = 'open' in route.rule ? null : await actorOf(request, controller.signal)
      if ('operation' in route.rule && route.rule.auth === 'required' && actor === null)
        throw new Problem('unauthenticated')
      return send(request, reply, await route.answer(exchangeOf(request, controller.signal, actor)))
    } catch (thrown) {
      const cut = refusing && controller.signal.aborted && !reply.raw.destroyed
      return refuse(request, reply, cut ? new Problem('unavailable', { message: 'The service is stopping.' }) : thrown)
    }
  }

  async function actorOf(request: FastifyRequest, signal: AbortSignal): Promise<Actor | null> {
    const credential = credentialOf(request.headers.authorization, scheme)
    if (credential === null) return null
    const actor = (await options.authenticate?.(credential, signal)) ?? null
    if (actor === null) throw new Problem('invalid-credential')
    return actor
  }

  function exchangeOf(request: FastifyRequest, signal: AbortSignal, actor: Actor | null): Exchange {
    const target = request.raw.url ?? ''
    return {
      request: request.raw,
      trace: responder.trace(request),
      actor,
      signal,
      params: paramsOf(request),
      path: pathOf(target),
      query: () => parseQuery(queryOf(target), limits.queryParameters),
      body: (accepted) => readJsonBody(request.raw, accepted, limits),
    }
  }

  function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const target = request.raw.url ?? ''
    const methods = target === '*' ? ['OPTIONS'] : paths.methods(pathOf(target))
    if (methods.length === 0)
      return refuse(request, reply, new Problem('not-found', { message: 'There is nothing at this path.' }))
    reply.header('Allow', methods.join(', '))
    if (request.method !== 'OPTIONS') {
      const hint = `This path answers ${methods.join(', ')}.`
      return refuse(request, reply, new Problem('method-not-allowed', { hint }))
    }
    reply.header('Vary', 'Authorization, Origin, Accept, Access-Control-Request-Method, Access-Control-Request-Headers')
    return reply.code(204).headers(cors.preflight(request.headers.origin, methods)).send()
  }

  function route(added: HttpRoute): void {
    applied.add(added.rule)
    fastify.route({
      method: added.method === 'GET' ? ['GET', 'HEAD'] : [added.method],
      url: added.path,
      config: { rule: added.rule },
      handler: (request, reply) => serve(added, request, reply),
    })
  }

  async function listen(): Promise<{ host: string; port: number }> {
    try {
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

const hasEmptyParam = ({ params }: FastifyRequest): boolean =>
  typeof params === 'object' && params !== null && Object.values(params).includes('')

/** The router has decoded them already; what cannot be stored is refused here. */
function paramsOf(request: FastifyRequest): Readonly<Record<string, string>> {
  const params = request.params
  if (typeof params !== 'object' || params === null) return {}
  for (const [name, value] of Object.entries(params)) {
    if (String(value).includes('\u0000')) decodeComponent(encodeURIComponent(String(value)), `/path/${name}`)
  }
  return params as Readonly<Record<string, string>>
}
