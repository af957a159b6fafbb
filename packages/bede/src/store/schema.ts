import { type Change, diffModels, effectOf } from '../manifest/diff.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { type StoredTable, storedTables } from '../manifest/stored.ts'
import { createStatements } from '../sql/ddl.ts'
import { changeWriter } from '../sql/ddl-change.ts'
import type { Dialect } from '../sql/dialect.ts'
import { createExtension, extensionsOf } from '../sql/extension.ts'
import { checkNames } from '../sql/names.ts'
import { Problem } from '../telemetry/problem.ts'
import { type Connection, StoreError } from './driver.ts'
import { installExtensions } from './extensions.ts'
import { refuseUnmigrated } from './migrate/pending.ts'
import { takeTurn } from './migrate/turn.ts'
import { hashOf } from './schema-hash.ts'
import { describeChange, otherShape, refusedChanges } from './schema-problem.ts'
import { createRecord, mayServe, readRecord, readServing, type SchemaRecord, writeRecord } from './schema-record.ts'

export interface SchemaOptions {
  readonly dialect: Dialect
  /** `development`: changes that lose nothing are made at once. `production`: any difference is refused. */
  readonly mode: 'development' | 'production'
  /** The project's migrations folder. Where it has any, production leaves every change to them, the first one too. */
  readonly migrations?: string | undefined
}

/** What was done, for whoever starts the app to say. */
export interface SchemaOutcome {
  readonly outcome: 'created' | 'unchanged' | 'changed'
  /** One sentence per change made. */
  readonly changes: readonly string[]
}

/**
 * Brings a database into the shape the manifest's models ask for: creates everything in an empty one, does nothing (in
 * one round trip) in one that has it, and makes or refuses the changes in between, all of them or none.
 *
 * Throws the Problem `store-schema` with every difference that stands in the way, or `duplicate-name` where two tables
 * or indexes would be called the same; the database is then as it was.
 */
export async function ensureSchema(
  connection: Connection,
  manifest: Manifest,
  options: SchemaOptions,
): Promise<SchemaOutcome> {
  const tables = storedTables(manifest)
  const hash = hashOf(tables)
  const serving = await readServing(connection)
  if (serving && mayStart(serving, hash, options)) return { outcome: 'unchanged', changes: [] }
  if (options.mode === 'production') {
    if (serving && (await isRecorded(connection, manifest))) return { outcome: 'unchanged', changes: [] }
    await refuseUnmigrated(options.migrations, manifest, serving !== undefined)
  }
  checkNames(manifest)
  return connection.transaction(async (transaction) => {
    await transaction.script('set local statement_timeout = 0')
    await takeTurn(transaction, 'transaction')
    const record = await readRecord(transaction)
    if (!record) return createAll(transaction, manifest, tables, hash, options.dialect)
    return record.hash === hash
      ? { outcome: 'unchanged', changes: [] }
      : change(transaction, manifest, record, hash, options)
  })
}

/** The same tables in other words: fields or choices in another order. */
async function isRecorded(connection: Connection, manifest: Manifest): Promise<boolean> {
  const record = await readRecord(connection)
  return record !== undefined && diffModels(record.tables, manifest).length === 0
}

/** In development the database is brought to the declaration; in production it is enough that it serves it. */
const mayStart = (serving: Pick<SchemaRecord, 'hash' | 'serves'>, hash: string, { mode }: SchemaOptions): boolean =>
  mode === 'development' ? serving.hash === hash : mayServe(serving, hash)

async function createAll(
  transaction: Connection,
  manifest: Manifest,
  tables: readonly StoredTable[],
  hash: string,
  dialect: Dialect,
): Promise<SchemaOutcome> {
  await refuseOccupied(transaction, tables)
  await createRecord(transaction)
  await installExtensions(transaction, extensionsOf(tables, dialect), createExtension(dialect))
  await transaction.script(createStatements(manifest, dialect).join(';\n'))
  await writeRecord(transaction, { hash, tables, serves: [] })
  return { outcome: 'created', changes: tables.map((table) => describeChange({ kind: 'add-table', table })) }
}

/** Tables that Bede has not made are somebody's: it neither uses nor replaces them. */
async function refuseOccupied(transaction: Connection, tables: readonly StoredTable[]): Promise<void> {
  const rows = await transaction.query({
    sql:
      'select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace' +
      " where (n.nspname, c.relname) in (select coalesce(t ->> 'schema', current_schema()), t ->> 'table' from jsonb_array_elements($1::jsonb) t)" +
      ' order by 1, 2',
    params: [JSON.stringify(tables.map(({ schema, table }) => ({ schema, table })))],
    shape: ['schema', 'table'],
  })
  if (rows.length === 0) return
  throw new Problem('store-schema', {
    message: 'The database already has tables of these names, and no record that Bede made them.',
    hint: 'Use a database of its own for this app, or rename the models. Nothing was changed.',
    details: rows.map(([schema, table]) => ({
      place: `${schema}.${table}`,
      code: 'store-schema',
      message: `There is a table or view '${table}' in the schema '${schema}'.`,
    })),
  })
}

async function change(
  transaction: Connection,
  manifest: Manifest,
  record: SchemaRecord,
  hash: string,
  { dialect, mode }: SchemaOptions,
): Promise<SchemaOutcome> {
  const changes = diffModels(record.tables, manifest)
  if (mode === 'production' && changes.length > 0) throw otherShape(changes)
  const refused = changes.filter((each) => effectOf(each) === 'destructive')
  if (refused.length > 0) throw refusedChanges(refused)
  const extensions = extensionsOf(storedTables(manifest), dialect)
  await installExtensions(transaction, extensions, createExtension(dialect))
  const write = changeWriter(manifest, dialect)
  const unfit: Change[] = []
  for (const each of changes) {
    try {
      await transaction.transaction((attempt) => attempt.script(write(each).join(';\n')))
    } catch (error) {
      if (doesNotFit(error)) unfit.push(each)
      else if (unfit.length === 0) throw error // else it stood on what did not fit
    }
  }
  if (unfit.length > 0) throw refusedChanges(unfit)
  await writeRecord(transaction, { hash, tables: storedTables(manifest), serves: [] })
  return { outcome: changes.length > 0 ? 'changed' : 'unchanged', changes: changes.map(describeChange) }
}

/** The rows there are do not allow it: duplicates, nulls, values outside a check, references to nothing. */
const doesNotFit = (error: unknown): boolean =>
  error instanceof StoreError && ['unique', 'not-null', 'check', 'foreign'].includes(error.failure)
