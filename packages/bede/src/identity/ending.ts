import type { Connection } from '../store/driver.ts'

/** One kind of what an account signs in with or holds, and how all of it ends. */
export interface Endable {
  /** Ends all that the account has of this kind; `keep`: the id of the one that goes on. */
  endAll(connection: Connection, account: string | number, keep?: string): Promise<void>
}

/** Ends credentials when what they rest on is gone (class 99). */
export interface Ending {
  /** Every credential of the account, of every kind, but for the one session that `keep` names. */
  all(connection: Connection, account: string | number, keep?: string): Promise<void>
}

/** `changed`: called after anything was ended, so that what this process remembers is forgotten. */
export const createEnding = (kinds: readonly Endable[], changed: () => void): Ending => ({
  async all(connection, account, keep) {
    for (const kind of kinds) await kind.endAll(connection, account, keep)
    changed()
  },
})
