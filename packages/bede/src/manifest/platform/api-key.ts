import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** `organization`: with organizations, a key acts in one of them, or in none. */
export const apiKey = (account: AccountModel, organization?: FieldDefinition): ModelDefinition => ({
  schema: platformSchema,
  table: 'api_key',
  id: 'id',
  fields: {
    id: generatedId(platform.apiKey),
    /** SHA-256 of the key, in hex. The key itself is never kept. */
    tokenHash: text('token_hash', { unique: true, private: true }),
    /** How the key begins, by which people know it again. */
    prefix: text('prefix'),
    /** The key before it was rotated, and until when that is good as well. */
    previousHash: text('previous_hash', { optional: true, unique: true, private: true }),
    previousUntil: time('previous_until', { optional: true }),
    name: text('name'),
    scopes: { type: { kind: 'array', of: { kind: 'text' } }, column: 'scopes', immutable: true },
    /** As whom it acts. */
    accountId: accountId(account),
    ...(organization && { organizationId: { ...organization, optional: true, immutable: true } }),
    /** The service that it is a key of; null: of a person. */
    serviceId: {
      type: { kind: 'ref', model: platform.service },
      column: 'service_id',
      optional: true,
      immutable: true,
      onDelete: 'cascade',
    },
    /** The key that made it: it goes when that goes (class 28). */
    parentId: {
      type: { kind: 'ref', model: platform.apiKey },
      column: 'parent_id',
      optional: true,
      immutable: true,
      onDelete: 'cascade',
    },
    createdAt,
    /** When it was last seen, to the granularity the identity floor writes it; null: never. */
    usedAt: time('used_at', { optional: true }),
    expiresAt: time('expires_at', { immutable: true }),
  },
  relations: {
    account: { kind: 'one', model: account.model, field: 'accountId' },
    service: { kind: 'one', model: platform.service, field: 'serviceId' },
  },
  indexes: [
    { name: 'bede_api_key_token_hash', fields: ['tokenHash'], unique: true },
    { name: 'bede_api_key_previous_hash', fields: ['previousHash'], unique: true },
    { name: 'bede_api_key_account_id', fields: ['accountId', 'createdAt'] },
    ...(organization ? [{ name: 'bede_api_key_organization_id', fields: ['organizationId'] }] : []),
    { name: 'bede_api_key_service_id', fields: ['serviceId'] },
    { name: 'bede_api_key_parent_id', fields: ['parentId'] },
    { name: 'bede_api_key_expires_at', fields: ['expiresAt'] },
  ],
  checks: [],
})

/** An account that is no person's: nobody signs in to it, and its keys belong to the app. */
export const service = (account: AccountModel): ModelDefinition => ({
  schema: platformSchema,
  table: 'service',
  id: 'id',
  fields: {
    id: generatedId(platform.service),
    name: text('name', { unique: true, immutable: true }),
    accountId: accountId(account, { unique: true }),
    createdAt,
  },
  relations: { account: { kind: 'one', model: account.model, field: 'accountId' } },
  indexes: [
    { name: 'bede_service_name', fields: ['name'], unique: true },
    { name: 'bede_service_account_id', fields: ['accountId'], unique: true },
  ],
  checks: [],
})
