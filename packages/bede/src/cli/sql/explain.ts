import { existsSync } from 'node:fs'
import type { Template } from '../../sql/compile.ts'
import { type Connection, StoreError } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Database } from '../serve/database.ts'

/** Ends the transaction without keeping what it set; never seen outside. */
class Done extends Error {}

/**
 * The database's own plan for a statement, whatever its values (the generic plan). Nothing is run and nothing changes.
 * Throws a Problem `store-schema` when the tables are not there, or those of the store.
 */
export async function explain({ driver, place }: Database, { sql, slots }: Template): Promise<string> {
  // Opening a folder that is not there would make a database in it.
  if (place !== undefined && !existsSync(place)) throw withoutTables()
  const connection = await driver.open()
  try {
    return await planned(connection, sql, slots.length)
  } catch (error) {
    throw error instanceof StoreError ? withoutTables(error) : error
  } finally {
    await driver.close()
  }
}

const withoutTables = (cause?: StoreError): Problem =>
  new Problem('store-schema', {
    message: 'The database cannot plan this statement: it has no tables of this app, or others than declared.',
    hint: 'Run bede dev once: it makes the tables.',
    cause,
  })

async function planned(connection: Connection, sql: string, parameters: number): Promise<string> {
  let plan = ''
  try {
    await connection.transaction(async (transaction) => {
      await transaction.script(`set local plan_cache_mode = force_generic_plan; prepare bede_shown as ${sql}`)
      const values = parameters === 0 ? '' : `(${Array(parameters).fill('null').join(', ')})`
      const rows = await transaction.query({ sql: `explain execute bede_shown${values}`, params: [], shape: ['plan'] })
      await transaction.script('deallocate bede_shown')
      plan = rows.map(([line]) => line ?? '').join('\n')
      throw new Done()
    })
  } catch (error) {
    if (!(error instanceof Done)) throw error
  }
  return plan
}
