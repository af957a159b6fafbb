import type { AppOptions } from '../declare/app.ts'
import type { Backend } from '../identity/start.ts'
import { docs } from './docs/surface.ts'
import type { ProblemForm } from './http/answer/problem-answer.ts'
import { mountHealth } from './http/health.ts'
import type { HttpOptions } from './http/options.ts'
import { createHttpServer, type HttpServer } from './http/server.ts'
import { linkPages } from './links/surface.ts'
import { openapi } from './openapi/surface.ts'
import { rest } from './rest/rest.ts'
import type { Surface } from './surface.ts'

/** What the backend itself says to the edge. */
type OfBackend =
  | 'name'
  | 'authenticate'
  | 'ready'
  | 'cookie'
  | 'counting'
  | 'cors'
  | 'scheme'
  | 'problem'
  | 'tracing'
  | 'onError'
  | 'log'

export interface FrontOptions extends Omit<HttpOptions, OfBackend> {
  /** Surfaces beside those that every backend has. */
  readonly more?: readonly Surface[]
}

/**
 * A server with every surface of a backend on it: whoever serves one, for people or to attack it, serves this. Nothing
 * listens yet. Throws the Problems of {@link createHttpServer}.
 */
export function createFront(backend: Backend, { more = [], ...place }: FrontOptions): HttpServer {
  const { manifest, engine, authenticate, ready, cookie, limits, tracing, log } = backend
  const { problem, cors, authorization, onError } = backend.options
  const http = createHttpServer({
    name: manifest.name,
    ...place,
    authenticate,
    ready,
    log,
    ...(cookie && { cookie }),
    ...(limits && { counting: limits }),
    ...(cors && { cors }),
    ...(authorization && { scheme: authorization.scheme }),
    ...(problem && { problem: problemForm(problem) }),
    ...(tracing && { tracing }),
    ...(onError && { onError }),
  })
  for (const surface of [rest, openapi, docs, linkPages, ...more]) surface.mount(manifest, engine, http)
  mountHealth(http)
  return http
}

/** The app's own form of a problem. Its body becomes plain JSON, whatever it is made of. */
const problemForm =
  (form: NonNullable<AppOptions['problem']>): ProblemForm =>
  (problem) => {
    const { body, ...rest } = form(problem)
    return { ...rest, body: JSON.parse(JSON.stringify(body ?? null)) }
  }
