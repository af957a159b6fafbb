import { setTimeout as wait } from 'node:timers/promises'
import type { MigrationStep } from '../../sql/migration/file.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import type { Session } from '../driver.ts'
import { runAlone } from './alone.ts'
import { ofSize, pace, rowsOf } from './pace.ts'
import type { Tell } from './progress.ts'
import { recordAttempt, recordBatch, recordStep } from './record.ts'
import { untilFree } from './retry.ts'
import { within } from './session.ts'

export type Inspect = (session: Session, migration: Migration, step: MigrationStep) => Promise<void>

export interface Running {
  readonly session: Session
  readonly migration: Migration
  readonly tell: Tell
  /** Milliseconds to try for a lock. */
  readonly patience: number | undefined
  /** Looks at what a step has locked: in its transaction after its SQL, or before a step that has none. */
  readonly inspect?: Inspect | undefined
  /** What belongs to the last step, in the same transaction. */
  last(): Promise<void>
  /** What must be so before anything is taken away, in the same transaction as the first of it. */
  contracting(): Promise<void>
}

/** A failure and the step it happened in. */
export class StepFailure extends Error {
  readonly step: MigrationStep

  constructor(step: MigrationStep, cause: unknown) {
    super(`step ${step.n} failed`, { cause })
    this.step = step
  }
}

/** Steps that succeed or fail as one: neighbors that run together, or one that does not. */
export function groupsOf(steps: readonly MigrationStep[]): readonly (readonly MigrationStep[])[] {
  const groups: MigrationStep[][] = []
  for (const step of steps) {
    const group = groups.at(-1)
    if (step.run === 'together' && group?.[0]?.run === 'together') group.push(step)
    else groups.push([step])
  }
  return groups
}

/** Runs one group to its end and records it. `begun`: the step that an earlier attempt began last. */
export async function runGroup(running: Running, group: readonly MigrationStep[], begun: number): Promise<void> {
  const [first] = group
  if (!first) return
  if (first.run === 'together') await runTogether(running, group)
  else if (first.run === 'alone') await runOutside(running, first, begun)
  else await runBatches(running, first)
}

const about = ({ migration }: Running, { n, title, run }: MigrationStep) => ({
  migration: migration.id,
  step: n,
  steps: migration.steps.length,
  title,
  run,
})

const isLast = ({ migration }: Running, { n }: MigrationStep): boolean => n === migration.steps.length

/** Each attempt begins at the first step again: a transaction is done whole or not at all. */
async function runTogether(running: Running, group: readonly MigrationStep[]): Promise<void> {
  const { session, migration, tell } = running
  let at = group[0]
  const attempt = () =>
    within(session, async () => {
      for (const step of group) {
        at = step
        tell({ event: 'step', ...about(running, step) })
        const since = performance.now()
        if (step.phase === 'contract') await running.contracting()
        await session.script(step.sql)
        await running.inspect?.(session, migration, step)
        await recordStep(session, migration, step.n, performance.now() - since)
        if (isLast(running, step)) await running.last()
      }
    })
  const since = performance.now()
  await guarded(running, () => at, attempt)
  for (const step of group) tell({ event: 'step-done', ...about(running, step), took: performance.now() - since })
}

async function runOutside(running: Running, step: MigrationStep, begun: number): Promise<void> {
  const { session, migration, tell } = running
  tell({ event: 'step', ...about(running, step) })
  const since = performance.now()
  let again = begun === step.n
  await guarded(
    running,
    () => step,
    async () => {
      await within(session, async () => {
        await recordAttempt(session, migration.id, step.n)
        if (step.phase === 'contract') await running.contracting()
      })
      await running.inspect?.(session, migration, step)
      const repeated = again
      again = true
      await runAlone(session, step.sql, repeated)
    },
  )
  const took = performance.now() - since
  await within(session, async () => {
    await recordStep(session, migration, step.n, took)
    if (isLast(running, step)) await running.last()
  })
  tell({ event: 'step-done', ...about(running, step), took })
}

async function runBatches(running: Running, step: MigrationStep): Promise<void> {
  const { session, migration, tell } = running
  tell({ event: 'step', ...about(running, step) })
  const began = performance.now()
  const asked = rowsOf(step.sql)
  const { took, ...rhythm } = paced(asked)
  let total = 0
  for (;;) {
    let written: number | undefined
    let since = 0
    const size = rhythm.size()
    await guarded(
      running,
      () => step,
      () =>
        within(session, async () => {
          since = performance.now()
          if (step.phase === 'contract') await running.contracting()
          const sql = size === undefined ? step.sql : ofSize(step.sql, size)
          const [row] = await session.query({ sql, params: [], shape: ['rows'] })
          written = row ? Number(row[0]) : undefined
          await running.inspect?.(session, migration, step)
          if (written !== undefined) await recordBatch(session, migration.id, written, performance.now() - since)
          else {
            await recordStep(session, migration, step.n, performance.now() - since)
            if (isLast(running, step)) await running.last()
          }
        }),
    )
    if (written === undefined) break
    total += written
    const spent = performance.now() - since
    const pause = took(spent)
    tell({ event: 'batch', ...about(running, step), written, total, size, took: spent, pause })
    await wait(pause)
  }
  tell({ event: 'step-done', ...about(running, step), took: performance.now() - began })
}

function paced(asked: number | undefined) {
  const rhythm = pace(asked ?? 0)
  return { size: () => (asked === undefined ? undefined : rhythm.size), took: (ms: number) => rhythm.took(ms) }
}

async function guarded(
  running: Running,
  at: () => MigrationStep | undefined,
  attempt: () => Promise<void>,
): Promise<void> {
  const blocked = (n: number, pause: number) => {
    const step = at()
    if (step) running.tell({ event: 'blocked', ...about(running, step), attempt: n, pause })
  }
  try {
    await untilFree(attempt, blocked, running.patience)
  } catch (error) {
    const step = at()
    throw step ? new StepFailure(step, error) : error
  }
}
