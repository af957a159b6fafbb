import { type App, link } from '../../../src/index.ts'
import { createPlanner } from '../../../src/sql/create-planner.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Running } from '../../writes/support/running.ts'

/** How the database goes about a list when reading a whole table is the last thing it would do. */
export async function planOf(running: Running, app: App, operation: string, input: object): Promise<string> {
  const { connection } = running.backend
  const call = {
    input: { limit: 20, count: false, ...input },
    actor: null,
    system: false,
    now: '2026-01-01T00:00:00.000Z',
  }
  const { sql, params } = createPlanner(link(app).manifest, postgres).statement(operation, call)
  return connection.transaction(async (transaction) => {
    await transaction.script('set local enable_seqscan = off')
    const rows = await transaction.query({ sql: `explain ${sql}`, params, shape: ['plan'] })
    return rows.map(([line]) => line).join('\n')
  })
}
