import type { ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { bigint, createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

export const passkey = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'passkey',
  id: 'id',
  fields: {
    id: generatedId(platform.passkey),
    accountId: accountId(account),
    /** What the authenticator calls it, base64url. No two are the same (WebAuthn §7.1 step 26). */
    credentialId: text('credential_id', { unique: true, immutable: true, private: true }),
    /** COSE, base64url. It verifies and signs nothing. */
    publicKey: text('public_key', { immutable: true, private: true }),
    /** How often the authenticator has signed, where it counts: one that goes back was copied. */
    counter: bigint('counter', { private: true }),
    /** Whether it is kept in more than one place: then losing a device does not lose it. */
    backedUp: { type: { kind: 'boolean' }, column: 'backed_up' },
    /** What its owner calls it. */
    name: text('name', { max: 60 }),
    createdAt,
    usedAt: time('used_at', { optional: true }),
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [
    { name: 'bede_passkey_credential_id', fields: ['credentialId'], unique: true },
    { name: 'bede_passkey_account_id', fields: ['accountId'] },
  ],
  checks: [],
})
