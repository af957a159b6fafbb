import type { Expr } from '../../expr/expr.ts'
import type { ApiKeysDefinition, IdentityDefinition, Policy } from '../manifest.ts'
import { type AccountModel, accountRef } from './account.ts'
import { platform } from './names.ts'

const field = (name: string): Expr => ({ kind: 'field', row: 'row', field: name })
const call = (fn: 'eq' | 'or' | 'and' | 'in' | 'isNotNull', ...args: Expr[]): Expr => ({ kind: 'call', fn, args })

/** Who reaches the platform's own models beside the system: nobody, where a model is not named. */
export const platformPolicies = (
  account?: AccountModel,
  identity?: IdentityDefinition,
): Readonly<Record<string, Policy>> => {
  if (account === undefined) return {}
  const administration = identity?.administration
  const mine = call('eq', field('accountId'), { kind: 'actor', field: 'id', type: accountRef(account) })
  return {
    [platform.session]: { read: mine, delete: mine },
    ...(identity && { [platform.audit]: { read: administration ? call('or', mine, administration.allow) : mine } }),
    ...(identity?.organizations && organizationPolicies(identity.organizations, mine)),
    ...(identity?.passkeys && { [platform.passkey]: { read: mine } }),
    ...(identity?.apiKeys && apiKeyPolicies(identity.apiKeys, mine)),
  }
}

/** Members see each other; who may invite sees who was invited. What changes either is asked by their operations. */
function organizationPolicies(
  { model, roles }: NonNullable<IdentityDefinition['organizations']>,
  mine: Expr,
): Readonly<Record<string, Policy>> {
  const here = call('eq', field('organizationId'), {
    kind: 'actor',
    field: 'organizationId',
    type: { kind: 'ref', model },
  })
  const managing = roles
    .slice(0, -1)
    .map((role) =>
      call(
        'eq',
        { kind: 'actor', field: 'organizationRole', type: { kind: 'choice', choices: [...roles] } },
        { kind: 'literal', value: role, type: { kind: 'choice', choices: [...roles] } },
      ),
    )
  return {
    [platform.membership]: { read: call('or', mine, here) },
    [platform.invitation]: { read: call('and', here, call('or', ...managing)) },
  }
}

/** Everybody sees their own keys, and whoever may make services sees those and their keys. */
function apiKeyPolicies({ services }: ApiKeysDefinition, mine: Expr): Readonly<Record<string, Policy>> {
  if (services === undefined) return { [platform.apiKey]: { read: mine }, [platform.service]: {} }
  const served = call('and', services, call('isNotNull', field('serviceId')))
  return {
    [platform.apiKey]: { read: call('or', mine, served) },
    [platform.service]: { read: services },
  }
}
