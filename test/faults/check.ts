import pg from 'pg'
import type { Told } from './clients.ts'

export interface Verdict {
  /** One sentence per rule that was broken; empty is what the suite is for. */
  readonly broken: readonly string[]
  readonly acknowledged: number
  /** Writes of which nobody was told what became of them. */
  readonly unknown: number
}

/** Holds what clients were told against what the database has. */
export async function check(database: string, told: readonly Told[]): Promise<Verdict> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    const rows = async (sql: string) => (await client.query<Record<string, string>>(sql)).rows
    const entries = new Map((await rows('select key, transfer from entry')).map(({ key, transfer }) => [key, transfer]))
    const events = new Map((await rows("select payload ->> 'key' as key, count(*)::text as n from bede.outbox group by 1")).map(({ key, n }) => [key, Number(n)])) // biome-ignore format: one line
    const versions = new Map((await rows('select id::text, version::text from sheet')).map(({ id, version }) => [id, Number(version)])) // biome-ignore format: one line
    const broken = [
      ...writes(told, entries),
      ...eventsOfWrites(entries, events),
      ...halves(entries),
      ...bumps(told, versions),
      ...reads(told),
    ]
    await indexes(client, broken)
    const acknowledged = told.filter((one) => one.kind !== 'read' && isAcknowledged(one)).length
    const unknown = told.filter((one) => one.kind !== 'read' && !isAcknowledged(one)).length
    return { broken, acknowledged, unknown }
  } finally {
    await client.end()
  }
}

const isAcknowledged = (one: Told): boolean =>
  one.kind === 'bump' ? one.version !== undefined : 'acknowledged' in one && one.acknowledged

type Entries = ReadonlyMap<string | undefined, string | undefined>

const keysOf = (one: Told): readonly string[] =>
  one.kind === 'entry' ? [one.key] : one.kind === 'transfer' ? [`${one.key}-from`, `${one.key}-to`] : []

/** No acknowledged write is missing. That none is there twice is the unique index's work, and seen by the events. */
const writes = (told: readonly Told[], entries: Entries): readonly string[] =>
  told
    .filter(isAcknowledged)
    .flatMap(keysOf)
    .filter((key) => !entries.has(key))
    .map((key) => `${key} was acknowledged and is not there`)

/** Every write has its event, once, and no event is without its write. */
const eventsOfWrites = (entries: Entries, events: ReadonlyMap<string | undefined, number>): readonly string[] => [
  ...[...entries.keys()]
    .filter((key) => events.get(key) !== 1)
    .map((key) => `${key} has ${events.get(key) ?? 0} events`),
  ...[...events.keys()].filter((key) => !entries.has(key)).map((key) => `the event of ${key} is without its write`),
]

/** A transfer is there with both its sides, or not at all. */
function halves(entries: Entries): readonly string[] {
  const sides = new Map<string, number>()
  for (const transfer of entries.values()) if (transfer) sides.set(transfer, (sides.get(transfer) ?? 0) + 1)
  return [...sides].filter(([, n]) => n !== 2).map(([transfer, n]) => `${transfer} has ${n} sides`)
}

/** Each acknowledged increment counted, once: no two were told the same version, and the last version is their number. */
function bumps(told: readonly Told[], versions: ReadonlyMap<string | undefined, number>): readonly string[] {
  return [...versions].flatMap(([sheet, version]) => {
    const own = told.flatMap((one) => (one.kind === 'bump' && one.sheet === sheet ? [one] : []))
    const known = own.flatMap((one) => one.version ?? [])
    const unknown = own.length - known.length
    const wrong: string[] = []
    if (new Set(known).size !== known.length) wrong.push(`two increments of ${sheet} were told the same version`)
    if (version < known.length || version > known.length + unknown)
      wrong.push(`${sheet} is at ${version} after ${known.length} acknowledged increments and ${unknown} unknown ones`)
    return wrong
  })
}

/** Who reads sees at least what anybody was told before: versions never go back. */
function reads(told: readonly Told[]): readonly string[] {
  const wrong: string[] = []
  const acknowledged = new Map<string, { at: number; version: number }[]>()
  for (const one of told) {
    if (one.kind !== 'bump' || one.version === undefined) continue
    const list = acknowledged.get(one.sheet) ?? []
    acknowledged.set(one.sheet, list)
    list.push({ at: one.at, version: one.version })
  }
  for (const one of told) {
    if (one.kind !== 'read') continue
    const before = (acknowledged.get(one.sheet) ?? []).filter(({ at }) => at < one.begun)
    const least = before.reduce((most, { version }) => Math.max(most, version), 0)
    if (one.version < least) wrong.push(`a read of ${one.sheet} saw ${one.version} after ${least} had been told`)
  }
  return wrong
}

/** An index that lost an entry would hide a row from those who look it up. */
async function indexes(client: pg.Client, broken: string[]): Promise<void> {
  const count = async (sql: string) => Number((await client.query<{ n: string }>(sql)).rows[0]?.n)
  const heap = await count('select count(*)::text as n from entry')
  await client.query('set enable_seqscan = off')
  const index = await count("select count(*)::text as n from entry where key >= ''")
  if (heap !== index) broken.push(`the table has ${heap} entries and its index ${index}`)
}
