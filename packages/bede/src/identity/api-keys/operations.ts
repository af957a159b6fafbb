import type { Actor } from '../../engine/call.ts'
import { field, time, value, text as words } from '../../engine/internal-statement.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import type { ApiKeysDefinition, InputField, Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { array, duration, id, text, timestamp } from '../../model/fields.ts'
import { listing, operation } from '../operation.ts'
import { organizationTypeOf } from '../organizations/memberships.ts'
import { renameKey, revokeKey, rotateKey } from './change.ts'
import { type Holder, issueKey } from './issue.ts'

/** With which a key makes, rotates and ends keys: itself, and those it has made. */
const writing = 'auth.keys:write'
/** How long a key that was rotated is good as well, when nothing is said. */
const usualOverlap = 'P1D'

const name = text({ min: 1, max: 100 })
const key = { id: id<typeof platform.apiKey>() }

/** What a new key is asked to be, but for its scopes. */
export const asked = { name, expiresAt: timestamp({ optional: true }) }
/** What is told of a new key: its text this once. */
export const made = {
  id: text(),
  key: text(),
  prefix: text(),
  name: text(),
  scopes: array(text()),
  expiresAt: timestamp(),
}

/** Scopes that a key can be made for, one or more. */
export const scopesInput = ({ scopes }: ApiKeysDefinition): Readonly<Record<string, InputField>> => {
  const of = { kind: 'choice', choices: scopes } as const
  return { scopes: { type: { kind: 'array', of }, items: { type: of }, min: 1, max: scopes.length } }
}

/** Keys for programs that call with the rights of an account, or some of them. */
export function apiKeyOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { apiKeys } = accounts.identity
  if (!apiKeys) return {}
  return {
    'auth.keys.create': operation('POST /auth/keys', {
      summary: 'Make an API key',
      scope: writing,
      input: asked,
      fields: scopesInput(apiKeys),
      output: made,
      status: 201,
      sensitive: true,
      run: ({ input, actor, ...hands }) => issueKey(hands, withScopes(input), { ...placeOf(actor), service: null }),
    }),
    'auth.keys.list': listing('GET /auth/keys', {
      summary: 'The API keys of this account',
      from: { model: platform.apiKey, as: 'row' },
      item: listed(accounts),
    }),
    'auth.keys.rename': operation('PATCH /auth/keys/:id', {
      summary: 'Give an API key another name',
      input: { ...key, name },
      run: ({ input, ...hands }) => renameKey(hands, input.id, input.name),
    }),
    'auth.keys.rotate': operation('POST /auth/keys/:id/rotate', {
      summary: 'Put another API key in the place of one, which ends after the overlap',
      scope: writing,
      input: { ...key, overlap: duration({ default: usualOverlap }) },
      output: { ...made, previousUntil: timestamp({ nullable: true }) },
      sensitive: true,
      run: ({ input, ...hands }) => rotateKey(hands, input.id, input.overlap),
    }),
    'auth.keys.revoke': operation('DELETE /auth/keys/:id', {
      summary: 'End an API key, and those that were made with it',
      scope: writing,
      input: key,
      run: ({ input, ...hands }) => revokeKey(hands, input.id),
    }),
  }
}

/** The account that calls, in the organization in which it does. */
const placeOf = ({ id, organizationId }: Actor): Omit<Holder, 'service'> => ({
  account: id,
  ...((typeof organizationId === 'string' || typeof organizationId === 'number') && { organization: organizationId }),
})

/** The scopes are known when the app is linked, so no type of the input names them; the engine has validated them. */
export const withScopes = <I extends object>(input: I): I & { readonly scopes: readonly string[] } =>
  input as I & { readonly scopes: readonly string[] }

const listed = (accounts: Accounts): Shape => ({
  kind: 'object',
  members: {
    id: value(field('id'), { kind: 'id', model: platform.apiKey }),
    name: value(field('name'), words),
    prefix: value(field('prefix'), words),
    scopes: value(field('scopes'), { kind: 'array', of: words }),
    ...(accounts.organizations && {
      organizationId: value(field('organizationId'), organizationTypeOf(accounts), true),
    }),
    service: {
      kind: 'one',
      nullable: true,
      from: { relation: { row: 'row', name: 'service' }, as: 'service' },
      item: value(field('name', 'service'), words),
    },
    parentId: value(field('parentId'), { kind: 'ref', model: platform.apiKey }, true),
    createdAt: value(field('createdAt'), time),
    usedAt: value(field('usedAt'), time, true),
    expiresAt: value(field('expiresAt'), time),
    previousUntil: value(field('previousUntil'), time, true),
  },
})
