import type { Manifest } from '../../manifest/manifest.ts'
import { storedTables } from '../../manifest/stored.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { describeCatalog } from '../catalog/describe.ts'
import { andForget, expectedCatalog, schemasOf } from '../catalog/expected.ts'
import type { Connection, Session } from '../driver.ts'
import { schemaHash } from '../schema-hash.ts'
import { readRecord, writeRecord } from '../schema-record.ts'
import { type Inverse, inverseOf } from './inverse.ts'
import type { Tell } from './progress.ts'
import { forget, readApplied } from './record.ts'
import { untilFree } from './retry.ts'
import { migrating, within } from './session.ts'
import { stateOf } from './state.ts'
import { isTakenOver } from './taken-over.ts'

/** What was undone: the migration, and the statements that did it. */
export interface UndoOutcome {
  readonly undone: string
  readonly statements: readonly string[]
}

/**
 * Takes back the last migration, whole or half done, where nothing is lost by it: what it added goes, if it is empty or
 * holds only what is also elsewhere; what it changed becomes as it was. All in one transaction, in which everything that
 * goes is locked before it is counted.
 *
 * Throws the Problem `cannot-undo` with every reason against it and how many rows each would cost; nothing is changed then.
 */
export async function undoMigration(
  connection: Connection,
  migrations: readonly Migration[],
  tell: Tell = () => {},
): Promise<UndoOutcome> {
  const { applied, half } = stateOf(migrations, await readApplied(connection))
  const last = half?.migration ?? applied.at(-1)
  if (!last)
    throw new Problem('cannot-undo', { message: 'The database has had no migration.', hint: 'bede migrate status' })
  const at = migrations.indexOf(last)
  const before = migrations[at - 1]
  refuseTakenOver(last, before)
  refuseContracted(last)
  const inverse = await inverseFor(connection, last, before, migrations[at - 2])
  if (inverse.reasons.length > 0) throw cannot(last, inverse.reasons)
  const statements = await migrating(connection, tell, (session) =>
    untilFree(
      () =>
        within(session, async () => {
          await refuseLosses(session, last, inverse)
          for (const sql of inverse.statements) await session.script(sql)
          await session.script('drop table if exists bede.backfill')
          await asBefore(session, last, before?.manifest)
          return inverse.statements
        }),
      (attempt, pause) =>
        tell({
          event: 'blocked',
          migration: last.id,
          step: 1,
          steps: 1,
          title: 'undo',
          run: 'together',
          attempt,
          pause,
        }),
    ),
  )
  return { undone: last.id, statements }
}

/** What was there before Bede came is nobody's to take away. */
function refuseTakenOver(migration: Migration, before: Migration | undefined): void {
  if (before || !isTakenOver(migration)) return
  throw cannot(migration, [
    { place: migration.id, code: 'cannot-undo', message: 'It says what the database held before Bede came to it.' },
  ])
}

/** What a step has taken away is not there to be brought back. */
function refuseContracted(migration: Migration): void {
  const taken = migration.steps.filter(({ phase, loses }) => phase === 'contract' || loses.length > 0)
  if (taken.length === 0) return
  throw cannot(
    migration,
    taken.map(({ n, title, loses }) => ({
      place: loses[0] ?? `step ${n}`,
      code: 'cannot-undo',
      message: `Step ${n} took something away for good: ${title}.`,
    })),
  )
}

const cannot = ({ id }: Migration, details: readonly ProblemDetail[]): Problem =>
  new Problem('cannot-undo', {
    message: `${id} cannot be undone without loss. Nothing was changed.`,
    hint: 'Go on from here: declare what should be, and plan a migration to it. What it would lose it lists, and you decide.',
    details,
  })

async function inverseFor(
  connection: Connection,
  last: Migration,
  before: Migration | undefined,
  earlier: Migration | undefined,
): Promise<Inverse> {
  const expected = async (manifest: Manifest | undefined) =>
    manifest ? expectedCatalog(connection, manifest, postgres) : []
  const schemas = new Set([last, before].flatMap((each) => (each ? schemasOf(each.manifest) : [])))
  return inverseOf({
    was: await expected(before?.manifest),
    kept: await expected(earlier?.manifest),
    made: await expected(last.manifest),
    live: await andForget(connection, (transaction) => describeCatalog(transaction, [...schemas])),
    migration: last,
  })
}

/** Counts, behind a lock that lets nobody write any more, what would go with each table and column. */
async function refuseLosses(session: Session, last: Migration, { tables, losses }: Inverse): Promise<void> {
  for (const table of tables) await session.command(`lock table ${table} in access exclusive mode`)
  const details: ProblemDetail[] = []
  for (const { place, count, what } of losses) {
    const [row] = await session.query({ sql: count, params: [], shape: ['rows'] })
    const rows = Number(row?.[0])
    if (rows > 0)
      details.push({
        place,
        code: 'cannot-undo',
        message: `${rows} ${rows === 1 ? 'row' : 'rows'} would lose ${what}.`,
      })
  }
  if (details.length > 0) throw cannot(last, details)
}

/** The record says what it said before the migration. */
async function asBefore(session: Session, last: Migration, before: Manifest | undefined): Promise<void> {
  await forget(session, last.id)
  if (!before) {
    await session.script('delete from bede.manifest')
    return
  }
  const record = await readRecord(session)
  const hash = schemaHash(before)
  const others = (record?.serves ?? []).filter((one) => one !== schemaHash(last.manifest) && one !== hash)
  await writeRecord(session, { hash, tables: storedTables(before), serves: [...others, hash] })
}
