import type { ModelDefinition } from '../../model/definition.ts'
import { createdAt, generatedId, integer, text } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** The keys that sign tokens, one for each stretch of time. */
export const signingKey: ModelDefinition = {
  schema: platformSchema,
  table: 'signing_key',
  id: 'id',
  fields: {
    id: generatedId(platform.signingKey),
    /** Which stretch of time it signs in, counted from 1970: of two processes that make its key, one does. */
    slot: integer('slot', { unique: true, immutable: true }),
    /** What tokens and the published set call it: the thumbprint of its public part (RFC 7638). */
    name: text('name', { immutable: true }),
    /** Both parts, sealed under a secret that is not in the database. */
    sealed: text('sealed', { immutable: true, private: true }),
    createdAt,
  },
  relations: {},
  indexes: [{ name: 'bede_signing_key_slot', fields: ['slot'], unique: true }],
  checks: [],
}
