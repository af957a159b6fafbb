import { StoreError, type StoreFailure } from './driver.ts'

/** The fields of PostgreSQL's ErrorResponse that Bede reads (protocol 3, "Error and Notice Message Fields"). */
export interface DatabaseError {
  /** SQLSTATE, five characters. */
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  /** The C function that raised it: the same in every language of `lc_messages`. */
  readonly routine?: string | undefined
}

/** Single SQLSTATEs whose class alone does not say what to do. */
const byCode: Readonly<Record<string, StoreFailure>> = {
  '23505': 'unique',
  '23P01': 'unique', // exclusion constraint: another row is in the way, as with a unique index
  '23503': 'foreign',
  '23001': 'foreign', // restrict_violation
  '23514': 'check',
  '23502': 'not-null',
  '40001': 'serialization',
  '40P01': 'deadlock',
  '55P03': 'timeout', // lock_timeout
  '57014': 'timeout', // statement_timeout; a cancel on our own request is told apart by whoever asked for it
  '25006': 'unavailable', // read only: a failover left us on a standby
  '25P03': 'unavailable', // idle_in_transaction_session_timeout ended the session
  '25P04': 'unavailable', // transaction_timeout ended the session
}

/** Classes of SQLSTATE (the first two characters). */
const byClass: Readonly<Record<string, StoreFailure>> = {
  '08': 'unavailable',
  '22': 'value',
  '44': 'check', // a view's check option
  '53': 'unavailable', // disk, memory, connections
  '54': 'value', // a program limit: the value is too large for an index row
  '57': 'unavailable', // shutdown, crash, still starting
  '58': 'unavailable', // input/output error below the database
}

/** What a SQLSTATE means for Bede. Unknown ones are `other`. */
export function failureOf(code: string): StoreFailure {
  return byCode[code] ?? byClass[code.slice(0, 2)] ?? 'other'
}

/**
 * The StoreError for an error message of the database; the database's own words stay in `cause`.
 * `canceled`: whoever ran the statement has asked for its end.
 */
export function databaseFailure(error: DatabaseError, canceled = false): StoreError {
  const code = error.code ?? ''
  const failure = canceled && code === '57014' ? 'canceled' : isTwice(error) ? 'twice' : failureOf(code)
  const { constraint, table, column } = error
  return new StoreError(failure, { constraint, table, column, cause: error })
}

/** `on conflict do update` met a row that the statement has written itself; 21000 alone is also said of subqueries. */
const isTwice = ({ code, routine }: DatabaseError): boolean => code === '21000' && routine === 'ExecOnConflictUpdate'

/**
 * A prepared statement that is no more or whose result has changed: nothing of it has run, so outside a transaction it
 * may be prepared and run again.
 */
export function isStalePlan(error: DatabaseError): boolean {
  return error.code === '26000' || (error.code === '0A000' && error.routine === 'RevalidateCachedQuery')
}
