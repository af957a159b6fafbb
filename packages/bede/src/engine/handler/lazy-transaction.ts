import type { Connection, TransactionOptions } from '../../store/driver.ts'

/** A transaction that has perhaps not begun. */
export interface Lazy {
  /** Every use of it is in the transaction; the first one begins it. */
  readonly connection: Connection
  /** For reading what needs no transaction: the transaction once it has begun, until then any session. */
  reader(): Connection
}

/**
 * A transaction around `f` that takes a session only when `f` first needs one: a handler that hashes a password or asks
 * another service first holds none while it waits, so a crowd of them does not starve everybody else.
 */
export async function lazyTransaction<T>(
  root: Connection,
  f: (lazy: Lazy) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const end = Promise.withResolvers<void>()
  end.promise.catch(() => {}) // it may end before anything has begun
  let begun: Promise<Connection> | undefined
  let finished: Promise<void> = Promise.resolve()
  let over = false

  const begin = (): Promise<Connection> => {
    if (over) throw new Error('The handler has ended and its transaction with it. Was an await forgotten?')
    if (begun) return begun
    const ready = Promise.withResolvers<Connection>()
    begun = ready.promise
    finished = root.transaction(async (connection) => {
      ready.resolve(connection)
      await end.promise
    }, options)
    finished.catch(ready.reject)
    return begun
  }
  const connection: Connection = {
    query: async (statement, how) => (await begin()).query(statement, how),
    transaction: async (inner, how) => (await begin()).transaction(inner, how),
    script: async (sql) => (await begin()).script(sql),
  }
  let result: T
  try {
    result = await f({ connection, reader: () => (begun ? connection : root) })
  } catch (error) {
    over = true
    end.reject(error)
    await finished.catch(() => {}) // it says the same, after its rollback
    throw error
  }
  over = true
  end.resolve()
  await finished
  return result
}
