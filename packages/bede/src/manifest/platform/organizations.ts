import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { IdentityDefinition } from '../manifest.ts'
import { type AccountModel, accountId } from './account.ts'
import { createdAt, generatedId, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** The organization something belongs to; it goes when the organization goes. */
export const organizationId = (
  identity: IdentityDefinition,
  models: Readonly<Record<string, ModelDefinition>>,
  more: Partial<FieldDefinition> = {},
): FieldDefinition => {
  const model = identity.organizations?.model ?? ''
  const { fields, id } = models[model] ?? {}
  const integer = id !== undefined && fields?.[id]?.type.integer === true
  return {
    type: { kind: 'ref', model, ...(integer ? { integer: true as const } : {}) },
    column: 'organization_id',
    onDelete: 'cascade',
    ...more,
  }
}

/** Who belongs to which organization, and as what. */
export const membership = (account: AccountModel, organization: FieldDefinition): ModelDefinition => ({
  schema: platformSchema,
  table: 'membership',
  id: 'id',
  fields: {
    id: generatedId(platform.membership),
    organizationId: { ...organization, immutable: true },
    accountId: accountId(account),
    role: text('role'),
    createdAt,
  },
  relations: {
    account: { kind: 'one', model: account.model, field: 'accountId' },
    organization: { kind: 'one', model: organization.type.model ?? '', field: 'organizationId' },
  },
  indexes: [
    { name: 'bede_membership_organization_account', fields: ['organizationId', 'accountId'], unique: true },
    { name: 'bede_membership_account', fields: ['accountId', 'createdAt'] },
  ],
  checks: [],
})

/** Who has been asked to join. */
export const invitation = (account: AccountModel, organization: FieldDefinition): ModelDefinition => ({
  schema: platformSchema,
  table: 'invitation',
  id: 'id',
  fields: {
    id: generatedId(platform.invitation),
    organizationId: { ...organization, immutable: true },
    /** Whom it is for, in the form in which accounts keep what they sign in with: nobody else can accept it (class 101). */
    invitee: text('invitee', { immutable: true }),
    role: text('role', { immutable: true }),
    invitedBy: accountId(account, { column: 'invited_by' }),
    /** SHA-256 of the token, in hex. */
    tokenHash: text('token_hash', { unique: true, immutable: true, private: true }),
    createdAt,
    expiresAt: time('expires_at', { immutable: true }),
  },
  relations: { organization: { kind: 'one', model: organization.type.model ?? '', field: 'organizationId' } },
  indexes: [
    { name: 'bede_invitation_token_hash', fields: ['tokenHash'], unique: true },
    { name: 'bede_invitation_organization_invitee', fields: ['organizationId', 'invitee'], unique: true },
    { name: 'bede_invitation_invited_by', fields: ['invitedBy'] },
    { name: 'bede_invitation_expires_at', fields: ['expiresAt'] },
  ],
  checks: [],
})
