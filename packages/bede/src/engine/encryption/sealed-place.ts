import { plainType } from '../../expr/kinds.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import type { EncryptedField } from '../../sql/sealer.ts'
import { joined } from '../canonical.ts'

/** What the values of an encrypted field are bound to, and how they are written. */
export interface SealedPlace {
  /** For people: `user.phone`. */
  readonly name: string
  /** What its key is derived for; what is found by a keyed hash has a key of its own for that. */
  readonly purpose: string
  readonly search?: string
  /** The table and the column, as the database has them: a value opens in no other. */
  readonly bound: readonly string[]
  /** It is a document and not a text. */
  readonly json: boolean
}

export type Places = (of: EncryptedField) => SealedPlace

/** Every encrypted field of the manifest, by model and field. */
export function encryptedFields({ models }: Manifest): readonly EncryptedField[] {
  return Object.entries(models).flatMap(([model, { fields }]) =>
    Object.entries(fields).flatMap(([field, { type }]) => (type.kind === 'encrypted' ? [{ model, field }] : [])),
  )
}

/** Where each encrypted field is kept. Throws for a field that is not one: the plan has named it. */
export function sealedPlaces(manifest: Manifest): Places {
  const known = new Map(
    encryptedFields(manifest).map(({ model, field }) => [joined(model, field), placeOf(manifest, model, field)]),
  )
  return ({ model, field }) => {
    const place = known.get(joined(model, field))
    if (place) return place
    throw new TypeError(`${model}.${field} is not encrypted`)
  }
}

function placeOf({ models }: Manifest, model: string, field: string): SealedPlace {
  const definition = models[model]
  const stored = definition?.fields[field]
  if (!definition || !stored) throw new TypeError(`there is no ${model}.${field}`)
  const bound = [`${definition.schema ?? ''}.${definition.table}`, stored.column]
  return {
    name: `${model}.${field}`,
    purpose: `field ${joined(...bound)}`,
    ...(stored.type.search && { search: `search ${joined(...bound)}` }),
    bound,
    json: plainType(stored.type).kind === 'json',
  }
}
