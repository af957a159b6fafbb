import type { ValueType } from '../../../src/expr/value.ts'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { storedTables } from '../../../src/manifest/stored.ts'
import type { Connection } from '../../../src/store/driver.ts'

export const ROWS = 6

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const uuid = (n: number): string => `'00000000-0000-0000-0000-${String(n).padStart(12, '0')}'::uuid`

/** The `n`th value of a type, as SQL: another one for each row. */
function sampleOf(type: ValueType, choices: readonly string[] | undefined, n: number): string {
  if (choices) {
    const one = `'${(choices[n % choices.length] ?? '').replaceAll("'", "''")}'`
    return type.kind === 'array' ? `array[${one}]` : one
  }
  switch (type.kind) {
    case 'ref':
      return type.integer ? String(n + 1) : uuid(n)
    case 'text':
      return `'Text ${n}'`
    case 'integer':
    case 'bigint':
      return String(n)
    case 'decimal':
    case 'float':
      return `${n}.25`
    case 'boolean':
      return String(n % 2 === 0)
    case 'timestamp':
      return `'2026-01-0${n + 1}T03:04:05.678Z'`
    case 'date':
      return `'2026-01-0${n + 1}'`
    case 'time':
      return `'03:04:0${n}'`
    case 'duration':
      return `'PT${n}H'`
    case 'json':
      return `'{"n": ${n}}'`
    case 'point':
      return `point(${n}.5, -${n}.25)`
    case 'bytes':
      return `'\\x0${n}'`
    default:
      return `array['item ${n}']`
  }
}

/** Fills every table with rows that name each other. */
export async function fillTables(connection: Connection, manifest: Manifest): Promise<void> {
  const inserts = storedTables(manifest).map(({ table, columns: all }) => {
    const columns = all.filter(({ generated, search }) => !generated && !search)
    const rows = Array.from({ length: ROWS }, (_, n) =>
      columns.map(({ type, choices, optional }, c) =>
        optional && (n + c) % 3 === 0 ? 'null' : sampleOf(type, choices, n),
      ),
    )
    const list = columns.map(({ column }) => quoted(column)).join(', ')
    return `insert into ${quoted(table)} (${list}) values ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`
  })
  await connection.transaction((transaction) =>
    transaction.script(`set local session_replication_role = replica; ${inserts.join('; ')}`),
  )
}

/** Every value of a model's fields, row by row, as text. */
export async function valuesOf(
  connection: Connection,
  manifest: Manifest,
  model: string,
): Promise<ReadonlyMap<string, readonly (string | null)[]>> {
  const found = new Map<string, readonly (string | null)[]>()
  const definition = manifest.models[model]
  for (const [field, { column }] of Object.entries(definition?.fields ?? {})) {
    const sql = `select ${quoted(column)}::text from ${quoted(definition?.table ?? '')} order by "id"`
    const rows = await connection.query({ sql, params: [], shape: [field] })
    found.set(
      field,
      rows.map(([value]) => value ?? null),
    )
  }
  return found
}
