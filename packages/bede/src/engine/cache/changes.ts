import { changedChannel, readChanged } from '../../sql/changed.ts'
import type { Connection } from '../../store/driver.ts'

/** How the processes of one backend hear of each other's writes. */
export interface Changes {
  /**
   * Tells the others, after a write has committed. Absent: the statement of the write tells them itself, when it commits
   * and only then.
   */
  tell?(models: readonly string[]): Promise<void>
  /**
   * Calls `heard` for each write of any process: with the models it changed, or undefined where that is not known.
   * `listening` hears false when something may have been missed, and true once nothing is missed from then on. Resolves
   * when it listens for the first time.
   */
  listen(
    heard: (models: readonly string[] | undefined) => void,
    listening: (now: boolean) => void,
  ): Promise<() => Promise<void>>
}

/** By the database's own notifications: they come with the commit, and so exactly when there is something to hear. */
export function changesByDatabase(connection: Connection): Changes {
  return {
    async listen(heard, listening) {
      const { listen } = connection
      if (!listen) throw new TypeError('this database sends no notifications')
      return listen(changedChannel, (payload) => heard(readChanged(payload)), listening)
    },
  }
}
