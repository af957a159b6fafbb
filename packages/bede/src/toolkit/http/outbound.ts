import type { IncomingMessage } from 'node:http'
import type { Logger } from '../../telemetry/logger.ts'
import { isProblem } from '../../telemetry/problem.ts'
import type { Tracing } from '../../telemetry/tracing.ts'
import { flowingBody, wholeBody } from './body.ts'
import { type ConnectionOptions, createConnections } from './connection.ts'
import type { OutboundSeen } from './counted.ts'
import { Destinations } from './destination.ts'
import type { Http, HttpRequestOptions, HttpResponse, HttpStream } from './http.ts'
import { Origins } from './origins.ts'
import { boundsOf, prepared } from './prepared.ts'
import { type Occasion, request, type Take, type Taken, type Ways } from './request.ts'
import { headOf, WholeResponse } from './response.ts'

export interface OutboundOptions extends ConnectionOptions {
  /** Origins that the app calls. */
  readonly allow?: readonly string[]
  /** Whether it calls addresses that others give. */
  readonly public?: boolean
  /** Hosts and ports of the place's own network that it calls. */
  readonly private?: readonly string[]
  /** Told of each request when it is over. */
  readonly seen?: (seen: OutboundSeen) => void
}

/** Whom a client belongs to. */
export interface OutboundScope extends Occasion {
  readonly log: Pick<Logger, 'warn'>
  readonly seen?: ((seen: OutboundSeen) => void) | undefined
  readonly tracing?: Tracing | undefined
}

/** The outbound client of a backend: what is remembered of origins, and the connections to them. */
export interface Outbound {
  /** The client of one call. */
  of(scope: OutboundScope): Http
  close(): void
}

export function createOutbound(options: OutboundOptions = {}): Outbound {
  const { allow = [], private: near = [], public: open = false } = options
  const destinations = new Destinations({ allow, private: near, public: open })
  const connections = createConnections(options)
  const ways: Ways = { destinations, connections, origins: new Origins() }
  return {
    of: (scope) => new Client(ways, options.seen ? { ...scope, seen: options.seen } : scope, false),
    close: () => connections.close(),
  }
}

/** One is made for every call of a handler, so it is made of nothing. */
class Client implements Http {
  readonly #ways: Ways
  readonly #scope: OutboundScope
  /** Addresses come from others. */
  readonly #given: boolean

  constructor(ways: Ways, scope: OutboundScope, given: boolean) {
    this.#ways = ways
    this.#scope = scope
    this.#given = given
  }

  get public(): Http {
    return new Client(this.#ways, this.#scope, true)
  }

  get(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#whole('GET', url, options)
  }
  head(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#whole('HEAD', url, options)
  }
  post(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#whole('POST', url, options)
  }
  put(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#whole('PUT', url, options)
  }
  patch(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#whole('PATCH', url, options)
  }
  delete(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#whole('DELETE', url, options)
  }
  stream(url: string | URL, options: HttpRequestOptions = {}): Promise<HttpStream> {
    return this.#ask('GET', url, options, 'flowing', flowing)
  }

  #whole(method: string, url: string | URL, options: HttpRequestOptions = {}): Promise<HttpResponse> {
    return this.#ask(method, url, options, 'whole', whole)
  }

  async #ask<T extends { readonly status: number }>(
    method: string,
    url: string | URL,
    options: HttpRequestOptions,
    kind: 'whole' | 'flowing',
    taking: (method: string, max: number) => Take<T>,
  ): Promise<T> {
    const { seen } = this.#scope
    const began = seen ? performance.now() : 0
    const over = (destination: string, result: string) =>
      seen?.({ destination, result, seconds: (performance.now() - began) / 1000 })
    let destination = 'refused'
    try {
      const { destinations } = this.#ways
      const to = this.#given ? destinations.given(url) : destinations.chosen(url)
      const bounds = boundsOf(options, kind)
      destination = to.name
      const message = prepared(to, method, options)
      const send = (scope: Occasion) => request(message, bounds, this.#ways, scope, taking(method, bounds.size))
      const answer = await this.#traced(method, destination, send)
      over(destination, `${Math.floor(answer.status / 100)}xx`)
      return answer
    } catch (error) {
      over(destination, isProblem(error) ? error.code : 'internal')
      // Its answer is no failure of ours, so nobody else writes it down.
      if (isProblem(error) && error.code === 'destination-refused') {
        const { message, cause } = error
        this.#scope.log.warn('an outbound call was refused', {
          reason: message,
          ...(cause instanceof Error && { because: cause.message }),
        })
      }
      throw error
    }
  }

  /** In a span, where there are spans: then it is the one that the other side is told of. */
  #traced<T extends { readonly status: number }>(
    method: string,
    destination: string,
    send: (scope: Occasion) => Promise<T>,
  ): Promise<T> {
    const { tracing } = this.#scope
    if (!tracing) return send(this.#scope)
    const attributes = { 'http.request.method': method, 'bede.destination': destination }
    return tracing.span(`${method} ${destination}`, { kind: 'client', attributes }, async (span) => {
      const answer = await send({ ...this.#scope, traceparent: span.traceparent })
      span.set('http.response.status_code', answer.status)
      return answer
    })
  }
}

const whole =
  (method: string, max: number): Take<HttpResponse> =>
  async (message, from, signal): Promise<Taken<HttpResponse>> => {
    const body = await wholeBody({ method, message, origin: from.origin, max, signal })
    return { value: new WholeResponse(headOf(message, from), body) }
  }

const flowing =
  (method: string, max: number): Take<HttpStream> =>
  async (message: IncomingMessage, from, signal): Promise<Taken<HttpStream>> => {
    const { body, over } = flowingBody({ method, message, origin: from.origin, max, signal })
    return { value: { ...headOf(message, from), body }, over, discard: () => body.destroy() }
  }
