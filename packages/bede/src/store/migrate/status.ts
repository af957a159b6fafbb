import type { Migration } from '../../sql/migration/folder.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import { type Comparison, compareCatalog } from '../catalog/drift.ts'
import type { Connection } from '../driver.ts'
import { schemaHash } from '../schema-hash.ts'
import { readServing } from '../schema-record.ts'
import { type AppliedMigration, readApplied } from './record.ts'
import { stateOf } from './state.ts'
import { unrecordedTakeOver } from './taken-over.ts'

export interface MigrationStatus extends Comparison {
  readonly applied: readonly AppliedMigration[]
  /** Begun and not finished. */
  readonly half: (AppliedMigration & { readonly next: string }) | undefined
  readonly pending: readonly string[]
  /** The migration whose shape the database was compared with; undefined: it has had none. */
  readonly comparedWith: string | undefined
}

/**
 * What a database has had of a project's migrations, and where its tables are not as the last of them left them. Changes
 * nothing. Throws the Problems of `stateOf`.
 */
export async function migrationStatus(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<MigrationStatus> {
  const records = await readApplied(connection)
  const { applied, half, pending } = stateOf(migrations, records)
  const last =
    applied.at(-1) ?? (await unrecorded(connection, migrations)) ?? (await unrecordedTakeOver(connection, migrations))
  const before = half ? half.migration : last && migrations[migrations.indexOf(last) - 1]
  // While one is half done, both what was and what will be may be there.
  const left = [...(last?.later ?? []), ...(half?.migration.later ?? [])]
  const between = { before: before?.manifest, left, half: half?.migration.up }
  const compared = last && (await compareCatalog(connection, last.manifest, between, postgres))
  return {
    applied: records.filter(({ appliedAt }) => appliedAt !== undefined),
    half: half && { ...half.record, next: half.migration.steps[half.record.step]?.title ?? '' },
    pending: pending.map(({ id }) => id),
    comparedWith: last?.id,
    ...(compared ?? { drift: [], kept: [], others: [] }),
  }
}

/** The migration whose shape a database has that was made without migrations. */
async function unrecorded(connection: Connection, migrations: readonly Migration[]): Promise<Migration | undefined> {
  const record = await readServing(connection)
  return migrations.findLast(({ manifest }) => schemaHash(manifest) === record?.hash)
}
