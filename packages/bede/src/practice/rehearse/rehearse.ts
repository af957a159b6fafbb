import type { Migration } from '../../sql/migration/folder.ts'
import { copyDatabase, sourceOf, sumsOf } from '../../store/copy/copy.ts'
import type { Connection, Driver } from '../../store/driver.ts'
import { applyMigrations } from '../../store/migrate/apply.ts'
import { lockWatch, type TakenLock } from '../../store/migrate/locks.ts'
import type { Progress, Tell } from '../../store/migrate/progress.ts'
import { readApplied } from '../../store/migrate/record.ts'
import { stateOf } from '../../store/migrate/state.ts'
import { Problem } from '../../telemetry/problem.ts'
import { readClaims, unannounced } from './claims.ts'
import { compareRuns, type Kept, runContract } from './contract.ts'
import { refuseForeignCode } from './foreign-code.ts'
import { type GeneratedTable, generateRows } from './generate.ts'
import type { Scratch } from './scratch.ts'

/** One step as it went on the copy. */
export interface RehearsedStep {
  readonly migration: string
  readonly step: number
  readonly title: string
  readonly run: string
  /** Milliseconds; of steps that share a transaction, that of all of them. */
  readonly took: number
  readonly locks: readonly { readonly table: string; readonly mode: string }[]
}

export interface Rehearsal {
  readonly place: string
  /** Where the rows came from. */
  readonly rows: readonly GeneratedTable[]
  readonly migrations: readonly string[]
  readonly steps: readonly RehearsedStep[]
  /** Locks stronger than `plan.md` says, of those that keep others waiting. */
  readonly unannounced: readonly TakenLock[]
  /** What the version before answers, on the copy as it was and as it is now. */
  readonly contract: readonly Kept[]
  /** Its operations that could not be called: nobody knows what to send them. */
  readonly notCalled: readonly string[]
}

export interface RehearsalOptions {
  readonly migrations: readonly Migration[]
  readonly scratch: Scratch
  /** The database to copy; else so many rows of each model are made up. */
  readonly from: { readonly original: Connection } | { readonly rows: number }
  readonly tell: Tell
}

/** Holds the pending migrations on a copy of a database, or on made-up rows. The original is only read. */
export async function rehearse({ migrations, scratch, from, tell }: RehearsalOptions): Promise<Rehearsal> {
  const connection = await scratch.driver.open()
  const applied = 'original' in from ? await dueOf(from.original, migrations) : migrations.slice(0, -1)
  const due = migrations.slice(applied.length)
  if (due.length === 0)
    throw new Problem('cannot-rehearse', { message: 'No migration is pending.', hint: 'Plan one: bede migrate plan' })
  const before = applied.at(-1)
  const rows =
    'original' in from ? await copyOf(from.original, connection) : await madeUp(connection, applied, from.rows)
  const samples = new Map<string, string>()
  const first = before && (await runContract(before.manifest, scratch.driver, samples))
  const { steps, taken } = await timed(connection, scratch.driver, migrations, tell)
  const second = before && (await runContract(before.manifest, scratch.driver, samples))
  return {
    place: scratch.name,
    rows,
    migrations: due.map(({ id }) => id),
    steps,
    unannounced: due.flatMap((migration) => {
      const claims = readClaims(migration.folder)
      return claims
        ? unannounced(
            claims,
            taken.filter((lock) => lock.migration === migration.id),
            migration,
          )
        : []
    }),
    contract: first && second ? compareRuns(first, second) : [],
    notCalled: first?.left ?? [],
  }
}

async function dueOf(original: Connection, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const { applied, half } = stateOf(migrations, await readApplied(original))
  if (half)
    throw new Problem('cannot-rehearse', {
      message: `${half.migration.id} is half done in that database.`,
      hint: 'Finish it first: bede migrate apply',
    })
  return applied
}

async function copyOf(original: Connection, copy: Connection): Promise<readonly GeneratedTable[]> {
  if (!original.session || !copy.session) throw new Problem('internal', { message: 'A copy needs sessions' })
  const { session } = copy
  return original.session(async (reading) => {
    const source = await sourceOf(reading)
    try {
      await refuseForeignCode(source)
      const shape = await session((writing) => copyDatabase(source, writing))
      await copy.script('analyze')
      return (await sumsOf(source, shape)).map(({ table, rows }) => ({ table, rows }))
    } finally {
      await source.end()
    }
  })
}

async function madeUp(
  connection: Connection,
  applied: readonly Migration[],
  rows: number,
): Promise<readonly GeneratedTable[]> {
  const last = applied.at(-1)
  if (!last || !connection.session) return []
  await applyMigrations(connection, applied)
  return connection.session((session) => generateRows(session, last.manifest, rows))
}

async function timed(connection: Connection, driver: Driver, migrations: readonly Migration[], tell: Tell) {
  const watch = lockWatch(driver.name === 'postgres' ? connection : undefined)
  const done: Extract<Progress, { event: 'step-done' }>[] = []
  const ends: Promise<void>[] = []
  await applyMigrations(connection, migrations, {
    inspect: watch.inspect,
    tell(progress) {
      tell(progress)
      if (progress.event !== 'step-done') return
      done.push(progress)
      ends.push(watch.ended())
    },
  })
  await Promise.all(ends)
  const steps = done.map(({ migration, step, title, run, took }) => ({
    migration,
    step,
    title,
    run,
    took,
    locks: watch.taken
      .filter((lock) => lock.migration === migration && lock.step === step)
      .map(({ table, mode }) => ({ table, mode })),
  }))
  return { steps, taken: watch.taken }
}
