import pg from 'pg'
import { temporaryDatabase } from '../database.ts'
import { watchBackends } from '../measure/backends.ts'
import { type Machine, machine } from '../measure/machine.ts'
import { quick } from '../measure/options.ts'
import { blog } from './contestants.ts'
import { seed } from './seed.ts'

/** A database with the blog's tables and rows, for one measurement. */
export interface World {
  readonly url: string
  readonly articleIds: readonly string[]
  /** The account that is signed in. */
  readonly actor: string
  readonly machine: Machine
  /** Takes away the comments that were written while measuring, so that every operation meets the same rows. */
  tidy(): Promise<void>
  query(sql: string): Promise<unknown[][]>
  drop(): Promise<void>
}

/** `bede start` makes the tables, as it does for everybody; then the rows come. */
export async function world(factor = quick ? 0.1 : 1, env: Record<string, string> = {}): Promise<World> {
  const database = await temporaryDatabase()
  const { url } = database
  try {
    const made = await blog(url, [], { env })
    await made.stop()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { articleIds } = await seed(client, factor).finally(() => client.end())
    const { query, close } = await watchBackends(url)
    const [[actor, version] = []] = await query(
      `select id, current_setting('server_version') from "user" where email = 'user1@example.com'`,
    )
    return {
      url,
      articleIds,
      actor: String(actor),
      machine: machine(String(version)),
      query,
      tidy: async () => {
        await query(`delete from comment where created_at > now() - interval '1 day'`)
        await query('vacuum analyze comment')
      },
      async drop() {
        await close()
        await database.drop()
      },
    }
  } catch (error) {
    await database.drop()
    throw error
  }
}
