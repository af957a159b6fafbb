import type { Auth, NewAccount, SignedIn } from '../declare/handler.ts'
import type { Base } from '../engine/boot.ts'
import { type Actor, isSystem, system } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { plainJson } from '../engine/input/plain.ts'
import { internalCall } from '../engine/internal-call.ts'
import type { Within } from '../engine/runtime.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json } from '../expr/value.ts'
import { inputOf } from '../manifest/link/input.ts'
import type { CompiledOperation, InputField } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'
import { type Accounts, actorFrom, actorShape, loginForm } from './account.ts'
import { type Presented, presentedBy } from './session-authenticator.ts'
import type { Sessions } from './sessions.ts'

/**
 * What a password is compared with when there is no such account, so that both refusals cost the same: argon2id with the
 * parameters of the hasher, of a secret nobody has.
 */
const noHash = '$argon2id$v=19$m=19456,t=2,p=1$QmVkZSBoYXMgbm8gc3VjaA$0zTqqYcR5bV4r0bJvQvXW4pUwm5s3S2cN5mUoC3o8gA'

/** Expired sessions are taken away at most this often, in milliseconds, after somebody has signed in. */
const purgeEvery = 60 * 60 * 1000

/** Makes the `auth` of handlers (see {@link Auth}), bound to one handler's transaction. */
export function signing(base: Base, accounts: Accounts, sessions: Sessions): (within: Within) => Auth<Actor> {
  const { identity, model } = accounts
  const { planner, hasher, clock, watch } = base
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

  let purged = 0
  const enter = async (within: Within, actor: Actor): Promise<SignedIn<Actor>> => {
    const now = clock()
    const opened = await sessions.open(within.connection, actor.id, now)
    if (now.valueOf() - purged > purgeEvery) {
      purged = now.valueOf()
      base.background('delete expired sessions', () => sessions.purge(base.connection, now))
    }
    return { ...opened, actor, db: within.db(actor) }
  }

  return (within) => ({
    async register(account) {
      const made = await within.ask(
        { operation: createAccount(accounts, account), input: account },
        system('register an account'),
      )
      const row = await actorById.run(within.connection, { id: isMembers(made) ? (made.id ?? null) : null }, within)
      return enter(within, actorFrom(parsed(row?.[0])))
    },
    async signIn({ login, password }) {
      const asked = text(login)
      const row = await credentials.run(within.reader(), { login: loginForm(accounts, asked) }, within)
      const found = parsed(row?.[0])
      const hash = isMembers(found) && typeof found.hash === 'string' ? found.hash : undefined
      const right = await hasher.verify(hash ?? noHash, text(password))
      if (hash === undefined || !right || !isMembers(found)) throw new Problem('wrong-credentials')
      return enter(within, actorFrom(found.actor ?? null))
    },
    async signOut() {
      const came = cameWith(within)
      if (!came) throw new Problem('unauthenticated', { message: 'This call came with no session' })
      await sessions.end(within.connection, came.session, came.account)
      watch.wrote(identity.model, true)
    },
    token: cameWith(within)?.token ?? null,
  })
}

function cameWith({ actor }: Within): (Presented & { readonly account: string | number }) | undefined {
  const presented = actor === null || isSystem(actor) ? undefined : presentedBy(actor)
  return presented && actor !== null && !isSystem(actor) ? { ...presented, account: actor.id } : undefined
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
