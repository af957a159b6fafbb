import type { Connection } from '../store/driver.ts'
import type { Tracing } from '../telemetry/tracing.ts'

const about = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const

/** The same connection, with a span for each statement and transaction. What a statement says is in none. */
export function tracedConnection(connection: Connection, tracing: Tracing): Connection {
  const traced = (inner: Connection): Connection => {
    const { body, replica } = inner
    return {
      ...inner,
      query: (statement, options) => tracing.span('statement', about, () => inner.query(statement, options)),
      ...(body && {
        body: (statement, options) => tracing.span('statement', about, () => body(statement, options)),
      }),
      ...(replica && {
        replica: (after) => {
          const found = replica(after)
          return found && traced(found)
        },
      }),
      transaction: (f, options) =>
        tracing.span('transaction', about, () => inner.transaction((one) => f(traced(one)), options)),
    }
  }
  return traced(connection)
}
