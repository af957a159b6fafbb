import type { Connection } from '../../store/driver.ts'

/** Told of the models that a statement has changed, once it can be seen that it has. */
export type Watch = (models: readonly string[]) => Promise<void> | void

/**
 * The same connection, which tells of the changes that its statements make: when a statement has ended, or the whole
 * transaction around it, and before whoever asked for it goes on. A failure is told as well: a COMMIT whose answer was
 * lost may have happened.
 */
export function watchedConnection(connection: Connection, watch: Watch): Connection {
  const { listen, session } = connection // position and replica are as they were
  return {
    ...connection,
    query: (statement, options) =>
      statement.changes
        ? told(connection.query(statement, options), statement.changes, watch)
        : connection.query(statement, options),
    async transaction(f, options) {
      const changed = new Set<string>()
      try {
        return await connection.transaction((inner) => f(noting(inner, changed)), options)
      } finally {
        if (changed.size > 0) await watch([...changed])
      }
    },
    script: (sql) => connection.script(sql),
    ...(session && { session: (f) => session(f) }),
    ...(listen && { listen: (...how) => listen(...how) }),
  }
}

async function told<T>(work: Promise<T>, changes: readonly string[], watch: Watch): Promise<T> {
  try {
    return await work
  } finally {
    await watch(changes)
  }
}

/** Inside a transaction: noted, and told at its end. */
const noting = (connection: Connection, changed: Set<string>): Connection => ({
  ...connection,
  query(statement, options) {
    for (const model of statement.changes ?? []) changed.add(model)
    return connection.query(statement, options)
  },
  transaction: (f, options) => connection.transaction((inner) => f(noting(inner, changed)), options),
})
