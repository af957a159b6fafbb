import type { StoredTable } from '../../manifest/stored.ts'
import type { Dialect } from '../dialect.ts'
import { quote } from '../postgres/literal.ts'
import { named, type PlannedStep, type Work } from './draft.ts'

/** Rows looked at in one transaction: some tenths of a second, so that no lock on a row is held for long. */
export const batchRows = 5000

/** Where the batches of each step have got to. Made by the step before them and dropped by the one after. */
export const place = {
  make: [
    'create schema if not exists "bede"',
    'create table if not exists "bede"."backfill" ("step" text primary key, "after" text not null)',
  ],
  drop: ['drop table if exists "bede"."backfill"'],
} as const

/**
 * Fills a column of every row of a table, a batch at a time in the order of the primary key. It begins where it has got
 * to, so that it can be stopped at any time and repeated; rows that have the value are left alone. Answers the number of
 * rows it has written, and no row when it has been through all.
 */
export function fillStep(
  table: StoredTable,
  {
    column,
    value,
    where,
    title,
    dialect,
    phase = 'backfill',
    loses = [],
    work = 'write',
  }: {
    readonly column: string
    /** The new value, over the columns of `"row"`. */
    readonly value: string
    /** Which rows need it, likewise. */
    readonly where: string
    readonly title: string
    readonly dialect: Dialect
    readonly phase?: PlannedStep['phase']
    readonly loses?: readonly string[]
    readonly work?: Work
  },
): PlannedStep {
  const { identifier } = dialect
  const name =
    table.schema === undefined ? identifier(table.table) : `${identifier(table.schema)}.${identifier(table.table)}`
  const locks = [{ table: named(table), mode: 'ROW EXCLUSIVE', work }] as const
  if (table.keys && table.every === undefined) {
    // No single column tells the rows apart: each batch takes any that still need it. A place is one within its part.
    const sql = `with "batch" as (
  select "row".tableoid, "row".ctid from ${name} as "row" where ${where} limit ${batchRows}
), "filled" as (
  update ${name} as "row" set ${identifier(column)} = ${value}
  from "batch" where "row".tableoid = "batch".tableoid and "row".ctid = "batch".ctid and (${where})
  returning 1
)
select (select count(*) from "filled") as "rows" from "batch" limit 1`
    return { title, phase, run: 'batches', sql: `${sql};`, loses, locks }
  }
  const key = identifier(table.key)
  const step = quote(`${named(table)}.${column}${phase === 'contract' ? ' contract' : ''}`)
  const type = dialect.columnType(table.columns.find((one) => one.column === table.key)?.type ?? { kind: 'id' })
  const cast = type.split(' collate ')[0] ?? type
  const after = `(select "after"::${cast} from "bede"."backfill" where "step" = ${step})`
  const least: Readonly<Record<string, string>> = {
    uuid: `'00000000-0000-0000-0000-000000000000'::uuid`,
    int8: `'-9223372036854775808'::int8`,
    text: `''`,
  }
  const from = least[cast]
  const sql = `with "batch" as (
  select ${key} from ${name}
  where ${from === undefined ? `(${after} is null or ${key} > ${after})` : `${key} >= coalesce(${after}, ${from}) and ${key} is distinct from ${after}`}
  order by ${key} limit ${batchRows}
), "place" as (
  insert into "bede"."backfill" ("step", "after")
  select ${step}, ${key}::text from "batch" order by ${key} desc limit 1
  on conflict ("step") do update set "after" = excluded."after"
), "filled" as (
  update ${name} as "row" set ${identifier(column)} = ${value}
  from "batch" where "row".${key} = "batch".${key} and (${where})
  returning 1
)
select (select count(*) from "filled") as "rows" from "batch" limit 1`
  return {
    title,
    phase,
    run: 'batches',
    sql: `${sql};`,
    loses,
    locks,
  }
}
