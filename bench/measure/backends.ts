import pg from 'pg'
import { processorTime } from './processor.ts'

/** The server processes of one database, looked at from beside. */
export interface Backends {
  /** CPU microseconds of each client's server process so far. */
  times(): Promise<ReadonlyMap<number, number>>
  query(sql: string): Promise<unknown[][]>
  close(): Promise<void>
}

export async function watchBackends(url: string): Promise<Backends> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const query = async (text: string): Promise<unknown[][]> => (await client.query({ text, rowMode: 'array' })).rows
  return {
    query,
    async times() {
      const rows = await query(
        `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      return new Map(rows.map(([pid]) => [Number(pid), processorTime(Number(pid))]))
    },
    close: () => client.end(),
  }
}

/** What they took between two looks; one that was not there before began at nothing. */
export const spent = (before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number =>
  [...after].reduce((sum, [pid, time]) => sum + Math.max(0, time - (before.get(pid) ?? 0)), 0)
