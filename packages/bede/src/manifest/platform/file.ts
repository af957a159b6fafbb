import type { ModelDefinition } from '../../model/definition.ts'
import { bigint, createdAt, integer, text } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** One per file that is kept. Its bytes lie where `id` says. */
export const file: ModelDefinition = {
  schema: platformSchema,
  table: 'file',
  id: 'id',
  fields: {
    /** Made before the bytes are written: they are found by it. */
    id: { type: { kind: 'id', model: platform.file }, column: 'id', given: true, immutable: true },
    /** The row whose file it is: its model, its field and its id as text. Null: a handler keeps it. */
    model: text('model', { optional: true }),
    field: text('field', { optional: true }),
    rowId: text('row_id', { optional: true }),
    /** Whose call brought it, as text; null: nobody was signed in, or the system did it. */
    ownerId: text('owner_id', { optional: true, immutable: true }),
    /** The tenant in which that call acted, as text; null: in none. What a handler keeps is there in it, and nowhere else. */
    tenant: text('tenant', { optional: true, immutable: true }),
    /** Where they came from who had not signed in: an HMAC, which says nothing of the address. */
    network: text('network', { optional: true, immutable: true, private: true }),
    /** The name its sender gave it: for people, and for nothing else. */
    name: text('name', { optional: true, immutable: true, private: true }),
    type: text('type', { immutable: true }),
    size: bigint('size', { immutable: true }),
    sha256: text('sha256', { immutable: true }),
    width: integer('width', { optional: true, immutable: true }),
    height: integer('height', { optional: true, immutable: true }),
    createdAt,
  },
  relations: {},
  indexes: [
    { name: 'bede_file_owner_id', fields: ['ownerId'] },
    { name: 'bede_file_network', fields: ['network'] },
  ],
  checks: [],
}
