import type { Manifest } from '../../manifest/manifest.ts'
import { readMigrations } from '../../sql/migration/folder.ts'
import { Problem } from '../../telemetry/problem.ts'
import { schemaHash } from '../schema-hash.ts'

/**
 * Where a project has migrations, they alone change a production's database, an empty one too. Throws the Problem
 * `pending-migration`, which says what is left to do; does nothing where there are no migrations.
 */
export async function refuseUnmigrated(folder: string | undefined, manifest: Manifest, made: boolean): Promise<void> {
  const migrations = folder === undefined ? [] : readMigrations(folder)
  const last = migrations.at(-1)
  if (!last) return
  const planned = migrations.find((each) => schemaHash(each.manifest) === schemaHash(manifest))
  throw new Problem('pending-migration', {
    message: made
      ? 'The database does not have the shape this version of the app declares. Nothing was changed.'
      : 'The database is empty: its migrations have not been applied. Nothing was changed.',
    hint: planned
      ? 'Apply the migrations first: bede migrate apply. What is applied and what is not: bede migrate status.'
      : `No migration leads to this declaration; the last one is ${last.id}. Plan one, read it and apply it: bede migrate plan, then bede migrate apply.`,
  })
}
