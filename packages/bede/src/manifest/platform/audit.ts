import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { AccountModel } from './account.ts'
import { json, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** One row per event. There are no foreign keys: what happened outlives whom it happened to. */
export const audit = (account: AccountModel): ModelDefinition => {
  const { integer } = account.idType
  const who = (column: string): FieldDefinition => ({
    type: { kind: 'ref', ...(integer && { integer }) },
    column,
    optional: true,
    immutable: true,
  })
  return {
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
      accountId: who('account_id'),
      /** Who did it; null: nobody was signed in, or the system did, and then `reason` says why. */
      actorId: who('actor_id'),
      /** Who really did it, where somebody acted as another. */
      impersonatorId: who('impersonator_id'),
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
}
