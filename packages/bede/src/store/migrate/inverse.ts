import type { ValueType } from '../../expr/value.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import type { Migration } from '../../sql/migration/folder.ts'
import { overRow } from '../../sql/migration/over-row.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'
import type { CatalogEntry } from '../catalog/describe.ts'
import { isSynchronizing } from '../catalog/drift.ts'
import { earlierNames, refusedRows } from './inverse-choices.ts'

/** What takes a migration back, and what must not be lost by it. */
export interface Inverse {
  readonly statements: readonly string[]
  /** Locked before anything is counted, quoted. */
  readonly tables: readonly string[]
  /** Each a statement that counts the rows that would lose something. */
  readonly losses: readonly { readonly place: string; readonly count: string; readonly what: string }[]
  /** Why it cannot be taken back, whatever the rows are. */
  readonly reasons: readonly ProblemDetail[]
}

export interface Catalogs {
  /** As the migration before left the tables. */
  readonly was: readonly CatalogEntry[]
  /** What the migration before kept for the version before it. */
  readonly kept: readonly CatalogEntry[]
  /** What this migration was to make. */
  readonly made: readonly CatalogEntry[]
  readonly live: readonly CatalogEntry[]
  readonly migration: Migration
}

const keyOf = ({ kind, schema, table, name }: CatalogEntry): string => JSON.stringify([kind, schema, table, name])
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const tableOf = ({ schema, table }: CatalogEntry): string => `${quoted(schema)}.${quoted(table)}`
const shown = ({ schema, table }: CatalogEntry): string => (schema === 'public' ? table : `${schema}.${table}`)

/** Last what others stand on: triggers and views, constraints and indexes, columns, tables. */
const removal: readonly CatalogEntry['kind'][] = ['trigger', 'view', 'constraint', 'index', 'type', 'table']

/** The difference between what is there and what was, as statements; what is there by other hands is left alone. */
export function inverseOf({ was, kept, made, live, migration }: Catalogs): Inverse {
  const earlier = new Map([...kept, ...was].map((entry) => [keyOf(entry), entry]))
  const there = new Map(live.map((entry) => [keyOf(entry), entry]))
  const isGenerated = (entry: CatalogEntry): boolean =>
    there.get(keyOf({ ...entry, kind: 'default' }))?.says.startsWith('generated as') ?? false
  const standsOn = (entry: CatalogEntry): number => (entry.kind === 'type' && isGenerated(entry) ? 0 : 1)
  const asked = new Map(made.map((entry) => [keyOf(entry), entry]))
  const added = live
    .filter((entry) => !earlier.has(keyOf(entry)) && (asked.has(keyOf(entry)) || isTransitional(entry, migration)))
    .sort((a, b) => removal.indexOf(a.kind) - removal.indexOf(b.kind) || standsOn(a) - standsOn(b))
  const newTables = new Set(added.filter(({ kind }) => kind === 'table').map(tableOf))
  const loosened: string[] = []
  const statements: string[] = []
  const tables = new Set<string>(newTables)
  const losses: Inverse['losses'][number][] = []
  const reasons: ProblemDetail[] = []

  for (const entry of added) {
    const table = tableOf(entry)
    // A trigger's function would stay behind; all else goes with its table.
    if (entry.kind !== 'table' && entry.kind !== 'trigger' && newTables.has(table)) continue
    if (entry.kind === 'null' || entry.kind === 'default') continue // goes with its column
    tables.add(table)
    if (entry.kind === 'table')
      losses.push({ place: shown(entry), count: `select count(*) from ${table}`, what: 'all they hold' })
    // Words were taken from texts that stay, and what is generated is made of other columns.
    if (entry.kind === 'type' && entry.says !== 'tsvector' && !isGenerated(entry))
      losses.push(lossOf(entry, there, migration))
    statements.push(removalOf(entry))
  }
  for (const entry of was) {
    const found = there.get(keyOf(entry))
    if (found?.says === entry.says) continue
    const table = tableOf(entry)
    if (found === undefined && (entry.kind === 'table' || entry.kind === 'type')) {
      reasons.push({ place: placeOf(entry), code: 'cannot-undo', message: `${placeOf(entry)} is no longer there.` })
    } else if (there.has(keyOf({ ...entry, kind: 'table', name: '' }))) {
      tables.add(table)
      // Other keys may stand on what is taken away.
      if (found && entry.kind === 'constraint') loosened.push(removalOf(entry))
      const restored = restorationOf(entry, found, migration, there)
      const refused = refusedRows(entry, migration)
      if (refused) losses.push(refused)
      if (restored) statements.push(...restored)
      else
        reasons.push({
          place: placeOf(entry),
          code: 'cannot-undo',
          message: `${placeOf(entry)} is ${found?.says}, and was ${entry.says}.`,
        })
    }
  }
  return {
    statements: [...loosened, ...inOrder(statements)],
    tables: [...tables].filter((table) => isLive(table, live)),
    losses,
    reasons,
  }
}

const placeOf = (entry: CatalogEntry): string => (entry.name === '' ? shown(entry) : `${shown(entry)}.${entry.name}`)
const isLive = (table: string, live: readonly CatalogEntry[]): boolean =>
  live.some((entry) => entry.kind === 'table' && tableOf(entry) === table)

/** What keeps two columns in step while two versions serve. */
const isTransitional = (entry: CatalogEntry, { up }: Migration): boolean =>
  isSynchronizing(entry.name) && up.includes(entry.name)

function removalOf(entry: CatalogEntry): string {
  const table = tableOf(entry)
  const name = quoted(entry.name)
  switch (entry.kind) {
    case 'table':
      return `drop table ${table}`
    case 'view':
      return `drop view ${table}`
    case 'index':
      return `drop index ${quoted(entry.schema)}.${name}`
    case 'constraint':
      return `alter table ${table} drop constraint if exists ${name}`
    case 'trigger':
      return `drop trigger ${name} on ${table}; drop function if exists "bede".${name}(), ${quoted(entry.schema)}.${name}()`
    default:
      return `alter table ${table} drop column ${name}`
  }
}

/** All tables at once: they may refer to each other. */
function inOrder(statements: readonly string[]): readonly string[] {
  const drop = 'drop table '
  const tables = statements.flatMap((sql) => (sql.startsWith(drop) ? [sql.slice(drop.length)] : []))
  const others = statements.filter((sql) => !sql.startsWith(drop))
  return tables.length === 0 ? others : [...others, drop + tables.join(', ')]
}

/**
 * The rows that hold something in a new column that is nowhere else: not null, not its default, and not what the column
 * says from which it was copied, and not what it was filled with from the rest of the row.
 */
function lossOf(
  entry: CatalogEntry,
  there: ReadonlyMap<string, CatalogEntry>,
  { later, manifest }: Migration,
): Inverse['losses'][number] {
  const column = quoted(entry.name)
  const copied = later.find(
    (one) =>
      one.drop === 'column' &&
      one.table === entry.table &&
      (one.schema ?? 'public') === entry.schema &&
      one.copied === entry.name,
  )
  const { type = { kind: 'text' }, filled } = fieldOf(entry, manifest)
  const initial = there.get(keyOf({ ...entry, kind: 'default' }))?.says ?? 'none'
  const kept = [
    `${column} is not null`,
    ...(copied?.drop === 'column' ? [`${column}::text is distinct from ${quoted(copied.column.column)}::text`] : []),
    ...(filled === undefined ? [] : [postgres.differ(column, `(${filled})`, type)]),
    ...(isConstant(initial) ? [postgres.differ(column, initial, type)] : []),
  ]
  return {
    place: placeOf(entry),
    count: `select count(*) from ${tableOf(entry)} where ${kept.join(' and ')}`,
    what: `what they hold in ${placeOf(entry)}`,
  }
}

/** What a new column holds, and what it was filled with, as SQL over the row, where that was declared. */
function fieldOf(
  { schema, table, name }: CatalogEntry,
  manifest: Manifest,
): { readonly type?: ValueType; readonly filled?: string } {
  const [model, definition] =
    Object.entries(manifest.models).find(([, one]) => one.table === table && (one.schema ?? 'public') === schema) ?? []
  const field = Object.values(definition?.fields ?? {}).find(({ column }) => column === name)
  if (model === undefined || !field) return {}
  const { type, backfill } = field
  return {
    type,
    ...(backfill && { filled: overRow(backfill, model, { manifest, dialect: postgres, column: quoted }) }),
  }
}

/** `'draft'::text`, `0`, `true`: the same for every row. */
const isConstant = (says: string): boolean =>
  /^('(?:[^']|'')*'(::[\w "[\]().]+)?|\(?-?\d+(\.\d+)?\)?(::[\w ]+)?|true|false)$/.test(says)

/** The same index under the name that the migration gave it to make room for another. */
const setAside = (
  entry: CatalogEntry,
  { later }: Migration,
  there: ReadonlyMap<string, CatalogEntry>,
): CatalogEntry | undefined =>
  later
    .flatMap((one) =>
      one.drop === 'index' && one.table === entry.table && (one.schema ?? 'public') === entry.schema
        ? [there.get(keyOf({ ...entry, name: one.index }))]
        : [],
    )
    .find((index) => index?.says === entry.says && index.name !== entry.name)

/** What makes something as it was; undefined where that could not be done. */
function restorationOf(
  entry: CatalogEntry,
  found: CatalogEntry | undefined,
  migration: Migration,
  there: ReadonlyMap<string, CatalogEntry>,
): readonly string[] | undefined {
  const table = tableOf(entry)
  const name = quoted(entry.name)
  switch (entry.kind) {
    case 'null':
      return [`alter table ${table} alter column ${name} ${entry.says === 'required' ? 'set' : 'drop'} not null`]
    case 'default':
      if (entry.says.startsWith('generated') || entry.says.startsWith('numbered')) return undefined
      return [
        `alter table ${table} alter column ${name} ${entry.says === 'none' ? 'drop default' : `set default ${entry.says}`}`,
      ]
    case 'constraint':
      return [...earlierNames(entry, migration), `alter table ${table} add constraint ${name} ${entry.says}`]
    case 'index': {
      const unique = entry.says.startsWith('UNIQUE ')
      const away = found ? [`drop index ${quoted(entry.schema)}.${name}`] : []
      const aside = setAside(entry, migration, there)
      if (aside) return [...away, `alter index ${quoted(aside.schema)}.${quoted(aside.name)} rename to ${name}`]
      return [
        ...away,
        `create ${unique ? 'unique ' : ''}index ${name} on ${table} using ${entry.says.replace(/^UNIQUE /, '')}`,
      ]
    }
    default:
      return undefined
  }
}
