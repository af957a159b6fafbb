import type { Migration } from '../../sql/migration/folder.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { type Session, StoreError } from '../driver.ts'
import { extensionAdvice } from '../extensions.ts'
import { readApplied } from './record.ts'
import { databaseCode } from './retry.ts'
import type { StepFailure } from './step.ts'

/** The refusal that says how far a migration got, what of it is done, what is not, and how to go on. */
export async function stoppedAt(
  session: Session,
  { id, steps }: Migration,
  failure: StepFailure | undefined,
  error: unknown,
): Promise<Problem> {
  const cause = failure?.cause ?? error
  if (isProblem(cause)) return cause
  const done = await readApplied(session).then(
    (records) => records.find((record) => record.id === id)?.step,
    () => undefined, // the connection is gone
  )
  const at = failure?.step
  const where = at ? `step ${at.n} of ${steps.length} (${at.title})` : `its ${steps.length} steps`
  return new Problem('migration-failed', {
    message: `${id} stopped in ${where}: ${reasonOf(cause)}. ${gotTo(done, steps.length, at?.run)}`,
    hint: `${extensionAdvice(cause, at?.sql ?? '') ?? adviceOn(cause, await oldest(session, cause))} Then go on with: bede migrate apply`,
    details:
      done === undefined
        ? []
        : steps.map((step) => ({
            place: `${id} step ${step.n}`,
            code: 'migration-failed' as const,
            message: `${step.n <= done ? 'done' : step.n === at?.n ? 'failed' : 'not done'}: ${step.title}`,
          })),
    cause,
  })
}

function gotTo(done: number | undefined, steps: number, run: string | undefined): string {
  if (done === undefined) return 'How far it got is recorded in the database, which does not answer now.'
  if (run === 'batches') return `${done} of ${steps} steps are done, and of this one the batches that were committed.`
  if (done === 0) return 'The database is as it was.'
  return done === 1
    ? `Step 1 of ${steps} is done; the rest is as it was.`
    : `Steps 1 to ${done} of ${steps} are done; the rest is as it was.`
}

/** The database's own words: whoever migrates it may read them. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof StoreError ? error.cause : error
  const said = cause instanceof Error ? cause.message : undefined
  const told = typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : undefined
  return (said ?? told ?? String(error)).replace(/\.$/, '')
}

function adviceOn(error: unknown, longest: string | undefined): string {
  if (!(error instanceof StoreError)) return 'Find out what this is.'
  switch (error.failure) {
    case 'timeout':
      return `Somebody holds a lock on the table for longer than a migration waits${longest ? `: ${longest}` : ''}.`
    case 'unavailable':
      return 'See that the database answers again.'
    case 'unique':
    case 'check':
    case 'not-null':
    case 'foreign':
    case 'value':
      return 'The rows there are do not fit: change them.'
    default:
      if (databaseCode(error) === '42501')
        return 'Have a role that may do it run the statement of this step, or give this role the right.'
      return 'Mend what is wrong: the steps that are not done may be changed in up.sql.'
  }
}

/** The transaction that has been open for longest, when a lock was not to be had. */
async function oldest(session: Session, error: unknown): Promise<string | undefined> {
  if (databaseCode(error) !== '55P03') return undefined
  const sql = `select format('the process %s has had a transaction open for %s seconds', pid, round(extract(epoch from now() - xact_start)))
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by xact_start limit 1`
  const [row] = await session.query({ sql, params: [], shape: ['said'] }).catch(() => [])
  return row?.[0] ?? undefined
}
