import type { Row, Text } from '../../sql/statement.ts'
import type { Session } from '../driver.ts'
import { type CopiedShape, readShape } from './shape.ts'
import { type CopySource, settleForCopy } from './source.ts'

/** Rows that travel at once. */
const rowsAtOnce = 1_000

/** A table's rows, counted and summed up: the same on two databases when they hold the same rows, in whatever order. */
export interface TableSum {
  readonly table: string
  readonly rows: number
  readonly sum: string
}

/**
 * Copies a whole database into an empty one: its schemas, types, functions, tables, rows, numbers, constraints, indexes,
 * views and triggers. Values travel as text in the form that both sides read alike, so none loses its type or precision.
 * Throws an Error that names what it cannot copy; the source is only read.
 */
export async function copyDatabase(
  source: CopySource,
  target: Session,
  tell: (table: string, rows: number) => void = () => {},
): Promise<CopiedShape> {
  const shape = await readShape(source)
  const asBefore = await settleForCopy(target)
  for (const sql of shape.before) await target.command(sql)
  for (const table of shape.tables) await copyRows(source, target, table, (rows) => tell(table.name, rows))
  for (const sql of shape.after) await target.command(sql)
  for (const name of shape.sequences) {
    const [[last, called] = []] = await source.rows(`select last_value::text, is_called::text from ${name}`)
    await target.query({
      sql: 'select setval($1::regclass, $2::int8, $3::bool)',
      params: [name, last ?? null, called ?? null],
      shape: [],
    })
  }
  await asBefore()
  return shape
}

async function copyRows(
  source: CopySource,
  target: Session,
  { name, columns }: CopiedShape['tables'][number],
  tell: (rows: number) => void,
): Promise<void> {
  if (columns.length === 0) return
  const list = columns.map((column) => column.name).join(', ')
  await source.rows(
    `declare bede_copy no scroll cursor for select ${columns.map((column) => `${column.name}::text`).join(', ')} from ${name}`,
  )
  const values = columns.map(({ type }, i) => `v.c${i}::${type}`).join(', ')
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`).join(', ')
  const names = columns.map((_, i) => `c${i}`).join(', ')
  const sql = `insert into ${name} (${list}) overriding system value select ${values} from unnest(${arrays}) as v(${names})`
  let total = 0
  for (;;) {
    const rows = await source.rows(`fetch ${rowsAtOnce} from bede_copy`)
    if (rows.length === 0) break
    await target.query({ sql, params: columns.map((_, i) => arrayOf(rows, i)), shape: [], name: sql })
    total += rows.length
    tell(total)
  }
  await source.rows('close bede_copy')
}

/** One column of rows as PostgreSQL's text form of an array (§8.15.6). */
function arrayOf(rows: readonly Row[], column: number): string {
  const element = (value: Text | undefined): string =>
    value === null || value === undefined ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`
  return `{${rows.map((row) => element(row[column])).join(',')}}`
}

/** Sums up every table of a shape. */
export async function sumsOf(source: CopySource, { tables }: CopiedShape): Promise<readonly TableSum[]> {
  const sums: TableSum[] = []
  for (const { name, columns } of tables) {
    const row = columns.map((column) => column.name).join(', ')
    const sum = row === '' ? '0' : `coalesce(sum(('x' || substr(md5(row(${row})::text), 1, 15))::bit(60)::int8), 0)`
    const [[count, total] = []] = await source.rows(`select count(*)::text, (${sum})::text from ${name}`)
    sums.push({ table: name, rows: Number(count), sum: total ?? '' })
  }
  return sums
}

/** A session as a source: in one snapshot from here on, until `end`. */
export async function sourceOf(session: Session): Promise<CopySource & { end(): Promise<void> }> {
  const asBefore = await settleForCopy(session)
  await session.command('begin isolation level repeatable read read only')
  return {
    rows: (sql) => session.query({ sql, params: [], shape: [] }),
    end: async () => {
      await session.command('rollback')
      await asBefore()
    },
  }
}
