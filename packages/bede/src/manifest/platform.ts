import type { ValueType } from '../expr/value.ts'
import type { FieldDefinition, ModelDefinition } from '../model/definition.ts'
import { historyDefinition, historyModel } from './platform-history.ts'

/** The database schema of everything Bede keeps for itself. */
export const platformSchema = 'bede'

/** The names of the platform's own models. They carry no policies: only the system reaches them (law 3). */
export const platform = {
  /** Events on their way to subscribers; written with the change they tell of (law 7). */
  outbox: 'bede_outbox',
  /** Answers kept for `Idempotency-Key`; unique by scope and key, which decides between two that come at once. */
  idempotency: 'bede_idempotency',
  /** Signed-in sessions, by the hash of their token. */
  session: 'bede_session',
  /** Keys the backend made for itself at its first start. */
  secret: 'bede_secret',
} as const

/** The unique index that decides which of two calls with the same key was first. */
export const idempotencyKeyIndex = 'bede_idempotency_scope_key'

const text = (column: string, more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  type: { kind: 'text' },
  column,
  ...more,
})
const time = (column: string, more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  type: { kind: 'timestamp' },
  column,
  ...more,
})
const generatedId = (model: string): FieldDefinition => ({
  type: { kind: 'id', model },
  column: 'id',
  default: { kind: 'generated' },
  immutable: true,
})
const createdAt = time('created_at', { default: { kind: 'now' }, immutable: true })

const outbox: ModelDefinition = {
  schema: platformSchema,
  table: 'outbox',
  id: 'id',
  fields: {
    id: generatedId(platform.outbox),
    event: text('event', { immutable: true }),
    payload: { type: { kind: 'json' }, column: 'payload', immutable: true },
    createdAt,
  },
  relations: {},
  indexes: [],
  checks: [],
}

const idempotency: ModelDefinition = {
  schema: platformSchema,
  table: 'idempotency',
  id: 'id',
  fields: {
    id: generatedId(platform.idempotency),
    /** Whose key it is: the actor's id, or `anonymous`; nobody meets another's keys. */
    scope: text('scope'),
    key: text('key'),
    /** SHA-256 of the operation and its input: the same key with another request is refused. */
    fingerprint: text('fingerprint'),
    status: { type: { kind: 'integer' }, column: 'status' },
    /** The answer's JSON; null when it had no body. */
    body: text('body', { optional: true }),
    createdAt,
  },
  relations: {},
  indexes: [
    { name: idempotencyKeyIndex, fields: ['scope', 'key'], unique: true },
    { name: 'bede_idempotency_created_at', fields: ['createdAt'] },
  ],
  checks: [],
}

const secret: ModelDefinition = {
  schema: platformSchema,
  table: 'secret',
  id: 'id',
  fields: {
    id: generatedId(platform.secret),
    name: text('name', { unique: true, immutable: true }),
    value: text('value'),
    createdAt,
  },
  relations: {},
  indexes: [{ name: 'bede_secret_name', fields: ['name'], unique: true }],
  checks: [],
}

const session = (account: { readonly model: string; readonly idType: ValueType }): ModelDefinition => ({
  schema: platformSchema,
  table: 'session',
  id: 'id',
  fields: {
    id: generatedId(platform.session),
    /** SHA-256 of the token, in hex. The token itself is never kept. */
    tokenHash: text('token_hash', { unique: true, immutable: true, private: true }),
    accountId: {
      type: { kind: 'ref', model: account.model, ...(account.idType.integer ? { integer: true as const } : {}) },
      column: 'account_id',
      immutable: true,
      onDelete: 'cascade',
    },
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

/**
 * The models Bede adds to every manifest, by name. `account`: the model that signs in (the manifest's `actor.model`)
 * and the type of its id; absent, there are no sessions. `models`: the user's, some of which keep their history.
 */
export const platformModels = (
  account?: { readonly model: string; readonly idType: ValueType },
  models: Readonly<Record<string, ModelDefinition>> = {},
): Readonly<Record<string, ModelDefinition>> => ({
  [platform.outbox]: outbox,
  [platform.idempotency]: idempotency,
  [platform.secret]: secret,
  ...(account === undefined ? {} : { [platform.session]: session(account) }),
  ...Object.fromEntries(
    Object.entries(models).flatMap(([name, model]) =>
      model.history && model.schema !== platformSchema
        ? [[historyModel(name), historyDefinition(platformSchema, name, model)]]
        : [],
    ),
  ),
})
