import type { NewAccount } from '../declare/handler.ts'
import { type Actor, system } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import type { Within } from '../engine/runtime.ts'
import type { Expr } from '../expr/expr.ts'
import { inputOf } from '../manifest/link/input.ts'
import type { CompiledOperation, InputField } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Accounts } from './account.ts'
import { checkPassword } from './password/strength.ts'
import type { Services } from './services.ts'

/** Makes an account. Problems: 409 `already-exists`, 422. */
export async function register(services: Services, within: Within, values: NewAccount): Promise<Actor> {
  await checkNew(services, values)
  return make(services, within, values)
}

/** Refuses a password that would be guessed. What else is wrong with the values is found when they are written. */
async function checkNew({ accounts, base }: Services, values: NewAccount): Promise<void> {
  const { identity } = accounts
  const password = values[identity.password]
  if (typeof password !== 'string') return
  await checkPassword(password, {
    place: `/${identity.password}`,
    min: identity.passwordMin,
    known: [base.manifest.name, String(values[identity.login] ?? '')],
  })
}

/** The row and its first entry in the trail. */
async function make(services: Services, within: Within, values: NewAccount): Promise<Actor> {
  const { accounts, lookUp, audit } = services
  const made = await within.ask({ operation: creation(accounts, values), input: values }, system('register an account'))
  const id = isMembers(made) && (typeof made.id === 'number' || typeof made.id === 'string') ? made.id : ''
  const account = await lookUp.byId(within.connection, id)
  if (!account) throw new Problem('internal', { message: 'An account that was made is not there' })
  await audit.note(within, 'account.registered', { account: account.actor.id })
  return account.actor
}

/** A new row of the account's model from these values: each must be a field, and the password long enough. */
function creation({ identity, model }: Accounts, values: NewAccount): CompiledOperation {
  const names = new Set([
    identity.login,
    identity.password,
    ...Object.keys(values).filter((name) => values[name] !== undefined),
  ])
  const fields: Record<string, InputField> = {}
  for (const name of names) {
    const field = Object.hasOwn(model.fields, name) ? model.fields[name] : undefined
    if (!field)
      throw new Problem('unknown-model-field', { message: `auth.register: ${identity.model} has no field '${name}'` })
    fields[name] = name === identity.password ? { ...inputOf(field), min: identity.passwordMin } : inputOf(field)
  }
  const taken = Object.entries(fields).map(([name, { type }]): [string, Expr] => [
    name,
    { kind: 'input', path: [name], type },
  ])
  return {
    kind: 'write',
    auth: 'optional',
    input: fields,
    write: { kind: 'create', model: identity.model, values: Object.fromEntries(taken) },
    answers: {
      kind: 'object',
      members: {
        id: {
          kind: 'value',
          expr: { kind: 'field', row: 'row', field: model.id },
          type: model.fields[model.id]?.type ?? { kind: 'id' },
        },
      },
    },
  }
}
