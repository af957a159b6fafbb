import type { FieldDefinition } from '../../model/definition.ts'

type More = Partial<FieldDefinition>

export const text = (column: string, more: More = {}): FieldDefinition => ({ type: { kind: 'text' }, column, ...more })
export const time = (column: string, more: More = {}): FieldDefinition => ({
  type: { kind: 'timestamp' },
  column,
  ...more,
})
export const integer = (column: string, more: More = {}): FieldDefinition => ({
  type: { kind: 'integer' },
  column,
  ...more,
})
/** A whole number as text in JSON, of up to 64 bits. */
export const bigint = (column: string, more: More = {}): FieldDefinition => ({
  type: { kind: 'bigint' },
  column,
  ...more,
})
export const boolean = (column: string, more: More = {}): FieldDefinition => ({
  type: { kind: 'boolean' },
  column,
  ...more,
})
export const json = (column: string, more: More = {}): FieldDefinition => ({ type: { kind: 'json' }, column, ...more })
export const generatedId = (model: string): FieldDefinition => ({
  type: { kind: 'id', model },
  column: 'id',
  default: { kind: 'generated' },
  immutable: true,
})
export const createdAt = time('created_at', { default: { kind: 'now' }, immutable: true })
