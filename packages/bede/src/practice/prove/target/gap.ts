import type { Statement } from '../../../sql/statement.ts'
import type { Connection } from '../../../store/driver.ts'

/**
 * The place in a transaction at which others can come between: it has read, and is about to write for the first time.
 * What it decides on may be out of date from here on, where transactions run side by side.
 */
export interface Gap {
  /** True when a transaction stands in it. */
  readonly reached: Promise<true>
  /** Wraps the connection of a transaction that is to stop there; only the first one does. */
  watch(connection: Connection): Connection
  /** Lets it go on. */
  leave(): void
}

/** `stand`: told of the connection that stands in the gap, and when it goes on. */
export function createGap(stand: (inside: Connection) => () => Promise<void>): Gap {
  const reached = Promise.withResolvers<true>()
  const left = Promise.withResolvers<void>()
  let taken = false

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
      // Whoever writes or locks first holds from then on what others would have to wait for.
      seen.over = true
      if (seen.read) await stop(inside)
    }
    return {
      ...inside,
      async query(statement, options) {
        await before(holds(statement))
        return inside.query(statement, options)
      },
      async script(sql) {
        await before(true)
        return inside.script(sql)
      },
      transaction: (f, options) => inside.transaction((inner) => f(watched(inner, seen)), options),
    }
  }
  return {
    reached: reached.promise,
    watch: (connection) => (taken ? connection : watched(connection, { read: false, over: false })),
    leave: () => left.resolve(),
  }
}

/** Whether a statement takes hold of rows or of a lock. A name that looks so ends the search early, and no more. */
const holds = ({ sql }: Statement): boolean =>
  /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s|\bfor\s+(?:no\s+key\s+)?update\b|\bfor\s+(?:key\s+)?share\b|advisory/i.test(
    sql,
  )
