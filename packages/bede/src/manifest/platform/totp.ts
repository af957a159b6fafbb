import type { ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, integer, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** One per account that has, or is about to have, an authenticator app. */
export const totp = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'totp',
  id: 'id',
  fields: {
    id: generatedId(platform.totp),
    accountId: accountId(account, { unique: true }),
    /** Sealed: a copy of the database makes no codes. */
    secret: text('secret', { private: true }),
    /** Null: nobody has shown yet that an app has the secret, and nothing asks for its codes. */
    confirmedAt: time('confirmed_at', { optional: true }),
    /** The time step of the last code that was taken: none of it or before it is taken again (RFC 6238 §5.2). */
    lastStep: integer('last_step', { default: { kind: 'value', value: 0 } }),
    /** A sign-in that had begun by then is not gone on with: what it rested on has changed since. */
    endedAt: time('ended_at', { optional: true }),
    createdAt,
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [{ name: 'bede_totp_account_id', fields: ['accountId'], unique: true }],
  checks: [],
})

export const recoveryCode = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'recovery_code',
  id: 'id',
  fields: {
    id: generatedId(platform.recoveryCode),
    accountId: accountId(account),
    /** SHA-256 of the account and the code, in hex. The code itself is never kept. */
    codeHash: text('code_hash', { unique: true, immutable: true, private: true }),
    createdAt,
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [
    { name: 'bede_recovery_code_code_hash', fields: ['codeHash'], unique: true },
    { name: 'bede_recovery_code_account_id', fields: ['accountId'] },
  ],
  checks: [],
})
