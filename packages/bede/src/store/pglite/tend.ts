import type { Session } from '../session.ts'

/** Statements between two looks at what has piled up. */
export const statementsBetweenTending = 5_000

/** Written since the last checkpoint, in bytes, before there is another: that much is read again after a crash. */
const maxUncheckpointed = 32 * 1024 * 1024

/** As a server's autovacuum would judge, with its default shares (PostgreSQL §24.1.6), but later for small tables. */
const neglected = `
  select format('%I.%I', schemaname, relname), n_dead_tup > 1000 + 0.2 * n_live_tup
    from pg_stat_user_tables
    where n_dead_tup > 1000 + 0.2 * n_live_tup or n_mod_since_analyze > 500 + 0.1 * n_live_tup`

const uncheckpointed = `
  select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::int8 from pg_control_checkpoint()`

/**
 * Does what a server does in the background and the embedded database never does by itself: takes dead rows out, counts
 * anew what tables hold, and ends the log of changes, which would otherwise grow for as long as the process runs.
 */
export async function tend(session: Session): Promise<void> {
  for (const [table, bloated] of await session.query({ sql: neglected, params: [], shape: ['table', 'bloated'] })) {
    await session.script(`${bloated === 't' ? 'vacuum (analyze)' : 'analyze'} ${table}`)
  }
  const [row] = await session.query({ sql: uncheckpointed, params: [], shape: ['bytes'] })
  if (Number(row?.[0]) > maxUncheckpointed) await session.script('checkpoint')
}
