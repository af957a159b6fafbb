import type { ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, integer, json, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

export const oneTime = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'one_time',
  id: 'id',
  fields: {
    id: generatedId(platform.oneTime),
    /** What it is good for, and nothing else (class 84). */
    purpose: text('purpose', { immutable: true }),
    /** SHA-256 of the purpose and the token, in hex. The token itself is never kept. */
    tokenHash: text('token_hash', { unique: true, immutable: true, private: true }),
    /** Whose it is; null: of nobody who has an account yet. */
    accountId: accountId(account, { optional: true }),
    /** SHA-256 of what the browser that asked has to show as well; null: nothing. */
    boundTo: text('bound_to', { optional: true, immutable: true, private: true }),
    data: json('data', { optional: true, immutable: true }),
    /** Wrong guesses so far, of what is short enough to guess. */
    attempts: integer('attempts', { default: { kind: 'value', value: 0 } }),
    createdAt,
    expiresAt: time('expires_at', { immutable: true }),
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [
    { name: 'bede_one_time_token_hash', fields: ['tokenHash'], unique: true },
    { name: 'bede_one_time_account_id', fields: ['accountId'] },
    { name: 'bede_one_time_expires_at', fields: ['expiresAt'] },
  ],
  checks: [],
})
