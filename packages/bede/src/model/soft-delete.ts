import type { Field, FieldDeclaration } from './field.ts'

/** Since when a row is deleted; null for the living. Views may name it, and only the platform writes it. */
export type DeletedAt = Field<
  'timestamp',
  string,
  { readonly optional: true; readonly immutable: true; readonly managed: true }
>

/** What `softDelete` adds to a model's fields. */
// An interface would have no index signature, and the members of a model have one.
export type WithDeletedAt = { readonly deletedAt: DeletedAt }

/** The name of the field that `softDelete` adds. */
export const deletedAtName = 'deletedAt'

const declaration: FieldDeclaration = {
  face: 'field',
  type: { kind: 'timestamp' },
  optional: true,
  immutable: true,
  managed: true,
}

export const deletedAt = Object.freeze(declaration) as DeletedAt
