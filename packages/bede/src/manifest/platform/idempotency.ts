import type { ModelDefinition } from '../../model/definition.ts'
import { createdAt, generatedId, integer, text } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** The unique index that decides which of two calls with the same key was first. */
export const idempotencyKeyIndex = 'bede_idempotency_scope_key'

export const idempotency: ModelDefinition = {
  schema: platformSchema,
  table: 'idempotency',
  id: 'id',
  fields: {
    id: generatedId(platform.idempotency),
    /** Whose key it is: the actor's id, or `anonymous`; nobody meets another's keys. */
    scope: text('scope'),
    key: text('key'),
    /** SHA-256 of the operation and its input: the same key with another request is refused. */
    fingerprint: text('fingerprint'),
    status: integer('status'),
    /** The answer's JSON; null when it had no body. */
    body: text('body', { optional: true }),
    createdAt,
  },
  relations: {},
  indexes: [
    { name: idempotencyKeyIndex, fields: ['scope', 'key'], unique: true },
    { name: 'bede_idempotency_created_at', fields: ['createdAt'] },
  ],
  checks: [],
}
