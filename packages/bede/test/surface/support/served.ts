import { type Backend, type StartOptions, start } from '../../../src/identity/start.ts'
import type { App } from '../../../src/index.ts'
import { createHttpServer, type HttpServer } from '../../../src/surface/http/server.ts'
import { rest } from '../../../src/surface/rest/rest.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

export interface Served {
  readonly backend: Backend
  readonly server: HttpServer
  /** Every line that was logged, parsed. */
  readonly log: Record<string, unknown>[]
  fetch(path: string, init?: RequestInit & { readonly json?: unknown }): Promise<Response>
}

/** An app over HTTP on the real engine, until the test ends; on an embedded database in memory if no other is given. */
export async function serve(
  t: { after(close: () => Promise<void>): unknown },
  app: App,
  mode: 'development' | 'production' = 'production',
  database?: string,
  files?: StartOptions['files'],
): Promise<Served> {
  const lines: Record<string, unknown>[] = []
  const log = createLogger({ level: 'debug', write: (line) => lines.push(JSON.parse(line)) })
  const backend = await start(app, { mode, log, ...(database !== undefined && { database }), ...(files && { files }) })
  const { manifest, engine, authenticate, ready } = backend
  const development = mode === 'development'
  const server = createHttpServer({ name: manifest.name, port: 0, authenticate, ready, log, development })
  rest.mount(manifest, engine, server)
  const { port } = await server.listen()
  t.after(async () => {
    await server.close()
    await backend.close()
  })
  return {
    backend,
    server,
    log: lines,
    fetch: (path, { json, headers, ...init } = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        redirect: 'manual',
        ...init,
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        headers: {
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...Object.fromEntries(new Headers(headers)),
        },
      }),
  }
}
