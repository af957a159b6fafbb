import { platformSchema } from '../../manifest/platform/names.ts'
import { storedTables } from '../../manifest/stored.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import { Problem } from '../../telemetry/problem.ts'
import { defaultSchema } from '../catalog/apart.ts'
import { compareCatalog } from '../catalog/drift.ts'
import type { Connection, Session } from '../driver.ts'
import { schemaHash } from '../schema-hash.ts'
import { readServing, writeRecord } from '../schema-record.ts'
import { readApplied, recordAdopted } from './record.ts'
import { isUntouched } from './state.ts'

/** Whether a first migration says what a database held before Bede came to it: then nothing of Bede's own is in it. */
export const isTakenOver = ({ manifest }: Pick<Migration, 'manifest'>): boolean =>
  manifest.database !== undefined && Object.values(manifest.models).every(({ schema }) => schema !== platformSchema)

/**
 * The first migration, where it says what a database held before Bede and this database holds any of it, with nothing
 * recorded about either.
 */
export async function unrecordedTakeOver(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  const [first] = migrations
  if (!first || !isTakenOver(first)) return undefined
  if ((await readApplied(connection)).some((one) => !isUntouched(one)) || (await readServing(connection)))
    return undefined
  const tables = Object.values(first.manifest.models).map(({ schema, table }) => [schema ?? defaultSchema, table])
  const [row] = await connection.query({
    sql:
      'select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace' +
      ' where (n.nspname, c.relname) in (select t ->> 0, t ->> 1 from jsonb_array_elements($1::jsonb) t))',
    params: [JSON.stringify(tables)],
    shape: ['there'],
  })
  return row?.[0] === 't' ? first : undefined
}

/**
 * {@link unrecordedTakeOver}, compared with what there is. Throws the Problem `store-schema`, with every difference, where
 * the database is no longer what was taken over.
 */
export async function comparedTakeOver(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  const first = await unrecordedTakeOver(connection, migrations)
  if (!first) return undefined
  const { drift } = await compareCatalog(connection, first.manifest, { left: [] }, postgres)
  if (drift.length === 0) return first
  throw new Problem('store-schema', {
    message: `The database is not as it was when it was taken over (${first.id}). Nothing was changed.`,
    hint: 'Where the database is right, take it over again: bede new <folder> --from <url>. Where the project is, undo what was changed by hand.',
    details: drift.map(({ place, message }) => ({ place, code: 'store-schema', message })),
  })
}

/** Records that the database had it all along. To be called in a transaction. */
export async function recordTakeOver(session: Session, migration: Migration): Promise<void> {
  await recordAdopted(session, migration)
  const hash = schemaHash(migration.manifest)
  await writeRecord(session, { hash, tables: storedTables(migration.manifest), serves: [] })
}
