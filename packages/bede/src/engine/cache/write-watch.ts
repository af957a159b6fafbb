import type { Connection } from '../../store/driver.ts'

/** Tells whoever keeps rows in memory that they may have changed: when they are written, and when that is committed. */
export interface WriteWatch {
  /** To be called after every write, whether or not it is known to have gone well. */
  wrote(model: string, deletes: boolean): void
  /** The same connection; transactions on it are watched. */
  over(connection: Connection): Connection
  /** `changed` is called whenever rows of `model` may have changed; a deletion of any row may take them along. */
  on(model: string, changed: () => void): Watched
}

/** What one watcher can ask. */
export interface Watched {
  /** A change is under way in a transaction: what is read now may be over in a moment. */
  readonly unsettled: boolean
}

interface Listener {
  readonly model: string
  readonly changed: () => void
  unsettled: boolean
}

export function createWriteWatch(): WriteWatch {
  const listeners: Listener[] = []
  /** Transactions that have begun and not ended. */
  let open = 0

  function ended(): void {
    open--
    for (const listener of listeners) {
      if (!listener.unsettled) continue
      listener.changed()
      if (open === 0) listener.unsettled = false
    }
  }

  return {
    wrote(model, deletes) {
      for (const listener of listeners) {
        if (!deletes && model !== listener.model) continue
        if (open > 0) listener.unsettled = true
        listener.changed()
      }
    },
    over: (connection) => ({
      ...connection,
      async transaction(f, options) {
        open++
        try {
          return await connection.transaction(f, options)
        } finally {
          ended()
        }
      },
    }),
    on(model, changed) {
      const listener: Listener = { model, changed, unsettled: false }
      listeners.push(listener)
      return listener
    },
  }
}
