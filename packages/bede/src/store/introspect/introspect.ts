import type { Connection } from '../driver.ts'
import type { LiveSchema } from './live-schema.ts'
import { catalogShape, catalogSql } from './queries.ts'

/**
 * What a database holds, read from its catalog in one statement of one read-only transaction: nothing is locked, no row
 * of a table is looked at, and no right is needed beyond that to connect.
 */
export async function introspect(connection: Connection): Promise<LiveSchema> {
  const row = await connection.transaction(
    async (transaction) => {
      // What is not found on the path is written with its schema.
      await transaction.script("set transaction read only; set local search_path = ''")
      const [found] = await transaction.query({ sql: catalogSql, params: [], shape: [...catalogShape] })
      return found ?? []
    },
    { isolation: 'repeatable read' },
  )
  const part = (name: (typeof catalogShape)[number]) => JSON.parse(row[catalogShape.indexOf(name)] ?? '[]')
  return deepFreeze({
    version: Number(part('version')),
    tables: part('tables'),
    enums: part('enums'),
    domains: part('domains'),
    sequences: part('sequences'),
    functions: part('functions'),
    others: part('others'),
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
