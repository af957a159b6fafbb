import type { ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { boolean, createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** The address an account is on its way to, until both addresses have confirmed: one at most for each account. */
export const emailChange = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'email_change',
  id: 'id',
  fields: {
    id: generatedId(platform.emailChange),
    accountId: accountId(account, { unique: true }),
    email: text('email', { private: true }),
    oldConfirmed: boolean('old_confirmed', { default: { kind: 'value', value: false } }),
    newConfirmed: boolean('new_confirmed', { default: { kind: 'value', value: false } }),
    createdAt,
    expiresAt: time('expires_at'),
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [
    { name: 'bede_email_change_account_id', fields: ['accountId'], unique: true },
    { name: 'bede_email_change_expires_at', fields: ['expiresAt'] },
  ],
  checks: [],
})
