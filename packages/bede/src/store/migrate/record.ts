import { createHash } from 'node:crypto'
import type { MigrationStep } from '../../sql/migration/file.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import type { RecordPlace } from '../schema-record.ts'

/** What a database remembers of one migration: a row of `bede.migration`. */
export interface AppliedMigration {
  readonly id: string
  /** SHA-256 of `up.sql` as it was applied. */
  readonly checksum: string
  /** Steps that are done, of `steps`. */
  readonly step: number
  readonly steps: number
  /** Over the text of the steps that are done: those to come may still be mended. */
  readonly done: string
  /** The step outside a transaction that was begun last; its outcome is unknown when it is not done. */
  readonly begun: number
  /** Rows written by the batches of the step under way. */
  readonly rows: number
  readonly startedAt: string
  /** Absent: half done. */
  readonly appliedAt?: string
  /** Milliseconds spent on it. */
  readonly duration: number
  /** It was in the database already and only recorded. */
  readonly adopted: boolean
}

/** Makes the place where migrations are recorded. */
export const migrationTable = `create schema if not exists bede;
create table if not exists bede.migration (
  id text primary key,
  checksum text not null,
  step int4 not null default 0,
  steps int4 not null,
  done text not null default '',
  begun int4 not null default 0,
  rows int8 not null default 0,
  started_at timestamptz not null default now(),
  applied_at timestamptz,
  duration_ms int8 not null default 0,
  adopted boolean not null default false
)`

const columns = 'id, checksum, step, steps, done, begun, rows, started_at, applied_at, duration_ms, adopted'

/** Every migration the database knows of, in order; none where it has never had any. */
export async function readApplied(place: RecordPlace): Promise<readonly AppliedMigration[]> {
  const [found] = await place.query({
    sql: "select to_regclass('bede.migration')::text",
    params: [],
    shape: ['table'],
  })
  if (!found?.[0]) return []
  const sql = `select ${columns} from bede.migration order by id collate "C"`
  const rows = await place.query({ sql, params: [], shape: columns.split(', ') })
  return rows.map(([id, checksum, step, steps, done, begun, written, started, applied, duration, adopted]) => ({
    id: id ?? '',
    checksum: checksum ?? '',
    step: Number(step),
    steps: Number(steps),
    done: done ?? '',
    begun: Number(begun),
    rows: Number(written),
    startedAt: started ?? '',
    ...(applied && { appliedAt: applied }),
    duration: Number(duration),
    adopted: adopted === 't',
  }))
}

/** What is remembered of the steps that are done. */
export const doneText = (steps: readonly MigrationStep[], count: number): string =>
  count === 0
    ? ''
    : createHash('sha256')
        .update(JSON.stringify(steps.slice(0, count).map(({ sql }) => sql)))
        .digest('hex')

/** The row of a migration that begins, or goes on with the text it has now. */
export async function recordBeginning(place: RecordPlace, { id, sha256, steps }: Migration): Promise<void> {
  await place.query({
    sql:
      'insert into bede.migration (id, checksum, steps) values ($1::text, $2::text, $3::int4)' +
      ' on conflict (id) do update set checksum = excluded.checksum, steps = excluded.steps',
    params: [id, sha256, String(steps.length)],
    shape: [],
  })
}

/** `n` steps are done. To be called in the transaction that made them so. */
export async function recordStep(place: RecordPlace, { id, steps }: Migration, n: number, took: number): Promise<void> {
  await place.query({
    sql:
      'update bede.migration set step = $2::int4, done = $3::text, rows = 0, duration_ms = duration_ms + $4::int8' +
      ' where id = $1::text',
    params: [id, String(n), doneText(steps, n), String(Math.round(took))],
    shape: [],
  })
}

/** A step that runs outside a transaction is about to begin. */
export async function recordAttempt(place: RecordPlace, id: string, n: number): Promise<void> {
  await place.query({
    sql: 'update bede.migration set begun = $2::int4 where id = $1::text',
    params: [id, String(n)],
    shape: [],
  })
}

/** A batch has written so many rows. To be called in its transaction. */
export async function recordBatch(place: RecordPlace, id: string, written: number, took: number): Promise<void> {
  await place.query({
    sql: 'update bede.migration set rows = rows + $2::int8, duration_ms = duration_ms + $3::int8 where id = $1::text',
    params: [id, String(written), String(Math.round(took))],
    shape: [],
  })
}

export async function recordApplied(place: RecordPlace, id: string): Promise<void> {
  await place.query({
    sql: 'update bede.migration set applied_at = now() where id = $1::text',
    params: [id],
    shape: [],
  })
}

/** The database had it all along. */
export async function recordAdopted(place: RecordPlace, { id, sha256, steps }: Migration): Promise<void> {
  await place.query({
    sql:
      'insert into bede.migration (id, checksum, step, steps, done, applied_at, adopted)' +
      ' values ($1::text, $2::text, $3::int4, $3::int4, $4::text, now(), true)',
    params: [id, sha256, String(steps.length), doneText(steps, steps.length)],
    shape: [],
  })
}

export async function forget(place: RecordPlace, id: string): Promise<void> {
  await place.query({ sql: 'delete from bede.migration where id = $1::text', params: [id], shape: [] })
}
