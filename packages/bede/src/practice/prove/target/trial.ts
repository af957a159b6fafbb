import { andForget } from '../../../store/catalog/expected.ts'
import type { Connection } from '../../../store/driver.ts'

/**
 * A database in which nothing stays of a trial: while one runs, all work belongs to its transaction, which is rolled
 * back. Whatever a request does, the next one finds the same rows.
 */
export interface TrialConnection {
  /** For the backend that is attacked: one piece of work after the other, as the embedded database has it. */
  readonly connection: Connection
  /** `inside`: the trial's own view of the rows. Trials run one after the other. */
  run<T>(trial: (inside: Connection) => Promise<T>): Promise<T>
}

export function trialConnection(outer: Connection): TrialConnection {
  let current: Connection | undefined
  let last: Promise<unknown> = Promise.resolve()
  /** Savepoints of two requests must not stand inside each other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work)
    last = done.catch(() => {})
    return done
  }
  let trials: Promise<unknown> = Promise.resolve()
  return {
    connection: {
      query: (statement, options) =>
        inTurn(() =>
          current ? current.transaction((inner) => inner.query(statement, options)) : outer.query(statement, options),
        ),
      transaction: (f, options) => inTurn(() => (current ? current.transaction(f) : outer.transaction(f, options))),
      script: (sql) => inTurn(() => (current ?? outer).script(sql)),
    },
    run(trial) {
      const done = trials.then(() =>
        andForget(outer, async (transaction) => {
          current = transaction
          try {
            return await trial(transaction)
          } finally {
            await last
            current = undefined
          }
        }),
      )
      trials = done.catch(() => {})
      return done
    },
  }
}
