import type { ModelDefinition } from '../../model/definition.ts'
import type { IdentityDefinition } from '../manifest.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'
import { organizationId } from './organizations.ts'

/** Letters of what a browser or a program says it is; more would be there for somebody else's sake. */
export const longestAgent = 200

/** `identity`: with organizations, a session is in one of them. */
export const session = (
  account: AccountModel,
  identity: IdentityDefinition | undefined,
  models: Readonly<Record<string, ModelDefinition>>,
): ModelDefinition => ({
  schema: platformSchema,
  table: 'session',
  id: 'id',
  fields: {
    id: generatedId(platform.session),
    /** SHA-256 of the token, in hex. The token itself is never kept. */
    tokenHash: text('token_hash', { unique: true, private: true }),
    /** The same of what all refresh tokens of the session have in common; every signed token names it. */
    ...(identity?.sessions.signed && {
      familyHash: text('family_hash', { optional: true, unique: true, private: true }),
    }),
    accountId: accountId(account),
    createdAt,
    /** When it was last seen, to the granularity the identity floor writes it. */
    usedAt: time('used_at', { default: { kind: 'now' } }),
    expiresAt: time('expires_at'),
    /** What it said it was when it signed in, which nobody has checked. */
    userAgent: text('user_agent', { optional: true, immutable: true }),
    /** When its owner last proved who they are; null: not since there is this column. */
    provenAt: time('proven_at', { optional: true }),
    /** Who acts as the account with it, where it is not its owner. */
    ...(identity?.administration?.impersonation !== undefined && {
      impersonatorId: accountId(account, { column: 'impersonator_id', optional: true }),
    }),
    ...(identity?.organizations && {
      organizationId: organizationId(identity, models, { optional: true, onDelete: 'set-null' }),
    }),
  },
  relations: {
    account: { kind: 'one', model: account.model, field: 'accountId' },
    ...(identity?.administration?.impersonation !== undefined && {
      impersonator: { kind: 'one' as const, model: account.model, field: 'impersonatorId' },
    }),
  },
  indexes: [
    { name: 'bede_session_token_hash', fields: ['tokenHash'], unique: true },
    ...(identity?.sessions.signed
      ? [{ name: 'bede_session_family_hash', fields: ['familyHash'], unique: true as const }]
      : []),
    { name: 'bede_session_account_id', fields: ['accountId'] },
    { name: 'bede_session_expires_at', fields: ['expiresAt'] },
    ...(identity?.administration?.impersonation === undefined
      ? []
      : [{ name: 'bede_session_impersonator_id', fields: ['impersonatorId'] }]),
    ...(identity?.organizations ? [{ name: 'bede_session_organization_id', fields: ['organizationId'] }] : []),
  ],
  checks: [],
})
