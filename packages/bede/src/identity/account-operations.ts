import { marked } from '../declare/choose.ts'
import type { SignInOptions } from '../declare/handler.ts'
import { answer } from '../declare/reply.ts'
import { call, field, value } from '../engine/internal-statement.ts'
import type { Json } from '../expr/value.ts'
import type { Accounts, Brought } from '../manifest/link/identity.ts'
import { inputOf } from '../manifest/link/input.ts'
import type { InputField, Shape } from '../manifest/manifest.ts'
import { secret } from '../model/fields.ts'
import { operation, reading } from './operation.ts'
import { sessionAnswer, sessionInput, sessionOutput } from './session-answer.ts'

/** Making an account, coming in, going out and looking at oneself. */
export function accountOperations(accounts: Accounts, account?: Shape): Readonly<Record<string, Brought>> {
  const { identity, model, actor } = accounts
  const inputs = accountInputs(accounts)
  const { [identity.login]: login, [identity.password]: password } = inputs
  if (!login || !password) return {}
  const confirmed = identity.email?.verify === 'required'
  const mine = call('eq', field(model.id), {
    kind: 'actor',
    field: 'id',
    type: actor.fields.id?.type ?? { kind: 'ref' },
  })
  return {
    'auth.register': confirmed
      ? enrolling(inputs)
      : operation('POST /auth/register', {
          summary: 'Make an account and sign in',
          auth: 'optional',
          input: sessionInput(identity),
          fields: inputs,
          output: sessionOutput(identity),
          status: 201,
          sensitive: true,
          ...(identity.email?.verify && { mails: ['verify-email'] }),
          run: async ({ input, auth }) => {
            const { session, ...account } = input as Readonly<Record<string, Json>>
            return sessionAnswer(await auth.register(account, asked(session)))
          },
        }),
    'auth.signIn': operation('POST /auth/sign-in', {
      summary: 'Sign in',
      auth: 'optional',
      input: { [identity.password]: secret(), ...sessionInput(identity) },
      fields: { [identity.login]: login },
      output: sessionOutput(identity),
      sensitive: true,
      run: async ({ input, auth }) => {
        const { session, ...said } = input as Readonly<Record<string, unknown>>
        const { [identity.login]: name, [identity.password]: password } = said
        return sessionAnswer(await auth.signIn({ login: String(name), password: String(password) }, asked(session)))
      },
    }),
    'auth.signOut': operation('POST /auth/sign-out', {
      summary: 'End this session',
      personal: false,
      run: async ({ auth }) => answer(await auth.signOut()),
    }),
    'auth.me': reading('GET /auth/me', {
      summary: 'The account that is signed in',
      scope: 'auth.account:read',
      answers: {
        kind: 'one',
        from: { model: identity.model, as: 'row', where: mine },
        item: account ?? ownAccount(accounts),
      },
    }),
  }
}

const asked = (session: unknown): SignInOptions => (session === 'cookie' ? { session } : {})

/** Nobody comes in before the address is confirmed, so nothing tells the caller whether it was an account's already. */
const enrolling = (inputs: Readonly<Record<string, InputField>>): Brought =>
  operation('POST /auth/register', {
    summary:
      'Make an account, which is signed in to once its address is confirmed; the answer is the same for an address that has one',
    auth: 'optional',
    fields: inputs,
    status: 202,
    sensitive: true,
    mails: ['verify-email', 'already-registered'],
    run: async ({ input, auth }) => {
      await auth.enroll(input as Readonly<Record<string, Json>>)
      return answer({ status: 202 })
    },
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
      value(marked(field(name)), model.fields[name]?.type ?? { kind: 'text' }, true),
    ]),
  ),
})
