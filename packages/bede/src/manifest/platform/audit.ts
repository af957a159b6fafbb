import type { ModelDefinition } from '../../model/definition.ts'
import { json, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** One row per event. There are no foreign keys: what happened outlives whom it happened to. */
export const audit: ModelDefinition = {
  schema: platformSchema,
  table: 'audit',
  id: 'id',
  fields: {
    id: {
      type: { kind: 'id', model: platform.audit, integer: true },
      column: 'id',
      default: { kind: 'generated' },
      immutable: true,
    },
    at: time('at', { default: { kind: 'now' }, immutable: true }),
    /** `password.changed`, `session.opened`, … */
    event: text('event', { immutable: true }),
    /** Whose account it is about; null: nobody's, as a sign-in to an account that is not there. */
    accountId: text('account_id', { optional: true, immutable: true }),
    /** Who did it; null: nobody was signed in, or the system did, and then `reason` says why. */
    actorId: text('actor_id', { optional: true, immutable: true }),
    /** Who really did it, where somebody acted as another. */
    impersonatorId: text('impersonator_id', { optional: true, immutable: true }),
    reason: text('reason', { optional: true, immutable: true }),
    requestId: text('request_id', { optional: true, immutable: true }),
    /** Never a secret. */
    details: json('details', { optional: true, immutable: true }),
  },
  relations: {},
  indexes: [
    { name: 'bede_audit_account', fields: ['accountId', 'id'] },
    { name: 'bede_audit_at', fields: ['at'] },
  ],
  checks: [],
}
