import type { ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** What Bede itself knows of an account: one row at most, and none for one of which nothing is known. */
export const accountState = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'account',
  id: 'id',
  fields: {
    id: generatedId(platform.accountState),
    accountId: accountId(account, { unique: true }),
    /** The address that its owner has confirmed: an account that has another by now has confirmed none (class 88). */
    verifiedEmail: text('verified_email', { optional: true, private: true }),
    verifiedAt: time('verified_at', { optional: true }),
    /** Since when nobody comes in with it. */
    suspendedAt: time('suspended_at', { optional: true }),
    createdAt,
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [{ name: 'bede_account_account_id', fields: ['accountId'], unique: true }],
  checks: [],
})
