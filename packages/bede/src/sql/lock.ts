import type { Statement } from './statement.ts'

/**
 * Takes advisory locks until the transaction ends, one after another in the order given. `wait` false: answers `false`
 * where one is taken, instead of waiting for it.
 */
export const lockStatement = (keys: readonly string[], wait: boolean): Statement => ({
  sql: `select (${wait ? 'count(pg_advisory_xact_lock(k))' : 'bool_and(pg_try_advisory_xact_lock(k))'})::text as "taken" from unnest($1::int8[]) k`,
  params: [`{${keys.join(',')}}`],
  shape: ['taken'],
})
