import type { Body, Row, Statement } from '../sql/statement.ts'
import type { StopSignal } from './stop.ts'

/** How to reach a database, and how far to let it go. */
export interface Driver {
  readonly name: 'pglite' | 'postgres'
  /** Opens it; throws a Problem `store-unavailable` or `store-locked`. */
  open(): Promise<Connection>
  close(): Promise<void>
}

export interface QueryOptions {
  /** Stops the statement in the database where the driver can. */
  readonly signal?: StopSignal
}

/** One session of a database: statements one after another, in the order they are given. */
export interface Session {
  query(statement: Statement, options?: QueryOptions): Promise<readonly Row[]>
  /** One command without parameters (BEGIN, COMMIT, …); answers the tag with which the database completed it. */
  command(sql: string): Promise<string>
  /** Several statements without parameters, in one transaction. */
  script(sql: string): Promise<void>
}

/** A place to run statements: the whole pool, or inside `transaction` the one session of that transaction. */
export interface Connection {
  query(statement: Statement, options?: QueryOptions): Promise<readonly Row[]>
  /**
   * The first value of the one row that a statement gives, as it came from the network; undefined: no row. Absent
   * where the database is asked in a transaction, or not over a network.
   */
  body?(statement: Statement, options?: QueryOptions): Promise<Body | undefined>
  /** BEGIN … COMMIT, or ROLLBACK when `f` throws. Nested: a savepoint. */
  transaction<T>(f: (connection: Connection) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Several statements without parameters or results, in one transaction where the database can (DDL). */
  script(sql: string): Promise<void>
  /**
   * One session that is nobody else's meanwhile, outside a transaction: for what belongs to a session (an advisory
   * lock, a setting) or runs in no transaction (`create index concurrently`). Absent inside a transaction. Whoever takes
   * it leaves it as it was found.
   */
  session?<T>(f: (session: Session) => Promise<T>): Promise<T>
  /** Where replicas are declared: the place in the log behind everything that has been committed until now. */
  position?(): Promise<string>
  /**
   * A server to read from that lags by no more than was declared and has everything up to the position `after`;
   * undefined: there is none at the moment.
   */
  replica?(after: string): Connection | undefined
  /**
   * Calls `f` with what is sent to the channel. `listening` hears true when nothing is missed from then on, and false
   * when something may have been. Resolves once it listens, with how to leave.
   */
  listen?(
    channel: string,
    f: (payload: string) => void,
    listening?: (now: boolean) => void,
  ): Promise<() => Promise<void>>
}

export interface TransactionOptions extends QueryOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
}

/** Why a statement failed, without the database's own words. */
export type StoreFailure =
  | 'unique'
  /** Two rows of one statement have the same key, and each would be written where that key is. */
  | 'twice'
  | 'foreign'
  | 'check'
  | 'not-null'
  | 'value'
  | 'serialization'
  | 'deadlock'
  | 'timeout'
  | 'canceled'
  | 'unavailable'
  /** Too many wait for the database already: this was not even asked. */
  | 'busy'
  | 'other'

/** Thrown by `query`. The engine turns it into a Problem; the database's message is kept in `cause` for the log only. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly failure: StoreFailure
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined

  constructor(
    failure: StoreFailure,
    at: { constraint?: string | undefined; table?: string | undefined; column?: string | undefined; cause?: unknown },
  ) {
    super(`the database refused: ${failure}`, { cause: at.cause })
    this.failure = failure
    this.constraint = at.constraint
    this.table = at.table
    this.column = at.column
  }
}
