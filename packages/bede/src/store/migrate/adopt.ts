import { diffModels } from '../../manifest/diff.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Session } from '../driver.ts'
import { schemaHash } from '../schema-hash.ts'
import { otherShape } from '../schema-problem.ts'
import { readRecord } from '../schema-record.ts'
import { readApplied, recordAdopted } from './record.ts'
import { within } from './session.ts'

/**
 * A database that was made without migrations (`bede dev`, or a start before there were any) has no rows about them. When
 * its tables are those of one of the migrations, that one and all before it are recorded as applied; answers their ids.
 * Throws the Problem `store-schema` where its tables are of no migration's shape.
 */
export async function adopt(session: Session, migrations: readonly Migration[]): Promise<readonly string[]> {
  return within(session, async () => {
    if ((await readApplied(session)).length > 0) return []
    const record = await readRecord(session)
    if (!record) return []
    const at = migrations.findLastIndex(({ manifest }) => schemaHash(manifest) === record.hash)
    const first = migrations[0]
    if (at < 0 && first) {
      const { hint: _, ...found } = otherShape(diffModels(record.tables, first.manifest))
      throw new Problem('store-schema', {
        message: `The database was made without migrations, and its tables are not those of any of them. From ${first.id} it differs:`,
        hint: 'Start the version of the app that made it with bede dev once, and plan the first migration from that version. Nothing was changed.',
        details: found.details,
      })
    }
    const found = migrations.slice(0, at + 1)
    for (const migration of found) await recordAdopted(session, migration)
    return found.map(({ id }) => id)
  })
}
