import { field, time, value, text as words } from '../../engine/internal-statement.ts'
import type { Json } from '../../expr/value.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import type { Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { accountInputs } from '../account-operations.ts'
import type { IdentityHands } from '../hands.ts'
import { listing, operation } from '../operation.ts'
import { newToken } from '../token.ts'
import { issueKey } from './issue.ts'
import { asked, made, scopesInput, withScopes } from './operations.ts'
import type { ServiceAccounts } from './services.ts'

/** It becomes part of an address. */
const service = text({ min: 1, max: 40, pattern: /[a-z][a-z0-9-]*/ })

/**
 * Services: accounts that are no person's, to which nobody signs in, and whose keys belong to the app. Where the app says
 * nobody may make them, only the system reaches these operations, which have no addresses then.
 */
export function serviceOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { identity } = accounts
  const { apiKeys } = identity
  if (!apiKeys) return {}
  const nobody = { kind: 'literal', value: false, type: { kind: 'boolean' } } as const
  const allow = apiKeys.services ?? nobody
  const { [identity.login]: _, [identity.password]: __, ...fields } = accountInputs(accounts)
  const all = {
    'auth.services.create': operation('POST /auth/services', {
      summary: 'Make a service: an account for a program, to which nobody signs in',
      allow,
      guarded: true,
      input: { service },
      fields,
      output: { service: text() },
      status: 201,
      run: ({ input, ...hands }) => makeService(hands, input),
    }),
    'auth.services.list': listing('GET /auth/services', {
      summary: 'The services of the app',
      from: { model: platform.service, as: 'row' },
      item: listed,
    }),
    'auth.services.end': operation('DELETE /auth/services/:service', {
      summary: 'End a service with all its keys; what its account has made stays',
      allow,
      input: { service },
      run: async ({ input, within, services }) => {
        const ended = await servicesOf({ services }).end(within.connection, input.service)
        if (!ended) throw noSuchService()
        await services.audit.note(within, 'service.ended', { account: ended.account, details: { ...input } })
      },
    }),
    'auth.services.issue': operation('POST /auth/services/:service/keys', {
      summary: 'Make an API key of a service',
      allow,
      input: { service, ...asked },
      fields: scopesInput(apiKeys),
      output: made,
      status: 201,
      sensitive: true,
      run: async ({ input, ...hands }) => {
        const found = await servicesOf(hands).find(hands.within.connection, input.service)
        if (!found) throw noSuchService()
        return issueKey(hands, withScopes(input), { account: found.account, service: found.id })
      },
    }),
  }
  if (apiKeys.services) return all
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, withoutAddress(one)]))
}

async function makeService(hands: IdentityHands, { service, ...values }: { readonly service: string }) {
  const { within, services } = hands
  const hash = await services.base.hasher.hash(newToken())
  const said: Readonly<Record<string, Json>> = values
  const account = await servicesOf(hands).make(
    within.connection,
    { name: service, values: said, hash },
    new Date(within.now),
  )
  await services.audit.note(within, 'service.created', { account, details: { service } })
  return { service }
}

function servicesOf({ services }: Pick<IdentityHands, 'services'>): ServiceAccounts {
  if (services.serviceAccounts) return services.serviceAccounts
  throw new Problem('internal', { message: 'An operation of services was called without any' })
}

const noSuchService = (): Problem => new Problem('not-found', { message: 'There is no such service' })

const withoutAddress = ({ operation: { http: _, ...operation }, ...rest }: Brought): Brought => ({ ...rest, operation })

const listed: Shape = {
  kind: 'object',
  members: { service: value(field('name'), words), createdAt: value(field('createdAt'), time) },
}
