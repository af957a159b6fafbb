import type { Manifest } from '../../manifest/manifest.ts'
import type { Dialect } from '../../sql/dialect.ts'
import type { Contraction } from '../../sql/migration/contraction.ts'
import { choiceName } from '../../sql/names.ts'
import type { Connection } from '../driver.ts'
import { type CatalogEntry, describeCatalog } from './describe.ts'
import { andForget, expectedCatalog, schemasOf } from './expected.ts'

/** One difference between a database and what its last migration made of it. */
export interface Drift {
  readonly kind: CatalogEntry['kind']
  /** `note`, `note.title`, `bede.session` */
  readonly place: string
  readonly state: 'missing' | 'extra' | 'different'
  readonly message: string
}

export interface Comparison {
  readonly drift: readonly Drift[]
  /** Left in place for the version before; the next migration takes it away. */
  readonly kept: readonly Drift[]
  /** Tables and views that are nobody's business here. */
  readonly others: readonly string[]
}

/** Bede's own, which no manifest declares. */
const own = new Set(['bede.manifest', 'bede.migration', 'bede.backfill'])

/** Why tables may be other than the last migration's manifest asks for. */
export interface Between {
  /** The manifest before the last one or, while a migration is half done, the one it leads to. */
  readonly before?: Manifest | undefined
  /** What the last migration has left for the version before it. */
  readonly left: readonly Contraction[]
  /** The text of a migration that is half done. */
  readonly half?: string | undefined
}

/**
 * Compares the tables there are with those of `manifest`. What is there beyond them and was declared in `before`, or is
 * left for that version by a migration, counts as kept. Reads only, apart from a transaction that is rolled back.
 */
export async function compareCatalog(
  connection: Connection,
  manifest: Manifest,
  between: Between,
  dialect: Dialect,
): Promise<Comparison> {
  const { before } = between
  const expected = await expectedCatalog(connection, manifest, dialect)
  const earlier = before ? await expectedCatalog(connection, before, dialect) : []
  const schemas = [...new Set([...schemasOf(manifest), ...(before ? schemasOf(before) : [])])]
  const live = await andForget(connection, (transaction) => describeCatalog(transaction, schemas))
  return compare({ expected, earlier, live }, between)
}

const keyOf = ({ kind, schema, table, name }: CatalogEntry): string => JSON.stringify([kind, schema, table, name])
const tableOf = ({ schema, table }: CatalogEntry): string => JSON.stringify([schema, table])
const shown = ({ schema, table }: CatalogEntry): string => (schema === 'public' ? table : `${schema}.${table}`)
const placeOf = (entry: CatalogEntry): string => (entry.name === '' ? shown(entry) : `${shown(entry)}.${entry.name}`)

/** Said once of a column: what follows from its being there or not is not said again. */
const ofColumn: ReadonlySet<CatalogEntry['kind']> = new Set(['null', 'default'])

interface Descriptions {
  readonly expected: readonly CatalogEntry[]
  readonly earlier: readonly CatalogEntry[]
  readonly live: readonly CatalogEntry[]
}

/** What a migration's own doing explains. */
function isTransitional(entry: CatalogEntry, { left, half }: Between): boolean {
  if (isSynchronizing(entry.name)) return true
  if (half !== undefined && entry.name !== '' && half.includes(`"${entry.name}"`)) return true
  return left.some((one) => {
    if (one.drop === 'table' || one.drop === 'parts' || one.drop === 'name') return false
    if (one.table !== entry.table || (one.schema ?? 'public') !== entry.schema) return false
    switch (one.drop) {
      case 'view':
        return entry.kind === 'view'
      case 'index':
        return entry.name === one.index
      case 'choices':
        return entry.kind === 'constraint' && entry.name === choiceName(one.table, one.column)
      case 'column':
        return entry.name === one.column.column || entry.says.includes(one.column.column)
      default:
        return false
    }
  })
}

/** A trigger that keeps two columns in step, fills one, or renames its choices, for the version before. */
export const isSynchronizing = (trigger: string): boolean => /^bede_(rename|sync|then_fill)_/.test(trigger)

function compare({ expected, earlier, live }: Descriptions, between: Between): Comparison {
  const there = new Map(live.map((entry) => [keyOf(entry), entry]))
  const asked = new Map(expected.map((entry) => [keyOf(entry), entry]))
  const known = new Set(earlier.map(keyOf))
  const tablesAsked = new Set(expected.filter(({ kind }) => kind === 'table').map(tableOf))
  const tablesThere = new Set(live.filter(({ kind }) => kind === 'table').map(tableOf))
  const drift: Drift[] = []
  const kept: Drift[] = []
  const others: string[] = []
  for (const entry of expected) {
    const found = there.get(keyOf(entry))
    const whole = entry.kind !== 'table' && !tablesThere.has(tableOf(entry))
    const column = ofColumn.has(entry.kind) && !there.has(keyOf({ ...entry, kind: 'type' }))
    if (found?.says === entry.says || (!found && (whole || column))) continue
    const said = { kind: entry.kind, place: placeOf(entry), ...difference(entry, found) }
    if (isTransitional(entry, between)) kept.push(said)
    else drift.push(said)
  }
  for (const entry of live) {
    if (asked.has(keyOf(entry)) || own.has(`${entry.schema}.${entry.table}`) || ofColumn.has(entry.kind)) continue
    const said: Drift = {
      kind: entry.kind,
      place: placeOf(entry),
      state: 'extra',
      message: `${inWords(entry)} is there and not declared.`,
    }
    if (known.has(keyOf(entry)) || isTransitional(entry, between)) kept.push(said)
    else if (tablesAsked.has(tableOf(entry)) && entry.kind !== 'view') drift.push(said)
    else if (entry.kind === 'table' || entry.kind === 'view') others.push(placeOf(entry))
  }
  return { drift, kept, others }
}

function difference(wanted: CatalogEntry, found: CatalogEntry | undefined): Pick<Drift, 'state' | 'message'> {
  const what = inWords(wanted)
  if (!found) return { state: 'missing', message: `${what} is not there${wanted.says ? `: ${wanted.says}` : ''}.` }
  const message =
    wanted.kind === 'null'
      ? `${placeOf(wanted)} is ${found.says}, and should be ${wanted.says}.`
      : `${what} is ${found.says}, and should be ${wanted.says}.`
  return { state: 'different', message }
}

function inWords(entry: CatalogEntry): string {
  switch (entry.kind) {
    case 'table':
    case 'view':
      return `The ${entry.kind} ${shown(entry)}`
    case 'type':
      return `The column ${placeOf(entry)}`
    case 'null':
    case 'default':
      return `The default of ${placeOf(entry)}`
    default:
      return `The ${entry.kind} ${entry.name} of ${shown(entry)}`
  }
}
