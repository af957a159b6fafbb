import type { ModelDefinition } from '../../model/definition.ts'
import { bigint, createdAt, integer, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** One per file that is being sent, whoever sends it from wherever; kept for its time when it has ended, too. */
export const upload: ModelDefinition = {
  schema: platformSchema,
  table: 'upload',
  id: 'id',
  fields: {
    /** Random: of somebody who has not signed in, whoever has it goes on. */
    id: { type: { kind: 'id', model: platform.upload }, column: 'id', given: true, immutable: true },
    model: text('model', { immutable: true }),
    field: text('field', { immutable: true }),
    rowId: text('row_id', { immutable: true }),
    /** Whose it is, as in a file's record. */
    ownerId: text('owner_id', { optional: true, immutable: true }),
    /** In which tenant it goes on, as in a file's record. */
    tenant: text('tenant', { optional: true, immutable: true }),
    network: text('network', { optional: true, immutable: true, private: true }),
    /** What its sender calls it, and says that it is. */
    name: text('name', { optional: true, immutable: true, private: true }),
    type: text('type', { optional: true, immutable: true }),
    length: bigint('length', { immutable: true }),
    /** How many bytes have come, in how many parts. As many as there are to be: it has ended, and the file is the row's. */
    received: bigint('received'),
    parts: integer('parts'),
    /** Until then somebody puts its parts together; nobody else adds to it meanwhile. */
    busyUntil: time('busy_until', { optional: true }),
    createdAt,
    expiresAt: time('expires_at', { immutable: true }),
  },
  relations: {},
  indexes: [
    { name: 'bede_upload_owner_id', fields: ['ownerId'] },
    { name: 'bede_upload_network', fields: ['network'] },
    { name: 'bede_upload_expires_at', fields: ['expiresAt'] },
  ],
  checks: [],
}

/** What came in one piece. Its bytes lie under its id. */
export const uploadPart: ModelDefinition = {
  schema: platformSchema,
  table: 'upload_part',
  id: 'id',
  fields: {
    id: { type: { kind: 'id', model: platform.uploadPart }, column: 'id', given: true, immutable: true },
    uploadId: {
      type: { kind: 'ref', model: platform.upload },
      column: 'upload_id',
      immutable: true,
      onDelete: 'cascade',
    },
    /** Of the file's bytes, where it begins, and how many it has. */
    start: bigint('start', { immutable: true }),
    size: bigint('size', { immutable: true }),
  },
  relations: { upload: { kind: 'one', model: platform.upload, field: 'uploadId' } },
  indexes: [
    // No two parts of one file begin at the same place, whatever else goes wrong.
    { name: 'bede_upload_part_start', fields: ['uploadId', 'start'], unique: true },
  ],
  checks: [],
}
