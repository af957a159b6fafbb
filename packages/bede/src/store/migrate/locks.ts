import { setTimeout as wait } from 'node:timers/promises'
import type { MigrationStep } from '../../sql/migration/file.ts'
import type { Row } from '../../sql/statement.ts'
import type { Connection, Session } from '../driver.ts'

/** A lock on a table that a step has taken. */
export interface TakenLock {
  readonly migration: string
  readonly step: number
  /** `article`, `bede.session` */
  readonly table: string
  /** As PostgreSQL's manual calls it (§13.3). */
  readonly mode: string
}

/** The modes in which a lock keeps others waiting, the weakest first; those before them go with everything a version does. */
export const modes = [
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const

const between = 10

/** `ShareUpdateExclusiveLock` in the words of the manual. */
const inWords = (mode: string): string =>
  mode
    .replace(/Lock$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()

const held = (pid: string): string => `
select distinct case when n.nspname = 'public' then c.relname::text else n.nspname || '.' || c.relname end, l.mode
  from pg_locks l join pg_class c on c.oid = coalesce(pg_partition_root(l.relation), l.relation) join pg_namespace n on n.oid = c.relnamespace
  where l.pid = ${pid} and l.granted and c.relkind in ('r', 'p') and n.nspname <> 'pg_catalog'
    and l.database = (select oid from pg_database where datname = current_database())`

/**
 * Notes the locks of a migration's steps: those of a transaction at its end, exactly; those of a step outside of one by
 * looking often, from another connection where there is one.
 */
export function lockWatch(other: Connection | undefined) {
  const taken: TakenLock[] = []
  let looking: { stop: boolean; done: Promise<void> } | undefined

  const note = (migration: string, step: number, rows: readonly Row[]): void => {
    for (const [table, mode] of rows) {
      const lock = { migration, step, table: table ?? '', mode: inWords(mode ?? '') }
      const known = taken.some(
        (one) =>
          one.migration === migration &&
          one.step <= step &&
          one.table === lock.table &&
          one.mode === lock.mode &&
          sameGroup(one.step, step),
      )
      if (!known) taken.push(lock)
    }
  }
  /** In one transaction, what an earlier step took is still held: it is that step's. */
  let group: number[] = []
  const sameGroup = (a: number, b: number): boolean => a === b || (group.includes(a) && group.includes(b))

  async function look(pid: string, migration: string, step: number, state: { stop: boolean }): Promise<void> {
    while (!state.stop && other) {
      const statement = { sql: held(`${Number(pid)}`), params: [], shape: ['table', 'mode'] }
      const rows = await other.query(statement).catch(() => [])
      // What is seen after the step's end is the next one's.
      if (!state.stop) note(migration, step, rows)
      await wait(between)
    }
  }

  return {
    taken: taken as readonly TakenLock[],
    async inspect(session: Session, { id }: { readonly id: string }, step: MigrationStep): Promise<void> {
      if (step.run !== 'together') group = []
      else if (!group.includes(step.n)) group.push(step.n)
      if (step.run !== 'alone') {
        note(id, step.n, await session.query({ sql: held('pg_backend_pid()'), params: [], shape: ['table', 'mode'] }))
        return
      }
      const [[pid] = []] = await session.query({ sql: 'select pg_backend_pid()', params: [], shape: ['pid'] })
      const state = { stop: false, done: Promise.resolve() }
      state.done = look(pid ?? '0', id, step.n, state)
      looking = state
    },
    /** A step has ended. */
    async ended(): Promise<void> {
      const state = looking
      looking = undefined
      if (!state) return
      state.stop = true
      await state.done
    },
  }
}
