import type { Json } from '../expr/value.ts'

/** A field whose values are kept encrypted. */
export interface EncryptedField {
  readonly model: string
  readonly field: string
}

/** Closes values before they go to the database, which never sees them. */
export interface Sealer {
  /** Values are hashed under several keys: what is there may have been hashed under an earlier one. */
  readonly rotating: boolean
  /** What the column of the row with this id holds for a value. */
  seal(of: EncryptedField, value: Json, row: string): string
  /** What the column begins with, for a value, under each key there is, the current one first. */
  digests(of: EncryptedField, value: Json): readonly string[]
}
