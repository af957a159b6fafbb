import type { Actor } from '../../../src/engine/call.ts'
import type { Json } from '../../../src/expr/value.ts'
import { createPlanner } from '../../../src/sql/create-planner.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Running } from './running.ts'

/** How the database would go about a call, were reading every row no choice. */
export async function planOf(
  { backend }: Running,
  operation: string,
  input: Readonly<Record<string, Json>>,
  actor: Actor,
): Promise<string> {
  const { sql, params } = createPlanner(backend.manifest, postgres).statement(operation, {
    input,
    actor: actor as never,
    system: false,
    now: new Date().toISOString(),
  })
  // Whether an index can serve it, and not whether that is worth it for so few rows.
  return backend.connection.transaction(async (transaction) => {
    await transaction.script('set local enable_seqscan = off')
    const rows = await transaction.query({ sql: `explain ${sql}`, params, shape: [] })
    return rows.flat().join('\n')
  })
}
