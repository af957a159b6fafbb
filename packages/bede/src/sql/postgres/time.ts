import type { Operand, Sql } from '../dialect.ts'

/** `2026-11-21T04:06:18.123Z`, the form of value.ts. */
export const timestampText = (sql: Sql): Sql => `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const move = (operator: '+' | '-', [a, b]: readonly [Operand, Operand]): Sql =>
  a.type.kind === 'date' ? `(${a.sql} ${operator} ${b.sql})::date` : `(${a.sql} ${operator} ${b.sql})`

export const plus = (operands: readonly [Operand, Operand]): Sql => move('+', operands)
export const minus = (operands: readonly [Operand, Operand]): Sql => move('-', operands)

/** How long it is since the second: whole days, then the rest. */
export const between = ([later, earlier]: readonly [Operand, Operand]): Sql =>
  later.type.kind === 'date' ? `((${later.sql} - ${earlier.sql}) * interval 'P1D')` : `(${later.sql} - ${earlier.sql})`

/** Weeks start on Monday (ISO 8601). */
export const startOf = ([unit, value]: readonly [Operand, Operand]): Sql =>
  value.type.kind === 'date'
    ? `date_trunc(${unit.sql}, ${value.sql}::timestamp)::date`
    : `date_trunc(${unit.sql}, ${value.sql}, 'UTC')`

/** How many of a unit a duration holds; for the others, the number that stands on the clock or calendar in UTC. */
export function part([unit, value]: readonly [Operand, Operand]): Sql {
  const name = String(unit.literal)
  if (value.type.kind === 'duration') {
    return `trunc(extract(epoch from ${value.sql}) / ${SECONDS_IN[name] ?? 1})`
  }
  const at = value.type.kind === 'timestamp' ? `${value.sql} at time zone 'UTC'` : value.sql
  return `floor(extract(${FIELD[name] ?? 'second'} from ${at}))::int4`
}

const SECONDS_IN: Readonly<Record<string, number>> = { week: 604_800, day: 86_400, hour: 3600, minute: 60, second: 1 }

const FIELD: Readonly<Record<string, string>> = {
  year: 'year',
  month: 'month',
  week: 'week',
  day: 'day',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  weekday: 'isodow',
}

export const toDate = ([value]: readonly [Operand]): Sql =>
  value.type.kind === 'date' ? value.sql : `(${value.sql} at time zone 'UTC')::date`
