import type { Json } from '../../expr/value.ts'
import type { FilePlace } from '../../manifest/files.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { type Row, textOf } from '../../sql/statement.ts'

/** A record as the database wrote it. */
export type Members = { readonly [name: string]: Json }

export const textOrNull = (value: Json | undefined): string | null => (value == null ? null : String(value))

/** The body of a read. */
const json = (row: Row | undefined): Json => JSON.parse(row?.[0] == null ? 'null' : textOf(row[0]))

const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One object, or none. */
export function membersOf(row: Row | undefined): Members | undefined {
  const found = json(row)
  return isMembers(found) ? found : undefined
}

/** A list of objects. */
export function listOf(row: Row | undefined): readonly Members[] {
  const found = json(row)
  return Array.isArray(found) ? found.filter(isMembers) : []
}

/**
 * The place of a file by today's names: a record keeps those that its model and field had when it was made. What this
 * version does not know at all is as it was.
 */
export function placeNow({ models }: Manifest, { model, field }: FilePlace): FilePlace {
  const name = Object.hasOwn(models, model)
    ? model
    : (Object.keys(models).find((one) => models[one]?.was === model) ?? model)
  const fields = models[name]?.fields ?? {}
  const isFile = (one: string): boolean => Object.hasOwn(fields, one) && fields[one]?.file !== undefined
  if (isFile(field)) return { model: name, field }
  return { model: name, field: Object.keys(fields).find((one) => isFile(one) && fields[one]?.was === field) ?? field }
}
