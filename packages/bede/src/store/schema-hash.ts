import { createHash } from 'node:crypto'
import type { Manifest } from '../manifest/manifest.ts'
import { type StoredTable, storedTables } from '../manifest/stored.ts'

/** Over the tables a database holds: of the same tables the same, whatever the order in which their members were written. */
export function hashOf(tables: readonly StoredTable[]): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(tables)))
    .digest('hex')
}

const hashes = new WeakMap<Manifest, string>()

/** The hash of what a manifest asks of a database. */
export function schemaHash(manifest: Manifest): string {
  const known = hashes.get(manifest) ?? hashOf(storedTables(manifest))
  hashes.set(manifest, known)
  return known
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]))
}
