import type { Migration } from '../../sql/migration/folder.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type AppliedMigration, doneText } from './record.ts'

/** A project's migrations as one database sees them. */
export interface MigrationState {
  readonly applied: readonly Migration[]
  /** Begun and not finished; at most one. */
  readonly half: { readonly migration: Migration; readonly record: AppliedMigration } | undefined
  /** Not begun. */
  readonly pending: readonly Migration[]
}

/**
 * Puts the files beside what the database remembers. Throws the Problem `changed-migration` for a file that is no longer
 * what was applied, and `migration-order` where the two do not follow each other.
 */
export function stateOf(migrations: readonly Migration[], records: readonly AppliedMigration[]): MigrationState {
  const begun = records.filter((record) => !isUntouched(record))
  const known = new Map(migrations.map((migration) => [migration.id, migration]))
  const unknown = begun.filter(({ id }) => !known.has(id))
  if (unknown.length > 0) throw notHere(unknown)
  const byId = new Map(begun.map((record) => [record.id, record]))
  const changed = migrations.filter((migration) => hasChanged(migration, byId.get(migration.id)))
  if (changed.length > 0) throw fileChanged(changed)
  const pending = migrations.filter(({ id }) => !byId.has(id))
  const last = begun.at(-1)
  const late = pending.filter(({ id }) => last !== undefined && id < last.id)
  if (late.length > 0 && last) throw tooLate(late, last.id)
  const halves = migrations.flatMap((migration) => {
    const record = byId.get(migration.id)
    return record && record.appliedAt === undefined ? [{ migration, record }] : []
  })
  return {
    applied: migrations.filter(({ id }) => byId.get(id)?.appliedAt !== undefined),
    half: halves[0],
    pending,
  }
}

/** Of a migration that failed in its first transaction nothing has stayed but its name: its folder may be changed or go. */
export const isUntouched = ({ appliedAt, step, begun, rows }: AppliedMigration): boolean =>
  appliedAt === undefined && step === 0 && begun === 0 && rows === 0

/** Of one that is half done, only the steps that are done must be as they were: the others may be mended. */
function hasChanged({ sha256, steps }: Migration, record: AppliedMigration | undefined): boolean {
  if (!record) return false
  return record.appliedAt === undefined ? doneText(steps, record.step) !== record.done : sha256 !== record.checksum
}

const fileChanged = (migrations: readonly Migration[]): Problem =>
  new Problem('changed-migration', {
    message: 'A migration that has been applied is no longer what was applied. Nothing was changed.',
    hint: 'Bring the file back from version control. What should be otherwise is a migration of its own: bede migrate plan.',
    details: migrations.map(({ id }) => ({
      place: id,
      code: 'changed-migration',
      message: `${id}/up.sql has another checksum than the one that was recorded when it was applied.`,
    })),
  })

const notHere = (records: readonly AppliedMigration[]): Problem =>
  new Problem('migration-order', {
    message: 'The database has migrations that are not in this folder. Nothing was changed.',
    hint: 'This is an older version of the project, or another project: use the one that has them.',
    details: records.map(({ id }) => ({
      place: id,
      code: 'migration-order',
      message: `${id} has been applied and is not in the migrations folder.`,
    })),
  })

const tooLate = (migrations: readonly Migration[], last: string): Problem =>
  new Problem('migration-order', {
    message: `A migration that has not been applied comes before ${last}, which has. Nothing was changed.`,
    hint: 'It was planned without knowing of the later one, as on two branches. Delete its folder and plan it again: bede migrate plan.',
    details: migrations.map(({ id }) => ({
      place: id,
      code: 'migration-order',
      message: `${id} has not been applied.`,
    })),
  })
