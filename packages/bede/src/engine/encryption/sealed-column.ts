import type { Manifest } from '../../manifest/manifest.ts'
import type { Keys } from '../keys/keys.ts'
import { encryptedFields, sealedPlaces } from './sealed-place.ts'
import { openValue, sealValue } from './sealed-value.ts'

/** A column whose values are sealed, each for its row: what is gone through when a secret is changed. */
export interface SealedColumn {
  readonly model: string
  readonly field: string
  /** The field that the values are bound to: unique, in every row. */
  readonly key: string
  /** Values stand behind the hash that finds them. */
  readonly search: boolean
  /** The value of the row with this key, under the current secret. Throws a Problem `sealed-value`. */
  reseal(stored: string, key: string): string
}

/** The encrypted fields as columns. */
export function encryptedColumns(manifest: Manifest, keys: Keys): readonly SealedColumn[] {
  const placeOf = sealedPlaces(manifest)
  return encryptedFields(manifest).map(({ model, field }) => {
    const place = placeOf({ model, field })
    return {
      model,
      field,
      key: manifest.models[model]?.id ?? 'id',
      search: place.search !== undefined,
      reseal: (stored, key) => sealValue(keys, place, JSON.parse(openValue(keys, place, stored, key)), key),
    }
  })
}
