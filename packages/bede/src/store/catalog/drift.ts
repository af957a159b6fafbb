import type { Manifest } from '../../manifest/manifest.ts'
import type { Dialect } from '../../sql/dialect.ts'
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

/**
 * Compares the tables there are with those of `manifest`. What is there beyond them and was declared in `before` counts as
 * kept for that version. Reads only, apart from a transaction that is rolled back.
 */
export async function compareCatalog(
  connection: Connection,
  manifest: Manifest,
  before: Manifest | undefined,
  dialect: Dialect,
): Promise<Comparison> {
  const expected = await expectedCatalog(connection, manifest, dialect)
  const earlier = before ? await expectedCatalog(connection, before, dialect) : []
  const schemas = [...new Set([...schemasOf(manifest), ...(before ? schemasOf(before) : [])])]
  const live = await andForget(connection, (transaction) => describeCatalog(transaction, schemas))
  return compare(expected, earlier, live)
}

const keyOf = ({ kind, schema, table, name }: CatalogEntry): string => JSON.stringify([kind, schema, table, name])
const tableOf = ({ schema, table }: CatalogEntry): string => JSON.stringify([schema, table])
const shown = ({ schema, table }: CatalogEntry): string => (schema === 'public' ? table : `${schema}.${table}`)
const placeOf = (entry: CatalogEntry): string => (entry.name === '' ? shown(entry) : `${shown(entry)}.${entry.name}`)

/** Said once of a column: what follows from its being there or not is not said again. */
const ofColumn: ReadonlySet<CatalogEntry['kind']> = new Set(['null', 'default'])

export function compare(
  expected: readonly CatalogEntry[],
  earlier: readonly CatalogEntry[],
  live: readonly CatalogEntry[],
): Comparison {
  const there = new Map(live.map((entry) => [keyOf(entry), entry]))
  const asked = new Map(expected.map((entry) => [keyOf(entry), entry]))
  const known = new Set(earlier.map(keyOf))
  const tablesAsked = new Set(expected.map(tableOf))
  const tablesThere = new Set(live.filter(({ kind }) => kind === 'table').map(tableOf))
  const drift: Drift[] = []
  const kept: Drift[] = []
  const others: string[] = []
  for (const entry of expected) {
    const found = there.get(keyOf(entry))
    const whole = entry.kind !== 'table' && !tablesThere.has(tableOf(entry))
    const column = ofColumn.has(entry.kind) && !there.has(keyOf({ ...entry, kind: 'type' }))
    if (found?.says === entry.says || (!found && (whole || column))) continue
    drift.push({ kind: entry.kind, place: placeOf(entry), ...difference(entry, found) })
  }
  for (const entry of live) {
    if (asked.has(keyOf(entry)) || own.has(`${entry.schema}.${entry.table}`) || ofColumn.has(entry.kind)) continue
    const said: Drift = {
      kind: entry.kind,
      place: placeOf(entry),
      state: 'extra',
      message: `${inWords(entry)} is there and not declared.`,
    }
    const transitional = known.has(keyOf(entry)) || /^bede_(sync|fill)_/.test(entry.name)
    if (transitional) kept.push(said)
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
