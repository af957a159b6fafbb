import { randomBytes } from 'node:crypto'
import type { Manifest } from '../../manifest/manifest.ts'
import { createStatements } from '../../sql/ddl.ts'
import type { Dialect } from '../../sql/dialect.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Connection } from '../driver.ts'
import { databaseCode } from '../migrate/retry.ts'
import { type CatalogEntry, describeCatalog } from './describe.ts'

/** Where a model is that does not say so. */
const defaultSchema = 'public'

/** The schemas that hold a manifest's models. */
export const schemasOf = ({ models }: Manifest): readonly string[] => [
  ...new Set(Object.values(models).map(({ schema }) => schema ?? defaultSchema)),
]

class Done extends Error {}

/** Runs `f` in a transaction of which nothing stays. */
export async function andForget<T>(connection: Connection, f: (transaction: Connection) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined
  try {
    await connection.transaction(async (transaction) => {
      result = { value: await f(transaction) }
      throw new Done()
    })
  } catch (error) {
    if (!(error instanceof Done)) throw error
  }
  if (!result) throw new Error('The transaction ended before its work')
  return result.value
}

/**
 * What the catalog says of a database that holds a manifest's models and nothing else. The database itself is asked: it
 * makes them, in schemas of their own, tells about them and forgets them, all in one transaction that is rolled back.
 * So both descriptions are in the words of the same server, and no right is needed but the one to make a schema.
 */
export async function expectedCatalog(
  connection: Connection,
  manifest: Manifest,
  dialect: Dialect,
): Promise<readonly CatalogEntry[]> {
  const mark = `bede_expected_${randomBytes(6).toString('hex')}_`
  const models = Object.fromEntries(
    Object.entries(manifest.models).map(([name, model]) => [
      name,
      { ...model, schema: mark + (model.schema ?? defaultSchema) },
    ]),
  )
  try {
    return await andForget(connection, async (transaction) => {
      await transaction.script(
        `set local statement_timeout = 0; ${createStatements({ ...manifest, models }, dialect).join(';\n')}`,
      )
      const made = schemasOf(manifest).map((schema) => mark + schema)
      const entries = await describeCatalog(transaction, made)
      return entries.map((entry) => ({
        ...entry,
        schema: entry.schema.slice(mark.length),
        says: entry.says.replaceAll(mark, ''),
      }))
    })
  } catch (error) {
    if (databaseCode(error) !== '42501') throw error
    throw new Problem('store-schema', {
      message: 'The database cannot be compared: this role may not make a schema in it.',
      hint: 'Use the role that applies the migrations, or: grant create on database … to …',
      cause: error,
    })
  }
}
