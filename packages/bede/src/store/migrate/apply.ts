import { storedTables } from '../../manifest/stored.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import { unacceptedLosses } from '../../sql/migration/losses.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Connection, Session } from '../driver.ts'
import { schemaHash } from '../schema-hash.ts'
import { readRecord, writeRecord } from '../schema-record.ts'
import { adopt } from './adopt.ts'
import { stoppedAt } from './failed.ts'
import type { Tell } from './progress.ts'
import { forget, migrationTable, readApplied, recordApplied, recordBeginning } from './record.ts'
import { migrating, within } from './session.ts'
import { isUntouched, type MigrationState, stateOf } from './state.ts'
import { groupsOf, type Inspect, type Running, runGroup, StepFailure } from './step.ts'
import { comparedTakeOver, recordTakeOver } from './taken-over.ts'

export interface ApplyOptions {
  readonly tell?: Tell
  /** Milliseconds to try for a lock before giving up; default ten minutes. */
  readonly patience?: number
  /** Called for each step, to look at its locks. */
  readonly inspect?: Inspect
}

/** What was done. */
export interface ApplyOutcome {
  /** Ids, in order. */
  readonly applied: readonly string[]
  /** Were in the database already, made without migrations, and are recorded now. */
  readonly adopted: readonly string[]
}

/**
 * Applies what has not been applied, in order; a second migrator waits and then finds nothing to do. What was begun
 * earlier goes on where it stopped.
 *
 * Throws the Problems `changed-migration`, `migration-order` and `unaccepted-loss` before anything is done,
 * `store-schema` for a database that is none of the migrations' shapes, and `migration-failed`, which says how far it got.
 */
export async function applyMigrations(
  connection: Connection,
  migrations: readonly Migration[],
  { tell = () => {}, patience, inspect }: ApplyOptions = {},
): Promise<ApplyOutcome> {
  refuseLosses(migrations, stateOf(migrations, await readApplied(connection)))
  const takenOver = await comparedTakeOver(connection, migrations)
  return migrating(connection, tell, async (session) => {
    await within(session, () => session.script(migrationTable))
    for (const { id } of (await readApplied(session)).filter(isUntouched)) await forget(session, id)
    const adopted = takenOver ? await takeOver(session, takenOver) : await adopt(session, migrations)
    if (adopted.length > 0) tell({ event: 'adopted', migrations: adopted })
    const state = stateOf(migrations, await readApplied(session))
    const due = [...(state.half ? [state.half.migration] : []), ...state.pending]
    for (const migration of due) await applyOne(session, migration, migrations, { tell, patience, inspect })
    return { applied: due.map(({ id }) => id), adopted }
  })
}

/** Another migrator may have been first. */
const takeOver = (session: Session, migration: Migration): Promise<readonly string[]> =>
  within(session, async () => {
    if ((await readApplied(session)).length > 0) return []
    await recordTakeOver(session, migration)
    return [migration.id]
  })

/** Of what is due, everything that would be lost and nobody has given up. */
function refuseLosses(migrations: readonly Migration[], { pending, half }: MigrationState): void {
  const due = migrations.filter((migration) => pending.includes(migration) || half?.migration === migration)
  const details = due.flatMap((migration) =>
    unacceptedLosses(migration).map((loss) => ({
      place: loss,
      code: 'unaccepted-loss' as const,
      message: `${migration.id} would destroy ${loss}.`,
      hint: `To give it up, write the line \`-- accept loss: ${loss}\` into ${migration.id}/up.sql.`,
    })),
  )
  if (details.length === 0) return
  throw new Problem('unaccepted-loss', {
    message: 'A migration would lose data that nobody has given up. Nothing was changed.',
    details,
  })
}

async function applyOne(
  session: Session,
  migration: Migration,
  migrations: readonly Migration[],
  { tell, ...how }: Pick<Running, 'tell' | 'patience' | 'inspect'>,
): Promise<void> {
  const { id, steps } = migration
  await within(session, () => recordBeginning(session, migration))
  const [record] = (await readApplied(session)).filter((each) => each.id === id)
  const [done, begun] = [record?.step ?? 0, record?.begun ?? 0]
  tell({ event: 'migration', migration: id, from: done + 1, steps: steps.length })
  const since = performance.now()
  const last = async () => {
    await nowServes(session, migration)
    await recordApplied(session, id)
  }
  const contracting = () => onlyServes(session, migration, migrations)
  const running = { session, migration, tell, ...how, last, contracting }
  try {
    for (const group of groupsOf(steps.slice(done))) await runGroup(running, group, begun)
    if (done >= steps.length) await within(session, last)
  } catch (error) {
    throw await stoppedAt(session, migration, error instanceof StepFailure ? error : undefined, error)
  }
  tell({ event: 'applied', migration: id, took: performance.now() - since })
}

/** The migration is done: its version serves, beside those that served until now. */
async function nowServes(session: Session, { manifest }: Migration): Promise<void> {
  const record = await readRecord(session)
  const hash = schemaHash(manifest)
  const earlier = record ? (record.serves.length > 0 ? record.serves : [record.hash]) : []
  const serves = [...new Set([...earlier, hash])]
  await writeRecord(session, { hash, tables: storedTables(manifest), serves })
}

/**
 * Something is about to be taken away that only versions before the last migration used: they may not start any more.
 */
async function onlyServes(session: Session, migration: Migration, migrations: readonly Migration[]): Promise<void> {
  const record = await readRecord(session)
  if (!record) return
  const before = migrations[migrations.indexOf(migration) - 1]
  const kept = new Set([...(before ? [schemaHash(before.manifest)] : []), schemaHash(migration.manifest)])
  const earlier = record.serves.length > 0 ? record.serves : [record.hash]
  const serves = earlier.filter((hash) => kept.has(hash))
  if (serves.length !== earlier.length) await writeRecord(session, { ...record, serves })
}
