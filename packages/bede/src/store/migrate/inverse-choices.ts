import { type StoredColumn, storedTables } from '../../manifest/stored.ts'
import type { ChoicesDropped } from '../../sql/migration/contraction.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import { holdsAny, reversed, underNewNames } from '../../sql/migration/renamed-choices.ts'
import { choiceName } from '../../sql/names.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import type { CatalogEntry } from '../catalog/describe.ts'

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const draft = { dialect: postgres }

interface Renaming {
  readonly column: StoredColumn
  readonly renamed: NonNullable<ChoicesDropped['renamed']>
}

/** The choices under another name, where `entry` is the constraint that holds them. */
function renamingOf({ schema, table, name }: CatalogEntry, { later, manifest }: Migration): Renaming | undefined {
  for (const one of later) {
    if (one.drop !== 'choices' || !one.renamed || one.table !== table || (one.schema ?? 'public') !== schema) continue
    if (choiceName(table, one.column) !== name) continue
    const stored = storedTables(manifest).find(({ model }) => model === one.model)
    const column = stored?.columns.find((each) => each.column === one.column)
    if (column) return { column, renamed: one.renamed }
  }
  return undefined
}

/** What gives rows the earlier names of their choices, before the constraint is as it was. */
export function earlierNames(entry: CatalogEntry, migration: Migration): readonly string[] {
  const found = renamingOf(entry, migration)
  if (!found) return []
  const { column, renamed } = found
  const id = quoted(column.column)
  const back = underNewNames(draft, column, reversed(renamed), id)
  return [
    `update ${quoted(entry.schema)}.${quoted(entry.table)} set ${id} = ${back} where ${holdsAny(draft, column, Object.keys(renamed), id)}`,
  ]
}

/** The rows that a check would refuse which is to be as it was: a choice that came with the migration, for one. */
export function refusedRows(
  entry: CatalogEntry,
  migration: Migration,
): { readonly place: string; readonly count: string; readonly what: string } | undefined {
  const rule = /^CHECK (\(.*\))( NOT VALID)?$/s.exec(entry.says)?.[1]
  if (entry.kind !== 'constraint' || rule === undefined) return undefined
  const found = renamingOf(entry, migration)
  const but = found
    ? ` and not (${holdsAny(draft, found.column, Object.keys(found.renamed), quoted(found.column.column))})`
    : ''
  return {
    place: `${entry.schema === 'public' ? '' : `${entry.schema}.`}${entry.table}`,
    count: `select count(*) from ${quoted(entry.schema)}.${quoted(entry.table)} where ${rule} is false${but}`,
    what: `what ${entry.name} did not allow before`,
  }
}
