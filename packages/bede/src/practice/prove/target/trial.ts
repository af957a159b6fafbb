import { andForget } from '../../../store/catalog/expected.ts'
import type { Connection } from '../../../store/driver.ts'
import { createGap } from './gap.ts'

/**
 * A database in which nothing stays of a trial: while one runs, all work belongs to its transaction, which is rolled
 * back. Whatever a request does, the next one finds the same rows.
 */
export interface TrialConnection {
  /** For the backend that is attacked: one piece of work after the other, as the embedded database has it. */
  readonly connection: Connection
  /** `inside`: the trial's own view of the rows. Trials run one after the other. */
  run<T>(trial: (inside: Connection) => Promise<T>): Promise<T>
  /**
   * Within a trial: runs `first` until it has read and is about to write, then all of `second`, then the rest of
   * `first`: as two transactions meet that see each other's rows once they are committed (PostgreSQL 18 §13.2.1). Where
   * `first` has no such place, `second` runs after it; then, and where `second` would have waited for `first`, they
   * have not `met`.
   */
  meet<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<Meeting<A, B>>
}

export interface Meeting<A, B> {
  readonly first: A
  readonly second: B
  readonly met: boolean
}

/** What a trial leaves outside of the database. */
export interface Surroundings {
  begin(): void
  /** Waits for what goes on behind the answers, and takes away what was left. */
  end(): Promise<void>
}

/** Where the work of the backend goes. */
interface Way {
  readonly inside: Connection | undefined
  /** Savepoints of two requests must not stand inside each other. */
  last: Promise<unknown>
}

/** Milliseconds that the second of two may take while the first stands still: it may wait for something that the first one has. */
const patience = 5_000

export function trialConnection(outer: Connection, { begin, end }: Surroundings): TrialConnection {
  let way: Way = { inside: undefined, last: Promise.resolve() }
  let watch = asItIs
  const inTurn = <T>(work: (inside: Connection | undefined) => Promise<T>): Promise<T> => {
    const own = way
    const done = own.last.then(
      () => work(own.inside),
      () => work(own.inside),
    )
    own.last = done.catch(() => {})
    return done
  }
  let trials: Promise<unknown> = Promise.resolve()
  return {
    connection: {
      query: (statement, options) =>
        inTurn((inside) =>
          inside ? inside.transaction((inner) => inner.query(statement, options)) : outer.query(statement, options),
        ),
      transaction: (f, options) => {
        const watching = watch
        return inTurn((inside) =>
          inside ? inside.transaction((inner) => f(watching(inner)), options) : outer.transaction(f, options),
        )
      },
      script: (sql) => inTurn((inside) => (inside ?? outer).script(sql)),
    },
    run(trial) {
      const done = trials.then(() =>
        andForget(outer, async (transaction) => {
          begin()
          way = { inside: transaction, last: way.last }
          try {
            return await trial(transaction)
          } finally {
            await end()
            await way.last
            way = { inside: undefined, last: Promise.resolve() }
          }
        }),
      )
      trials = done.catch(() => {})
      return done
    },
    async meet(first, second) {
      const gap = createGap((inside) => {
        const before = way
        const between: Way = { inside, last: Promise.resolve() }
        way = between
        return async () => {
          await between.last
          way = before
        }
      })
      watch = gap.watch
      try {
        const one = first()
        const stands = await Promise.race([gap.reached, one.then(() => false)])
        watch = stands ? gap.between : asItIs
        const other = stands ? second() : one.then(second)
        const inTime = !stands || (await withinPatience(other))
        gap.leave()
        return { first: await one, second: await other, met: stands && inTime && !gap.waited }
      } finally {
        watch = asItIs
        gap.leave()
      }
    },
  }
}

const asItIs = (connection: Connection): Connection => connection

async function withinPatience(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patience)
  })
  const done = work.then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([done, enough])
  } finally {
    clearTimeout(timer)
  }
}
