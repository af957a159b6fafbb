import { type Booted, boot } from '../../../src/engine/boot.ts'
import type { Actor } from '../../../src/engine/call.ts'
import { docs } from '../../../src/surface/docs/surface.ts'
import { mountHealth } from '../../../src/surface/http/health.ts'
import type { HttpOptions } from '../../../src/surface/http/options.ts'
import { createHttpServer, type HttpServer } from '../../../src/surface/http/server.ts'
import { openapi } from '../../../src/surface/openapi/surface.ts'
import { rest } from '../../../src/surface/rest/rest.ts'
import { silent } from '../../../src/telemetry/logger.ts'
import { handlers, manifest } from '../../fixtures/blog/linked.ts'
import type { TestStore } from '../../support/stores.ts'
import { wholeOf } from '../../support/whole.ts'

export interface Live {
  readonly server: HttpServer
  readonly booted: Booted
  readonly port: number
  fetch(path: string, init?: RequestInit & { readonly as?: string; readonly json?: unknown }): Promise<Response>
  /** Every row of every model, as text: what must be the same after a refusal. */
  everything(): Promise<string>
  close(): Promise<void>
}

const idOf = (n: number): string => `0190a1b2-c3d4-7e5f-8a9b-${String(n).padStart(12, '0')}`

/** Who can sign in by name in these tests. */
export const people: Readonly<Record<string, Actor>> = {
  jane: { id: idOf(1), role: 'member' },
  jake: { id: idOf(2), role: 'member' },
  edna: { id: idOf(3), role: 'editor' },
}

/** The blog with three people in it, on a store, with every surface. */
export async function startLive(store: TestStore, options: Partial<HttpOptions> = {}): Promise<Live> {
  const booted = await boot({ manifest, handlers }, { database: store.url, mode: 'production', log: silent })
  const { connection, engine, ready } = booted
  const user = manifest.models.user!
  const column = (field: string): string => `"${user.fields[field]!.column}"`
  const values = Object.entries(people).map(
    ([name, { id, role }]) => `('${id}', '${name}@example.com', '${name}', 'not-a-hash', '${String(role)}', now())`,
  )
  const columns = ['id', 'email', 'username', 'password', 'role', 'createdAt'].map(column).join(', ')
  await connection.script(`insert into "${user.table}" (${columns}) values ${values.join(', ')}`)
  const server = createHttpServer({
    name: 'blog',
    port: 0,
    authenticate: async (credential) => (Object.hasOwn(people, credential) ? people[credential]! : null),
    ready,
    ...options,
  })
  mountHealth(server)
  for (const surface of [rest, openapi, docs]) surface.mount(manifest, engine, server)
  const { port } = await server.listen()
  const tables = Object.values(manifest.models).map(({ table, schema }) =>
    schema ? `"${schema}"."${table}"` : `"${table}"`,
  )
  return {
    server,
    booted,
    port,
    fetch: (path, { as, json, headers, ...init } = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        headers: {
          ...(as === undefined ? {} : { Authorization: `Bearer ${as}` }),
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...Object.fromEntries(new Headers(headers)),
        },
      }),
    everything: async () =>
      (await connection.query({ sql: wholeOf(tables), params: [], shape: ['rows'] })).map(([line]) => line).join('\n'),
    close: async () => {
      await server.close()
      await booted.close()
    },
  }
}
