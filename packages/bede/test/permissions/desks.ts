import { after } from 'node:test'
import type { Actor } from '../../src/engine/call.ts'
import { type Backend, type StartOptions, start } from '../../src/identity/start.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type TestStore, testStores } from '../support/stores.ts'
import { wholeOf } from '../support/whole.ts'
import { desk } from './desk.ts'

/** A served desk: Ann and Bob are members, Eve is an editor, Sid is suspended. */
export interface OpenDesk {
  readonly backend: Backend
  readonly people: Readonly<Record<'ann' | 'bob' | 'eve' | 'sid', Actor>>
  readonly lines: readonly string[]
  /** The statements that were sent since this was last asked. */
  statements(): readonly string[]
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** A new article; its id. */
  article(values: Partial<Record<'slug' | 'title' | 'status' | 'author_id' | 'reviewer_id', string>>): Promise<string>
  everything(): Promise<string>
}

let next = 0

/** The desk on each store, opened once for a file. */
export async function desks(
  options: Partial<StartOptions> = {},
): Promise<readonly { store: TestStore; open: () => Promise<OpenDesk> }[]> {
  const stores = await testStores()
  return stores.map((store) => {
    let opened: Promise<OpenDesk> | undefined
    after(async () => (await opened)?.backend.close())
    return { store, open: () => (opened ??= openDesk(store, options)) }
  })
}

async function openDesk(store: TestStore, options: Partial<StartOptions>): Promise<OpenDesk> {
  const lines: string[] = []
  const log = createLogger({ level: 'info', write: (line) => lines.push(line) })
  const backend = await start(desk(), { database: store.url, mode: 'production', log, ...options })
  const sent: string[] = []
  const { connection } = backend
  const query = connection.query.bind(connection)
  // What goes through this connection is counted; the backend's own object is the one that everything uses.
  Object.assign(connection, {
    query: (statement: Parameters<typeof query>[0], how: Parameters<typeof query>[1]) => {
      sent.push(statement.sql)
      return query(statement, how)
    },
  })
  const rows = (sql: string) => query({ sql, params: [], shape: [] })
  const person = async (handle: string, role: string, suspended = false): Promise<Actor> => {
    const [row] = await rows(
      `insert into "user" (id, handle, email, password, role, suspended, note, bio) values (gen_random_uuid(), '${handle}', '${handle}@canary.example', 'canary-hash', '${role}', ${suspended}, 'canary-note', 'canary-bio') returning id::text`,
    )
    return { id: String(row?.[0]), role }
  }
  return {
    backend,
    lines,
    rows,
    people: {
      ann: await person('ann', 'member'),
      bob: await person('bob', 'member'),
      eve: await person('eve', 'editor'),
      sid: await person('sid', 'member', true),
    },
    statements: () => sent.splice(0),
    async article({ slug = `slug-${next++}`, title = 'canary-title', status = 'draft', author_id, reviewer_id }) {
      const text = (value: string | undefined) => (value === undefined ? 'null' : `'${value}'`)
      const [row] = await rows(
        `insert into article (id, slug, title, status, updated_at, author_id, reviewer_id) values (gen_random_uuid(), '${slug}', '${title}', '${status}', now(), ${text(author_id)}, ${text(reviewer_id)}) returning id::text`,
      )
      return String(row?.[0])
    },
    everything: async () => JSON.stringify(await rows(wholeOf(['"user"', 'article', 'lock', 'bede.outbox']))),
  }
}
