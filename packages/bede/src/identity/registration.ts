import type { NewAccount } from '../declare/handler.ts'
import { type Actor, system } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import type { Within } from '../engine/runtime.ts'
import type { Expr } from '../expr/expr.ts'
import { inputOf } from '../manifest/link/input.ts'
import type { CompiledOperation, EmailDefinition, InputField } from '../manifest/manifest.ts'
import { isProblem, Problem } from '../telemetry/problem.ts'
import type { Accounts } from './account.ts'
import { alike, mayWriteTo } from './email/letters.ts'
import { askToVerify, verification } from './email/verification.ts'
import { checkPassword } from './password/strength.ts'
import type { Services } from './services.ts'
import { newToken } from './token.ts'

/** Makes an account. Its address is asked for its confirmation, where that is declared. Problems: 409 `already-exists`, 422. */
export async function register(services: Services, within: Within, values: NewAccount): Promise<Actor> {
  const { email } = services.accounts.identity
  await checkNew(services, values)
  const actor = await make(services, within, values)
  const to = email?.verify && addressIn(values, email)
  if (to !== undefined && (await mayWriteTo(services, within, to)))
    await askToVerify(services, within, { account: actor.id, to })
  return actor
}

/**
 * Makes an account that nobody comes in to before its address is confirmed. Where the address is an account's already,
 * the very same is done and taken back, and the mail tells its owner: the caller cannot tell (class 102).
 */
export async function enroll(services: Services, within: Within, values: NewAccount): Promise<void> {
  const { email } = services.accounts.identity
  const to = email && addressIn(values, email)
  if (!email || to === undefined)
    throw new Problem('invalid-input', { message: 'An account whose address is to be confirmed has one' })
  await checkNew(services, values)
  const allowed = await mayWriteTo(services, within, to)
  let mail: Readonly<Record<string, string>> = {}
  const attempt = (taken: boolean): Promise<void> =>
    alike(within, !taken, async (inner) => {
      const { id } = await make(services, inner, taken ? { ...values, [email.field]: nobodys() } : values)
      mail = await verification(services, inner, { account: id, to })
    })
  const owner = await services.lookUp.byEmail(within.connection, to)
  let taken = owner !== undefined
  try {
    await attempt(taken)
  } catch (error) {
    // Somebody else has made it in this very moment.
    if (!isTaken(error, email.field)) throw error
    taken = true
    await attempt(taken)
  }
  await alike(within, allowed, ({ connection }) =>
    services.post.send(
      connection,
      taken ? { to, template: 'already-registered', values: {} } : { to, template: 'verify-email', values: mail },
    ),
  )
}

/** An address that no account has. */
const nobodys = (): string => `${newToken().toLowerCase()}@nobody.invalid`

const isTaken = (error: unknown, field: string): boolean =>
  isProblem(error) && error.code === 'already-exists' && error.details.some(({ place }) => place === `/${field}`)

const addressIn = (values: NewAccount, { field }: EmailDefinition): string | undefined => {
  const value = values[field]
  return typeof value === 'string' ? value.toLowerCase() : undefined
}

/** Refuses a password that would be guessed. What else is wrong with the values is found when they are written. */
async function checkNew({ accounts, base }: Services, values: NewAccount): Promise<void> {
  const { identity } = accounts
  const password = values[identity.password]
  if (typeof password !== 'string') return
  const known = [identity.login, identity.email?.field ?? identity.login].map((name) => values[name])
  await checkPassword(password, {
    place: `/${identity.password}`,
    min: identity.passwordMin,
    known: [base.manifest.name, ...known.filter((value) => typeof value === 'string')],
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
