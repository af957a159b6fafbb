import { andForget } from '../../../../src/store/catalog/expected.ts'
import type { Connection, Driver } from '../../../../src/store/driver.ts'

/** A database that answers as if it had run these statements, and forgets what they have written. */
export const forgetting =
  (forgotten: (sql: string) => boolean) =>
  (driver: Driver): Driver => {
    const faulty = (connection: Connection): Connection => ({
      ...connection,
      query: (statement, options) =>
        forgotten(statement.sql)
          ? andForget(connection, (inner) => inner.query(statement, options))
          : connection.query(statement, options),
      transaction: (f, options) => connection.transaction((inner) => f(faulty(inner)), options),
      script: (sql) => connection.script(sql),
    })
    return { ...driver, open: async () => faulty(await driver.open()), close: () => driver.close() }
  }

/** A database in which these columns of its answers are null. */
export const hiding =
  (hidden: (sql: string) => boolean, shown: (text: string) => string) =>
  (driver: Driver): Driver => {
    const faulty = (connection: Connection): Connection => ({
      ...connection,
      async query(statement, options) {
        const rows = await connection.query(statement, options)
        return hidden(statement.sql) ? rows.map((row) => row.map((text) => (text === null ? null : shown(text)))) : rows
      },
      transaction: (f, options) => connection.transaction((inner) => f(faulty(inner)), options),
      script: (sql) => connection.script(sql),
    })
    return { ...driver, open: async () => faulty(await driver.open()), close: () => driver.close() }
  }
