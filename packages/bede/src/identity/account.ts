import type { Actor } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { markOfCredential } from '../engine/credential.ts'
import { call, field } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json, Scalar, ValueType } from '../expr/value.ts'
import { type Accounts, accountsIn, organizationFields } from '../manifest/link/identity.ts'
import type { Manifest, Shape } from '../manifest/manifest.ts'
import { accountModelOf, accountRef } from '../manifest/platform/account.ts'
import { platform } from '../manifest/platform/names.ts'
import { Problem } from '../telemetry/problem.ts'

export type { Accounts }

/** Undefined: the app has no identity. */
export function accountsOf({ identity, models, actor }: Manifest): Accounts | undefined {
  if (!identity) return undefined
  const accounts = accountsIn(models, actor, identity)
  if (accounts) return accounts
  throw new Problem('unknown-model', { message: `Accounts are rows of ${identity.model}, and there is no such model` })
}

/** An id as JSON has it: a UUID or a number. */
export const isId = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'

/** The type of a reference to an account. */
export function accountTypeOf({ actor, identity, model }: Accounts): ValueType {
  const account = accountModelOf(actor, { [identity.model]: model })
  if (account) return accountRef(account)
  throw new Problem('mismatched-type', { message: `${identity.model} signs in, and the actor is none of its rows` })
}

/**
 * The actor's fields: from the account's row (named `row`) and, where a session or another credential is in an
 * organization (`place`), from the membership; never from a request.
 */
export const actorShape = (accounts: Accounts, row: string, place?: Expr): Shape => ({
  kind: 'object',
  members: Object.fromEntries(
    Object.entries(accounts.actor.fields).map(([name, { type }]): [string, Shape] => [
      name,
      { kind: 'value', expr: actorField(accounts, name, row, place), type, nullable: true },
    ]),
  ),
})

function actorField({ model, identity }: Accounts, name: string, row: string, place: Expr | undefined): Expr {
  const given = identity.organizations && Object.hasOwn(organizationFields, name)
  if (!given) return { kind: 'field', row, field: name === 'id' ? model.id : name }
  if (!place) return { kind: 'literal', value: null, type: { kind: 'text' } }
  const of = (field: string): Expr => ({ kind: 'field', row: 'membership', field })
  return {
    kind: 'via',
    from: {
      model: platform.membership,
      as: 'membership',
      where: call(
        'and',
        call('eq', of('accountId'), { kind: 'field', row, field: model.id }),
        call('eq', of('organizationId'), place),
      ),
    },
    value: of(name === 'organizationRole' ? 'role' : name),
  }
}

/** The actor of the account that the row of a credential (named `row`) is of: one whose account is gone is not found. */
export const actorOfAccount = (accounts: Accounts): Shape => ({
  kind: 'one',
  from: { relation: { row: 'row', name: 'account' }, as: 'account' },
  item: actorShape(accounts, 'account', accounts.identity.organizations && field('organizationId')),
})

/** The actor that such a shape gave. */
export function actorFrom(json: Json): Actor {
  if (!isMembers(json) || json.id === null || json.id === undefined)
    throw new Problem('internal', { message: 'An account has no id' })
  const fields = Object.entries(json).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.filter(isScalar) : isScalar(value) ? value : undefined,
  ])
  return Object.freeze({
    ...markOfCredential(),
    ...Object.fromEntries(fields),
    id: typeof json.id === 'number' ? json.id : String(json.id),
  })
}

const isScalar = (value: Json): value is Scalar => typeof value !== 'object' || value === null

/** What one signs in with, in the form in which it is stored: e-mail addresses are kept in lower case. */
export const loginForm = ({ identity, model }: Accounts, login: string): string =>
  model.fields[identity.login]?.type.kind === 'email' ? login.toLowerCase() : login
