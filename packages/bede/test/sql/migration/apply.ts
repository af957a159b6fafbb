import type { MigrationStep } from '../../../src/sql/migration/file.ts'
import { statementsOf } from '../../../src/sql/migration/statements.ts'
import type { Connection } from '../../../src/store/driver.ts'

/** More batches than any test has rows. */
const MOST_BATCHES = 200

/** Runs steps as a file's directives say, without the records, the waiting and the retries of the real runner. */
export async function applySteps(connection: Connection, steps: readonly MigrationStep[]): Promise<void> {
  let open: string[] = []
  const flush = async () => {
    const sql = open.join('\n')
    open = []
    if (sql !== '') await told(sql, () => connection.transaction((transaction) => transaction.script(sql)))
  }
  for (const step of steps) {
    if (step.run === 'together') {
      open.push(step.sql)
      continue
    }
    await flush()
    if (step.run === 'alone')
      for (const { sql } of statementsOf(step.sql)) await told(sql, () => connection.script(sql))
    else await applyBatches(connection, step)
  }
  await flush()
}

async function applyBatches(connection: Connection, step: MigrationStep): Promise<void> {
  for (let n = 0; n < MOST_BATCHES; n++) {
    const sql = step.sql.replace(/;\s*$/, '')
    const rows = await told(sql, () =>
      connection.transaction((transaction) => transaction.query({ sql, params: [], shape: ['rows'] })),
    )
    if (rows.length === 0) return
  }
  throw new Error(`step ${step.n} never ends`)
}

/** Says which statement it was. */
async function told<T>(sql: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const said = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause)
    throw new Error(`${said}\n${sql}`, { cause })
  }
}
