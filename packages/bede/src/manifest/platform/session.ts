import type { ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

export const session = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'session',
  id: 'id',
  fields: {
    id: generatedId(platform.session),
    /** SHA-256 of the token, in hex. The token itself is never kept. */
    tokenHash: text('token_hash', { unique: true, immutable: true, private: true }),
    accountId: accountId(account),
    createdAt,
    /** When it was last seen, to the granularity the identity floor writes it. */
    usedAt: time('used_at', { default: { kind: 'now' } }),
    expiresAt: time('expires_at'),
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [
    { name: 'bede_session_token_hash', fields: ['tokenHash'], unique: true },
    { name: 'bede_session_account_id', fields: ['accountId'] },
    { name: 'bede_session_expires_at', fields: ['expiresAt'] },
  ],
  checks: [],
})
