import { storedTables } from '../../manifest/stored.ts'
import { named } from '../../sql/migration/draft.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import type { MigrationPlan } from '../../sql/migration/plan.ts'
import type { Counts } from '../../sql/migration/report.ts'
import { identifier } from '../../sql/postgres/names.ts'
import { type Connection, StoreError } from '../../store/driver.ts'
import { chooseDatabase } from '../serve/database.ts'

/**
 * Counts in a database what a plan would lose, what stands in its way, and the rows of the tables it locks. In one
 * transaction that cannot write. What the database does not have (it may be behind, or ahead) is not counted.
 */
export async function countedIn(
  url: string,
  plan: MigrationPlan,
  last: Migration | undefined,
  folder: string,
): Promise<Counts> {
  const { driver } = chooseDatabase({ url, data: undefined, folder })
  try {
    const connection = await driver.open()
    return await connection.transaction(async (transaction) => {
      await transaction.script('set transaction read only; set local statement_timeout = 0')
      const count = counter(transaction)
      const tables = last ? storedTables(last.manifest) : []
      return {
        rows: await each(
          tables,
          (table) => [
            named(table),
            `select count(*) from ${table.schema === undefined ? '' : `${identifier(table.schema)}.`}${identifier(table.table)}`,
          ],
          count,
        ),
        losses: await each(plan.losses, (one) => [one.loss, one.count], count),
        conditions: await each(plan.conditions, (one) => [one.says, one.count], count),
      }
    })
  } finally {
    await driver.close()
  }
}

type Count = (sql: string) => Promise<number | undefined>

const counter =
  (transaction: Connection): Count =>
  async (sql) => {
    try {
      const [row] = await transaction.transaction((attempt) => attempt.query({ sql, params: [], shape: ['count'] }))
      return row?.[0] === undefined ? undefined : Number(row[0])
    } catch (error) {
      if (error instanceof StoreError && error.failure === 'other') return undefined // no such table or column there
      throw error
    }
  }

async function each<T>(
  items: readonly T[],
  of: (item: T) => readonly [key: string, sql: string],
  count: Count,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (const item of items) {
    const [key, sql] = of(item)
    const number = await count(sql)
    if (number !== undefined) found.set(key, number)
  }
  return found
}
