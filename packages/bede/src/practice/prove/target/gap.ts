import type { Statement } from '../../../sql/statement.ts'
import { type Connection, StoreError } from '../../../store/driver.ts'

/**
 * The place in a transaction at which others can come between: it has read, and is about to write for the first time.
 * What it decides on may be out of date from here on, where transactions run side by side.
 */
export interface Gap {
  /** True when a transaction stands in it. */
  readonly reached: Promise<true>
  /** Wraps the connection of a transaction that is to stop there; only the first one does. */
  watch(connection: Connection): Connection
  /** The connection of one that comes between: it would wait for what the first holds, and ends where it would. */
  between(connection: Connection): Connection
  /** Whether one that came between would have had to wait. */
  readonly waited: boolean
  /** Lets it go on. */
  leave(): void
}

/** `stand`: told of the connection that stands in the gap, and when it goes on. */
export function createGap(stand: (inside: Connection) => () => Promise<void>): Gap {
  const reached = Promise.withResolvers<true>()
  const left = Promise.withResolvers<void>()
  const locks = new Set<string>()
  let taken = false
  let waited = false

  const stop = async (inside: Connection): Promise<void> => {
    taken = true
    const goOn = stand(inside)
    reached.resolve(true)
    await left.promise
    await goOn()
  }
  const watched = (inside: Connection, seen: { read: boolean; over: boolean }): Connection => {
    const before = async (changes: boolean): Promise<void> => {
      if (seen.over || taken) return
      if (!changes) {
        seen.read = true
        return
      }
      // Whoever writes first holds from then on what others would have to wait for.
      seen.over = true
      if (seen.read) await stop(inside)
    }
    return {
      ...inside,
      async query(statement, options) {
        const keys = locksOf(statement)
        for (const key of keys) locks.add(key)
        if (keys.length === 0) await before(holds(statement))
        return inside.query(statement, options)
      },
      async script(sql) {
        await before(true)
        return inside.script(sql)
      },
      transaction: (f, options) => inside.transaction((inner) => f(watched(inner, seen)), options),
    }
  }
  const between = (inside: Connection): Connection => ({
    ...inside,
    query(statement, options) {
      if (!locksOf(statement).some((key) => locks.has(key))) return inside.query(statement, options)
      waited = true
      return Promise.reject(new StoreError('canceled', { cause: new Error('It would wait for the first one') }))
    },
    transaction: (f, options) => inside.transaction((inner) => f(between(inner)), options),
  })
  return {
    reached: reached.promise,
    between,
    get waited() {
      return waited
    },
    watch: (connection) => (taken ? connection : watched(connection, { read: false, over: false })),
    leave: () => left.resolve(),
  }
}

/** Whether a statement takes hold of rows. A name that looks so ends the search early, and no more. */
const holds = ({ sql }: Statement): boolean =>
  /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s|\bfor\s+(?:no\s+key\s+)?update\b|\bfor\s+(?:key\s+)?share\b/i.test(
    sql,
  )

/** The keys that a statement of `lockStatement` takes. */
const locksOf = ({ sql, params: [keys] }: Statement): readonly string[] =>
  sql.includes('pg_advisory_xact_lock') || sql.includes('pg_try_advisory_xact_lock')
    ? (keys ?? '').replace(/[{}]/g, '').split(',')
    : []
