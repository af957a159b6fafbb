import type { Auth, NewAccount } from '../declare/handler.ts'
import { type Actor, isSystem, system } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { type Credential, credentialOf } from '../engine/credential.ts'
import { plainJson } from '../engine/input/plain.ts'
import { internalCall } from '../engine/internal-call.ts'
import type { Within } from '../engine/runtime.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json } from '../expr/value.ts'
import { inputOf } from '../manifest/link/input.ts'
import type { CompiledOperation, InputField } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'
import { type Accounts, actorFrom, actorShape, loginForm } from './account.ts'
import { enter } from './entry.ts'
import { handing } from './hands.ts'
import type { Services } from './services.ts'

/**
 * What a password is compared with when there is no such account, so that both refusals cost the same: argon2id with the
 * parameters of the hasher, of a secret nobody has.
 */
const noHash = '$argon2id$v=19$m=19456,t=2,p=1$QmVkZSBoYXMgbm8gc3VjaA$0zTqqYcR5bV4r0bJvQvXW4pUwm5s3S2cN5mUoC3o8gA'

/** Makes the `auth` of handlers (see {@link Auth}), bound to one handler's transaction. */
export function signing(services: Services): (within: Within) => Auth<Actor> {
  const { base, accounts, sessions, audit } = services
  const { identity, model } = accounts
  const { planner, hasher, watch } = base
  const login: Expr = { kind: 'field', row: 'row', field: identity.login }
  const named = {
    kind: 'input',
    path: ['login'],
    type: model.fields[identity.login]?.type ?? { kind: 'text' },
  } as const
  const idType = model.fields[model.id]?.type ?? { kind: 'id' }
  const byId: Expr = {
    kind: 'call',
    fn: 'eq',
    args: [
      { kind: 'field', row: 'row', field: model.id },
      { kind: 'input', path: ['id'], type: idType },
    ],
  }

  const credentials = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model: identity.model, as: 'row', where: { kind: 'call', fn: 'eq', args: [login, named] } },
      item: {
        kind: 'object',
        members: {
          hash: {
            kind: 'value',
            expr: { kind: 'field', row: 'row', field: identity.password },
            type: { kind: 'secret' },
            nullable: true,
          },
          actor: actorShape(accounts, 'row'),
        },
      },
    },
  })
  const actorById = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model: identity.model, as: 'row', where: byId },
      item: actorShape(accounts, 'row'),
    },
  })

  const auth = (within: Within): Auth<Actor> => ({
    async register(account) {
      const made = await within.ask(
        { operation: createAccount(accounts, account), input: account },
        system('register an account'),
      )
      const row = await actorById.run(within.connection, { id: isMembers(made) ? (made.id ?? null) : null }, within)
      const actor = actorFrom(parsed(row?.[0]))
      await audit.note(within, 'account.registered', { account: actor.id })
      return enter(services, within, actor, 'register')
    },
    async signIn({ login, password }) {
      const asked = text(login)
      const row = await credentials.run(within.reader(), { login: loginForm(accounts, asked) }, within)
      const found = parsed(row?.[0])
      const hash = isMembers(found) && typeof found.hash === 'string' ? found.hash : undefined
      const right = await hasher.verify(hash ?? noHash, text(password))
      if (hash === undefined || !right || !isMembers(found)) throw new Problem('wrong-credentials')
      return enter(services, within, actorFrom(found.actor ?? null), 'password')
    },
    async signOut() {
      const came = cameWith(within)
      if (!came) throw new Problem('unauthenticated', { message: 'This call came with no session' })
      await sessions.end(within.connection, came.id, came.account)
      await audit.note(within, 'session.ended', { account: came.account })
      watch.wrote(identity.model, true)
    },
    token: cameWith(within)?.token ?? null,
  })
  return (within) => handing(auth(within), { within, services })
}

function cameWith({ actor }: Within): (Credential & { readonly account: string | number }) | undefined {
  if (actor === null || isSystem(actor)) return undefined
  const credential = credentialOf(actor)
  return credential && { ...credential, account: actor.id }
}

const parsed = (body: string | null | undefined): Json => (body == null ? null : JSON.parse(body))

/** A name or a password is text and nothing else, whatever a handler was sent (class 71). */
function text(value: unknown): string {
  const plain = plainJson(value)
  if (typeof plain === 'string') return plain
  throw new Problem('invalid-input', { message: 'What one signs in with is text' })
}

/** A new row of the account's model from these values: each must be a field, and the password long enough. */
function createAccount({ identity, model }: Accounts, values: NewAccount): CompiledOperation {
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
