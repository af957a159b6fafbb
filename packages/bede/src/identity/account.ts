import type { Actor } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json, Scalar, ValueType } from '../expr/value.ts'
import type { Accounts } from '../manifest/link/identity.ts'
import type { Manifest, Shape } from '../manifest/manifest.ts'
import { accountModelOf, accountRef } from '../manifest/platform/account.ts'
import { Problem } from '../telemetry/problem.ts'

export type { Accounts }

/** Undefined: the app has no identity. */
export function accountsOf({ identity, models, actor }: Manifest): Accounts | undefined {
  if (!identity) return undefined
  const model = Object.hasOwn(models, identity.model) ? models[identity.model] : undefined
  if (model) return { identity, model, actor }
  throw new Problem('unknown-model', { message: `Accounts are rows of ${identity.model}, and there is no such model` })
}

/** The type of a reference to an account. */
export function accountTypeOf({ actor, identity, model }: Accounts): ValueType {
  const account = accountModelOf(actor, { [identity.model]: model })
  if (account) return accountRef(account)
  throw new Problem('mismatched-type', { message: `${identity.model} signs in, and the actor is none of its rows` })
}

/** The actor's fields, read from the account's row (named `row`): never from a request. */
export const actorShape = ({ actor, model }: Accounts, row: string): Shape => ({
  kind: 'object',
  members: Object.fromEntries(
    Object.entries(actor.fields).map(([name, { type }]): [string, Shape] => {
      const expr: Expr = { kind: 'field', row, field: name === 'id' ? model.id : name }
      return [name, { kind: 'value', expr, type, nullable: true }]
    }),
  ),
})

/** The actor that such a shape gave. */
export function actorFrom(json: Json): Actor {
  if (!isMembers(json) || json.id === null || json.id === undefined)
    throw new Problem('internal', { message: 'An account has no id' })
  const fields = Object.entries(json).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.filter(isScalar) : isScalar(value) ? value : undefined,
  ])
  return Object.freeze({ ...Object.fromEntries(fields), id: typeof json.id === 'number' ? json.id : String(json.id) })
}

const isScalar = (value: Json): value is Scalar => typeof value !== 'object' || value === null

/** What one signs in with, in the form in which it is stored: e-mail addresses are kept in lower case. */
export const loginForm = ({ identity, model }: Accounts, login: string): string =>
  model.fields[identity.login]?.type.kind === 'email' ? login.toLowerCase() : login
