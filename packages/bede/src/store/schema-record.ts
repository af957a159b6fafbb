import type { StoredTable } from '../manifest/stored.ts'
import type { Row, Statement } from '../sql/statement.ts'
import { Problem } from '../telemetry/problem.ts'
import { StoreError } from './driver.ts'

/** What a database says about itself: the tables Bede has made in it. One row in `bede.manifest`. */
export interface SchemaRecord {
  /** Over the canonical form of `tables`. */
  readonly hash: string
  readonly tables: readonly StoredTable[]
  /**
   * Hashes of the shapes that may serve on it. While a migration is between making room and taking away, that is the
   * version before and the new one. Empty: `hash` alone.
   */
  readonly serves: readonly string[]
}

/** Where the record is read and written: a connection or a session. */
export interface RecordPlace {
  query(statement: Statement): Promise<readonly Row[]>
  script(sql: string): Promise<void>
}

/** Whether a version with this hash may serve. */
export const mayServe = (record: Pick<SchemaRecord, 'hash' | 'serves'>, hash: string): boolean =>
  record.serves.length > 0 ? record.serves.includes(hash) : record.hash === hash

/** The form of the recorded JSON. A reader refuses any other. */
const recordForm = '1'

const undefinedTable = '42P01'
const undefinedSchema = '3F000'

/** Who may serve, in one round trip; undefined where there is no record. */
export async function readServing(place: RecordPlace): Promise<Pick<SchemaRecord, 'hash' | 'serves'> | undefined> {
  try {
    const [row] = await place.query({ sql: servingSql, params: [recordForm], shape: ['hash', 'serves'] })
    return row ? { hash: row[0] ?? '', serves: namesIn(row[1]) } : undefined
  } catch (error) {
    const cause = error instanceof StoreError ? error.cause : undefined
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
    if (code === undefinedTable || code === undefinedSchema) return undefined
    throw error
  }
}

/** Through JSON, because the column is not there in a record that was made before there were migrations. */
const servesOf = "(to_jsonb(m) -> 'serves')::text"
const servingSql = `select hash, ${servesOf} from bede.manifest m where form = $1::int4`

function namesIn(json: string | null | undefined): readonly string[] {
  const value: unknown = JSON.parse(json ?? 'null')
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}

/** The whole record; undefined where there is none. For use inside a transaction: it must not fail. */
export async function readRecord(transaction: RecordPlace): Promise<SchemaRecord | undefined> {
  const [found] = await transaction.query({
    sql: "select to_regclass('bede.manifest')::text",
    params: [],
    shape: ['table'],
  })
  if (!found?.[0]) return undefined
  const sql = `select form, hash, tables, ${servesOf} from bede.manifest m`
  const [row] = await transaction.query({ sql, params: [], shape: ['form', 'hash', 'tables', 'serves'] })
  if (!row) return undefined
  const [form, hash, tables, serves] = row
  if (form !== recordForm) {
    throw new Problem('store-schema', {
      message: `The database was last changed by a version of Bede that records it in the form ${form}; this one knows the form ${recordForm}.`,
      hint: 'Run the version of Bede that made it, or a newer one.',
    })
  }
  return { hash: hash ?? '', tables: JSON.parse(tables ?? '[]'), serves: namesIn(serves) }
}

/** Makes the place for the record, or brings it to its present form; it holds one row. */
export async function createRecord(transaction: RecordPlace): Promise<void> {
  await transaction.script(
    `create schema if not exists bede;
create table if not exists bede.manifest (
  "only" boolean primary key default true check ("only"),
  form int4 not null,
  hash text not null,
  tables json not null,
  changed_at timestamptz not null default now(),
  serves text[] not null default '{}'
)`,
  )
  const [column] = await transaction.query({ sql: hasServes, params: [], shape: ['has'] })
  if (column?.[0] === 'f')
    await transaction.script("alter table bede.manifest add column if not exists serves text[] not null default '{}'")
}

const hasServes =
  "select exists (select from pg_attribute where attrelid = to_regclass('bede.manifest') and attname = 'serves')"

/** Writes the record over the one there was. */
export async function writeRecord(transaction: RecordPlace, { hash, tables, serves }: SchemaRecord): Promise<void> {
  await createRecord(transaction)
  await transaction.query({
    sql:
      'insert into bede.manifest (form, hash, tables, serves) values ($1::int4, $2::text, $3::json, array(select jsonb_array_elements_text($4::jsonb)))' +
      ' on conflict ("only") do update set form = excluded.form, hash = excluded.hash, tables = excluded.tables,' +
      ' serves = excluded.serves, changed_at = now()',
    params: [recordForm, hash, JSON.stringify(tables), JSON.stringify(serves)],
    shape: [],
  })
}
