import type { Json } from '../expr/value.ts'
import type { CompiledOperation } from '../manifest/manifest.ts'
import type { Planner } from '../sql/planner.ts'
import type { Row } from '../sql/statement.ts'
import type { Connection } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'

/** A statement on the platform's own rows, planned like any other and made once: with the rights of the system. */
export interface InternalCall {
  /** Of a read: its body. Of a write: how many rows were written, then its body. */
  run(
    connection: Connection,
    input: Readonly<Record<string, Json>>,
    options?: { readonly now?: string; readonly signal?: StopSignal },
  ): Promise<Row | undefined>
}

/** Compiles an operation that only Bede itself calls. It is in no manifest: no surface can reach it (class 24). */
export function internalCall(planner: Planner, operation: Omit<CompiledOperation, 'auth' | 'input'>): InternalCall {
  const planned = planner.adhoc({ ...operation, auth: 'required', input: {} })
  return {
    async run(connection, input, { now = new Date().toISOString(), signal } = {}) {
      const statement = planned.statement({ input, actor: null, system: true, now })
      const rows = await connection.query(statement, signal ? { signal } : {})
      return rows[0]
    },
  }
}
