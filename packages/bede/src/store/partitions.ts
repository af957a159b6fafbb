import { databaseName } from '../manifest/database-name.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { ModelDefinition, PartitionDefinition } from '../model/definition.ts'
import type { Dialect } from '../sql/dialect.ts'
import { type Connection, StoreError } from './driver.ts'

/** Two processes take turns, whatever the table. */
const lockKey = 4_272_019_332
/** A table is not kept waiting longer for a part that has time. */
const patience = '2s'

type Every = PartitionDefinition['every']

interface Part {
  readonly name: string
  readonly from: string
  readonly to: string
}

/** Whether some model lies in parts, so that somebody has to make them. */
export const isPartitioned = ({ models }: Manifest): boolean =>
  Object.values(models).some(({ partition }) => partition !== undefined)

/**
 * Makes the parts of this time and of those ahead, and drops those that a declared `keep` leaves out. Rows that came
 * before their part was there lie in the default part, and are moved. Throws the StoreError of a table that was locked
 * for too long: nothing is lost by it, and it is done another time.
 */
export async function tendPartitions(
  connection: Connection,
  manifest: Manifest,
  dialect: Dialect,
  now: Date,
): Promise<void> {
  for (const model of Object.values(manifest.models)) {
    const { partition } = model
    if (!partition) continue
    await connection.transaction(async (transaction) => {
      await transaction.script(`set local lock_timeout = '${patience}'; select pg_advisory_xact_lock(${lockKey})`)
      const { parts, rest } = await partsOf(transaction, model, dialect)
      const known = new Set(parts.map(({ from }) => timeOf(from)))
      for (let n = 0; n <= partition.ahead; n++) {
        const part = partAt(model.table, partition.every, now, n)
        if (!known.has(timeOf(part.from))) await makePart(transaction, model, partition, { part, rest }, dialect)
      }
      if (partition.keep !== undefined) await dropOld(transaction, model, partition, { parts, rest, now }, dialect)
    })
  }
}

/** The start of the span that is `n` spans after the one of `now`, in UTC. */
function startOf(every: Every, now: Date, n: number): Date {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  if (every === 'year') return new Date(Date.UTC(year + n, 0, 1))
  return new Date(every === 'month' ? Date.UTC(year, month + n, 1) : Date.UTC(year, month, day + n))
}

const named: Readonly<Record<Every, number>> = { year: 4, month: 7, day: 10 }

function partAt(table: string, every: Every, now: Date, n: number): Part {
  const from = startOf(every, now, n).toISOString()
  const name = databaseName(table, from.slice(0, named[every]).replaceAll('-', '_'))
  return { name, from, to: startOf(every, now, n + 1).toISOString() }
}

const quoted = (dialect: Dialect, { schema }: ModelDefinition, name: string): string =>
  schema === undefined ? dialect.identifier(name) : `${dialect.identifier(schema)}.${dialect.identifier(name)}`

/** `2026-11-01 00:00:00+00`, as the database writes it, or as RFC 3339 has it, in milliseconds. */
const timeOf = (text: string): number => Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))

interface Parts {
  readonly parts: readonly Part[]
  /** The name of the default part. After the model was renamed, parts have the names that they were made with. */
  readonly rest: string
}

async function partsOf(connection: Connection, model: ModelDefinition, dialect: Dialect): Promise<Parts> {
  const rows = await connection.query({
    sql:
      "select c.relname, b[1], b[2] from pg_inherits i join pg_class c on c.oid = i.inhrelid cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''([^'']+)''\\) TO \\(''([^'']+)''\\)') b" +
      " where i.inhparent = $1::regclass and (b is not null or pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT')",
    params: [quoted(dialect, model, model.table)],
    shape: ['name', 'from', 'to'],
  })
  return {
    parts: rows.flatMap(([name, from, to]) => (name && from && to ? [{ name, from, to }] : [])),
    rest: rows.find(([, from]) => !from)?.[0] ?? databaseName(model.table, 'default'),
  }
}

async function makePart(
  connection: Connection,
  model: ModelDefinition,
  { by }: PartitionDefinition,
  { part, rest: others }: { readonly part: Part; readonly rest: string },
  dialect: Dialect,
): Promise<void> {
  const table = quoted(dialect, model, model.table)
  const own = quoted(dialect, model, part.name)
  const time = (at: string): string => dialect.literal(at, { kind: 'timestamp' })
  const values = `for values from (${time(part.from)}) to (${time(part.to)})`
  try {
    await connection.transaction((attempt) => attempt.script(`create table ${own} partition of ${table} ${values}`))
  } catch (error) {
    if (!(error instanceof StoreError && error.failure === 'check')) throw error
    const column = dialect.identifier(model.fields[by]?.column ?? by)
    const rest = quoted(dialect, model, others)
    await connection.script(
      [
        `lock table ${rest} in access exclusive mode`,
        `create table ${own} (like ${table} including all)`,
        `with "moved" as (delete from ${rest} where ${column} >= ${time(part.from)} and ${column} < ${time(part.to)} returning *) insert into ${own} select * from "moved"`,
        `alter table ${table} attach partition ${own} ${values}`,
      ].join('; '),
    )
  }
}

async function dropOld(
  connection: Connection,
  model: ModelDefinition,
  { by, every, keep = 0 }: PartitionDefinition,
  { parts, rest: others, now }: Parts & { readonly now: Date },
  dialect: Dialect,
): Promise<void> {
  const edge = startOf(every, now, -keep)
  for (const part of parts.filter(({ to }) => timeOf(to) <= edge.getTime())) {
    await connection.script(`drop table ${quoted(dialect, model, part.name)}`)
  }
  const rest = quoted(dialect, model, others)
  const column = dialect.identifier(model.fields[by]?.column ?? by)
  await connection.script(
    `delete from ${rest} where ${column} < ${dialect.literal(edge.toISOString(), { kind: 'timestamp' })}`,
  )
}
