import type { Json } from '../expr/value.ts'
import type { Accounts, Brought } from '../manifest/link/identity.ts'
import { inputOf } from '../manifest/link/input.ts'
import type { InputField, Shape } from '../manifest/manifest.ts'
import { secret, text, timestamp } from '../model/fields.ts'
import { operation, reading } from './operation.ts'
import { call, field, value } from './statement.ts'

const session = { token: text(), expiresAt: timestamp() }

/** Making an account, coming in, going out and looking at oneself. */
export function accountOperations(accounts: Accounts, account?: Shape): Readonly<Record<string, Brought>> {
  const { identity, model, actor } = accounts
  const inputs = accountInputs(accounts)
  const { [identity.login]: login, [identity.password]: password } = inputs
  if (!login || !password) return {}
  const mine = call('eq', field(model.id), {
    kind: 'actor',
    field: 'id',
    type: actor.fields.id?.type ?? { kind: 'ref' },
  })
  return {
    'auth.register': operation('POST /auth/register', {
      summary: 'Make an account and sign in',
      auth: 'optional',
      fields: inputs,
      output: session,
      status: 201,
      sensitive: true,
      run: async ({ input, auth }) => sessionOf(await auth.register(input as Readonly<Record<string, Json>>)),
    }),
    'auth.signIn': operation('POST /auth/sign-in', {
      summary: 'Sign in',
      auth: 'optional',
      input: { [identity.password]: secret() },
      fields: { [identity.login]: login },
      output: session,
      sensitive: true,
      run: async ({ input, auth }) => {
        const { [identity.login]: name, [identity.password]: password } = input as Readonly<Record<string, unknown>>
        return sessionOf(await auth.signIn({ login: String(name), password: String(password) }))
      },
    }),
    'auth.signOut': operation('POST /auth/sign-out', {
      summary: 'End this session',
      run: ({ auth }) => auth.signOut(),
    }),
    'auth.me': reading('GET /auth/me', {
      summary: 'The account that is signed in',
      answers: {
        kind: 'one',
        from: { model: identity.model, as: 'row', where: mine },
        item: account ?? ownAccount(accounts),
      },
    }),
  }
}

const sessionOf = ({ token, expiresAt }: { readonly token: string; readonly expiresAt: string }) => ({
  token,
  expiresAt,
})

/** What a new account is made of, and nothing else. */
export function accountInputs({ identity, model }: Accounts): Readonly<Record<string, InputField>> {
  const names = [identity.login, identity.password, ...identity.register]
  const fields = names.flatMap((name): [string, InputField][] => {
    const field = Object.hasOwn(model.fields, name) ? model.fields[name] : undefined
    return field
      ? [[name, name === identity.password ? { ...inputOf(field), min: identity.passwordMin } : inputOf(field)]]
      : []
  })
  return Object.fromEntries(fields)
}

const ownAccount = ({ identity, model }: Accounts): Shape => ({
  kind: 'object',
  members: Object.fromEntries(
    [model.id, identity.login].map((name) => [
      name,
      value(field(name), model.fields[name]?.type ?? { kind: 'text' }, true),
    ]),
  ),
})
