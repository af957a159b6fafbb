import type { Dialect } from '../dialect.ts'
import { encode } from '../encode.ts'
import { compileAggregate } from './aggregate.ts'
import { compileCall } from './functions.ts'
import { indexMethod } from './index-method.ts'
import { fromJson, jsonArray, jsonObject, jsonValue, rowMember } from './json.ts'
import { literal, quote } from './literal.ts'
import { castType, columnType, identifier } from './names.ts'
import { comparable, nativeCast, readNative } from './native.ts'
import { differ } from './operand.ts'
import { words } from './search.ts'
import { nearestOperator } from './vector.ts'

/**
 * What a session must run with for the SQL of this dialect to mean what it says. The in-memory evaluator assumes the
 * same: times in UTC, durations in ISO 8601, all digits of a float, a backslash an ordinary character.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'iso_8601',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  client_encoding: 'UTF8',
}

/**
 * What an index lookup costs beside reading the next page, where nobody has said otherwise than PostgreSQL itself: its 4
 * is for disks that turn. A statement of Bede looks a row up once for each row around it, in pages that are in memory;
 * priced like a turning disk, a table of 200 rows is read from end to end each time, which took twice the statement's
 * time. A server with another price keeps its own.
 */
export const lookupPrice =
  "select set_config('random_page_cost', '1.1', false) where current_setting('random_page_cost') = '4'"

// RFC 9562 §5.7 on a server that has no uuidv7() yet: 48 bits of time over a random UUID, then version 4 becomes 7.
const uuidv7 =
  "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::int8) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid"

/** PostgreSQL 15 and later, PGlite among them. */
export const postgres: Dialect = {
  name: 'postgres',
  supports: { writeInCte: true, lateral: true, transactionalDdl: true, notify: true },
  identifier,
  param: (n, type) => `$${n}::${castType(type)}`,
  literal,
  encode,
  columnType,
  native: { read: readNative, cast: nativeCast, comparable },
  indexMethod,
  typeExtension: ({ kind }) => (kind === 'vector' ? 'vector' : undefined),
  words,
  call: compileCall,
  nearestOperator,
  differ,
  aggregate: compileAggregate,
  jsonValue,
  fromJson,
  rowMember,
  jsonObject,
  jsonArray,
  jsonBool: (sql) => sql,
  each: (document) => `jsonb_array_elements(${document}) with ordinality`,
  newId: () => uuidv7,
  nextId: (table, column) => `nextval(pg_get_serial_sequence(${quote(table)}, ${quote(column)}))`,
  notify: (channel, payload) => `pg_notify(${quote(channel)}, ${quote(payload)})::text`,
  now: () => 'now()',
}
