import { randomBytes } from 'node:crypto'
import type { Manifest } from '../../manifest/manifest.ts'
import { createStatements } from '../../sql/ddl.ts'
import type { Dialect } from '../../sql/dialect.ts'
import { statementsOf } from '../../sql/migration/statements.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Connection } from '../driver.ts'
import { databaseCode } from '../migrate/retry.ts'
import { apart, bareName, defaultSchema } from './apart.ts'
import { type CatalogEntry, describeCatalog } from './describe.ts'

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
 * So both descriptions are in the words of the same server, and no right is needed but the one to make a schema. Types
 * and functions of the manifest's `database` are those that are there. Triggers are as the manifest has them.
 */
export async function expectedCatalog(
  connection: Connection,
  manifest: Manifest,
  dialect: Dialect,
): Promise<readonly CatalogEntry[]> {
  const mark = `bede_expected_${randomBytes(6).toString('hex')}`
  const schemas = schemasOf(manifest)
  const placeOf = (schema: string): string => `${mark}_${schemas.indexOf(schema)}_`
  try {
    return await andForget(connection, async (transaction) => {
      const statements = createStatements(apart(manifest, placeOf, dialect), dialect)
      await transaction.script(`set local statement_timeout = 0; ${statements.join(';\n')}`)
      const entries = await describeCatalog(transaction, schemas.map(placeOf))
      const written = await quoted(transaction, schemas)
      const here = (text: string): string =>
        text.replace(new RegExp(`${mark}_(\\d+)_`, 'g'), (_, at: string) => written[Number(at)] ?? '')
      const made = entries.map((entry) => ({
        ...entry,
        schema: schemas.find((schema) => placeOf(schema) === entry.schema) ?? entry.schema,
        says: here(entry.says),
      }))
      return [...made, ...viewsOf(manifest), ...triggersOf(manifest)]
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

const viewsOf = ({ models }: Manifest): readonly CatalogEntry[] =>
  Object.values(models)
    .filter(({ readonly }) => readonly === 'view')
    .map(({ schema = defaultSchema, table }) => ({ kind: 'view', schema, table, name: '', says: '' }))

/** `CREATE TRIGGER changed BEFORE UPDATE ON public.film …`, in the words of `pg_get_triggerdef`. */
function triggersOf({ database }: Manifest): readonly CatalogEntry[] {
  return (database?.after ?? []).flatMap((says): CatalogEntry[] => {
    const words = statementsOf(says)[0]?.words ?? []
    const [trigger, on] = [words.indexOf('trigger'), words.indexOf('on')]
    if (words[0] !== 'create' || trigger < 1 || trigger > 2 || words[on + 2] !== '.') return []
    const [name = '', schema = '', table = ''] = [words[trigger + 1], words[on + 1], words[on + 3]].map(bareName)
    return [{ kind: 'trigger', schema, table, name, says }]
  })
}

/** Names as the database writes them where it has to. */
async function quoted(transaction: Connection, names: readonly string[]): Promise<readonly string[]> {
  const rows = await transaction.query({
    sql: 'select quote_ident(n) from jsonb_array_elements_text($1::jsonb) with ordinality as x(n, at) order by at',
    params: [JSON.stringify(names)],
    shape: ['name'],
  })
  return rows.map(([name]) => name ?? '')
}
