import type { Actor } from '../../../src/engine/call.ts'
import type { Json } from '../../../src/expr/value.ts'
import { createPlanner } from '../../../src/sql/create-planner.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Running } from './running.ts'

/** How the database would go about a call. */
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
  const rows = await backend.connection.query({ sql: `explain ${sql}`, params, shape: [] })
  return rows.flat().join('\n')
}
