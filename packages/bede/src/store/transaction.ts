import { AsyncLocalStorage } from 'node:async_hooks'
import type { Row, Statement } from '../sql/statement.ts'
import { type Connection, type QueryOptions, StoreError, type TransactionOptions } from './driver.ts'
import { canceled, type Session } from './session.ts'

/** One open transaction, or one savepoint inside it. */
interface Level {
  /** The store it belongs to: transactions on two stores do not know each other. */
  readonly store: object
  /** What this code runs inside of, on whichever store. */
  readonly outer: Level | undefined
  readonly depth: number
  open: boolean
  /** Settles when the savepoint that is open in this level has ended. */
  inner: Promise<unknown> | undefined
  /** The first statement that failed: after it the database refuses everything until the level ends. */
  failed: unknown
}

const current = new AsyncLocalStorage<Level>()

const misuse =
  'This runs inside a transaction but not through it: on an embedded database it would wait for itself for ever. ' +
  'Use the connection that the transaction was given.'

/**
 * Throws when the caller runs inside a transaction of `store` that is deeper than `own` (the level of the connection
 * it uses; undefined: the outer one). Such a statement would wait for itself, or be silently outside the transaction.
 */
export function refuseOutside(store: object, own?: object): void {
  for (let level = current.getStore(); level; level = level.outer) {
    if (level === own) return
    if (level.open && level.store === store) throw new Error(misuse)
  }
}

/**
 * BEGIN, `f`, COMMIT on a session that nobody else uses meanwhile; ROLLBACK when `f` throws.
 *
 * A COMMIT whose answer is lost throws `unavailable`: its outcome is unknown and nothing here repeats it. A COMMIT that
 * the database turns into a rollback, because `f` swallowed a failed statement, throws that statement's error.
 */
export async function inTransaction<T>(
  store: object,
  session: Session,
  f: (connection: Connection) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  if (options.signal?.aborted) throw canceled(options.signal)
  const begin = options.isolation ? `begin isolation level ${options.isolation}` : 'begin'
  return runLevel(store, session, f, { begin, commit: 'commit', rollback: 'rollback' }, 1, options)
}

interface Words {
  readonly begin: string
  readonly commit: string
  readonly rollback: string
}

async function runLevel<T>(
  store: object,
  session: Session,
  f: (connection: Connection) => Promise<T>,
  words: Words,
  depth: number,
  options: QueryOptions,
): Promise<T> {
  const level: Level = { store, outer: current.getStore(), depth, open: true, inner: undefined, failed: undefined }
  // Not awaited here: the first statement of `f` travels with it, which saves a round trip.
  const begun = session.command(words.begin)
  begun.catch(() => {})
  let result: T
  try {
    result = await current.run(level, f, levelConnection(session, level, options))
    while (level.inner) await level.inner
    await begun
  } catch (error) {
    level.open = false
    // A rollback that fails leaves nothing behind either: the session is gone, or its owner throws it away.
    await session.command(words.rollback).catch(() => {})
    throw error
  }
  level.open = false
  const tag = await session.command(words.commit).catch(async (error) => {
    // A savepoint cannot be released after a swallowed failure, but the transaction around it can go on without it.
    // After a COMMIT that failed there is nothing to roll back: this waits until the session is ready again.
    await session.command(words.rollback).catch(() => {})
    throw depth === 1 ? error : (level.failed ?? error)
  })
  if (tag === 'ROLLBACK') throw level.failed ?? new StoreError('other', { cause: new Error('COMMIT was refused.') })
  return result
}

/** The connection that `f` is given: valid until its transaction ends. */
function levelConnection(session: Session, level: Level, inherited: QueryOptions): Connection {
  async function turn(): Promise<void> {
    refuseOutside(level.store, level)
    while (level.inner) await level.inner
    if (!level.open) throw new Error('The transaction of this connection has ended. Was an await forgotten?')
  }

  async function noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      level.failed ??= error
      throw error
    }
  }

  return {
    async query(statement: Statement, options: QueryOptions = inherited): Promise<readonly Row[]> {
      await turn()
      return noting(session.query(statement, options))
    },
    async script(sql: string): Promise<void> {
      await turn()
      return noting(session.script(sql))
    },
    async transaction<U>(inner: (connection: Connection) => Promise<U>, options: TransactionOptions = inherited) {
      await turn()
      const name = `bede_${level.depth}`
      const words = {
        begin: `savepoint ${name}`,
        commit: `release savepoint ${name}`,
        rollback: `rollback to savepoint ${name}; release savepoint ${name}`,
      }
      const work = runLevel(level.store, session, inner, words, level.depth + 1, options)
      const ended = work.then(
        () => {},
        () => {},
      )
      level.inner = ended
      try {
        return await work
      } finally {
        if (level.inner === ended) level.inner = undefined
      }
    },
  }
}
