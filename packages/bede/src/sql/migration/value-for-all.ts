import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import type { Draft } from './draft.ts'
import { overRow } from './over-row.ts'

/** What the rows that have no value for a column get: the model's `backfill`, else the default. `of` writes a column. */
export function valueForAll(
  draft: Draft,
  table: StoredTable,
  column: StoredColumn,
  of: (column: string) => string,
  names: 'working' | 'settled' = 'working',
): string | undefined {
  const { after: manifest, dialect } = draft
  const backfill = manifest.models[table.model]?.fields[column.field]?.backfill
  if (backfill) {
    const now = (name: string): string =>
      (names === 'working' ? draft.working.get(`${table.model} ${name}`) : undefined) ?? name
    const sql = overRow(backfill, table.model, { manifest, dialect, column: (name) => of(now(name)) })
    return column.type.kind === 'decimal' || column.choices ? `(${sql})` : sql
  }
  const initial = draft.write.initial(column).replace(/^ default /, '')
  return initial === '' ? undefined : initial
}

/** `"row"."title"` in a statement that fills, `new."title"` in a trigger. */
export const inRow = (draft: Draft) => (name: string) => `"row".${draft.dialect.identifier(name)}`
export const inNew = (draft: Draft) => (name: string) => `new.${draft.dialect.identifier(name)}`
