import type { Manifest } from '../../manifest/manifest.ts'
import { type StoredColumn, type StoredTable, storedTables } from '../../manifest/stored.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import type { Session } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'

export interface GeneratedTable {
  readonly table: string
  /** Fewer than asked for where a constraint allows no more of those that were tried. */
  readonly rows: number
}

const quoted = postgres.identifier
const text = (value: string): string => postgres.literal(value, { kind: 'text' })

/**
 * Fills the empty tables of a manifest with so many rows each, that keep every constraint: references name rows that are
 * there, choices are of the declared ones, and of the rows that a check or a unique would refuse others are left out.
 */
export async function generateRows(
  session: Session,
  manifest: Manifest,
  rows: number,
): Promise<readonly GeneratedTable[]> {
  const tables = storedTables(manifest).filter(({ schema }) => schema !== 'bede')
  const made: GeneratedTable[] = []
  for (const table of inOrder(tables)) {
    const name = `${quoted(table.schema ?? 'public')}.${quoted(table.table)}`
    const columns = table.columns.flatMap((column, i) => {
      const value = isTenant(column, table, manifest)
        ? keyOf(column, column.references?.model ?? '', '1') // all of one tenant, so that they may name each other
        : valueFor(column, table, i, rows, new Set(made.map((one) => one.table)))
      return value === undefined ? [] : [{ name: quoted(column.column), value }]
    })
    const checks = await checksOf(session, name)
    const list = columns.map((column) => column.name).join(', ')
    const values = columns.map((column) => `${column.value} as ${column.name}`).join(', ')
    const where = checks.length === 0 ? '' : ` where ${checks.map((check) => `(${check}) is not false`).join(' and ')}`
    await session.script(
      `insert into ${name} (${list}) select ${list} from (select ${values} from generate_series(1, ${rows}) n) candidate${where} on conflict do nothing; analyze ${name}`,
    )
    const [[count] = []] = await session.query({ sql: `select count(*) from ${name}`, params: [], shape: ['rows'] })
    made.push({ table: table.model, rows: Number(count) })
  }
  return made
}

const isTenant = ({ field }: StoredColumn, { model }: StoredTable, { models }: Manifest): boolean =>
  models[model]?.tenant?.field === field

/** Referred ones first. What is left refers to each other in a circle. */
function inOrder(tables: readonly StoredTable[]): readonly StoredTable[] {
  const left = [...tables]
  const ordered: StoredTable[] = []
  while (left.length > 0) {
    const done = new Set(ordered.map(({ model }) => model))
    const at = left.findIndex(({ model, columns }) =>
      columns.every(
        ({ references, optional }) =>
          !references || optional || references.model === model || done.has(references.model),
      ),
    )
    ordered.push(...left.splice(Math.max(at, 0), 1))
  }
  return ordered
}

async function checksOf(session: Session, name: string): Promise<readonly string[]> {
  const rows = await session.query({
    sql: "select pg_get_expr(conbin, conrelid) from pg_constraint where conrelid = $1::regclass and contype = 'c'",
    params: [name],
    shape: ['check'],
  })
  return rows.flatMap(([check]) => check ?? [])
}

/** The nth row's value of a column, as SQL over `n`; undefined: the database or nobody gives it one. */
function valueFor(
  column: StoredColumn,
  table: StoredTable,
  position: number,
  rows: number,
  done: ReadonlySet<string>,
): string | undefined {
  if (column.identity) return undefined
  if (column.column === table.key) return keyOf(column, table.model, 'n')
  const { references, optional } = column
  if (references) {
    if (references.model === table.model) return keyOf(column, table.model, 'n')
    if (done.has(references.model)) return keyOf(column, references.model, `(1 + n % ${rows})`)
    return undefined
  }
  const value = plain(column, position)
  if (value === undefined && !optional && !column.default) {
    throw new Problem('cannot-rehearse', {
      message: `No values can be made up for ${table.model}.${column.field}, of the kind ${column.type.kind}.`,
      hint: 'Rehearse on a copy instead: bede migrate rehearse --database postgres://…',
    })
  }
  // Every fifth is left out where one may be.
  return value !== undefined && optional ? `case when n % 5 > 0 then ${value} end` : value
}

const keyOf = ({ type }: StoredColumn, model: string, n: string): string =>
  type.integer ? n : `md5(${text(model)} || ${n})::uuid`

function plain({ type, choices, column }: StoredColumn, position: number): string | undefined {
  const list = choices && `array[${choices.map(text).join(', ')}]`
  const chosen = list && `(${list})[1 + n % ${choices.length}]`
  switch (type.kind) {
    case 'text':
      return chosen ?? `${text(`${column} `)} || n`
    case 'integer':
    case 'bigint':
      return 'n'
    case 'decimal': {
      const whole = Math.min((type.precision ?? 9) - (type.scale ?? 0), 9)
      return `(n % ${10 ** Math.max(whole, 0)})::numeric`
    }
    case 'float':
      return 'n / 7.0'
    case 'boolean':
      return 'n % 2 = 0'
    case 'timestamp':
      return `timestamptz '2024-01-01' + n * interval '1 minute' + ${position} * interval '1 hour'`
    case 'date':
      return `date '2020-01-01' + n % 1000 + ${position}`
    case 'time':
      return `time '00:00' + n * interval '1 second'`
    case 'duration':
      return `n * interval '1 minute'`
    case 'json':
      return "jsonb_build_object('n', n)"
    case 'point':
      return 'point(n % 360 - 180, n % 180 - 90)'
    case 'bytes':
      return "decode(md5(n::text), 'hex')"
    case 'vector':
      return `(select array_agg(sin(n * d + ${position}))::real[]::vector from generate_series(1, ${type.dimensions}) d)`
    case 'array': {
      const item = type.of && plain({ field: column, column, type: type.of, ...(choices && { choices }) }, position)
      return item === undefined ? undefined : `array[${item}]`
    }
    default:
      return undefined
  }
}
