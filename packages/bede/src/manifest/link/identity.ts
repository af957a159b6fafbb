import { failureOf } from '../../declare/failed.ts'
import { IdentityDeclaration } from '../../declare/identity.ts'
import type { Expr } from '../../expr/expr.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import type {
  ActorDefinition,
  CompiledOperation,
  IdentityDefinition,
  InputField,
  InvokeOperation,
  Operation,
  Shape,
} from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import type { Collected } from './collect.ts'
import { inputOf } from './input.ts'

/** The operations that identity brings. Their handlers are the identity floor's own, found by these names. */
export const identityOperations = {
  register: 'auth.register',
  signIn: 'auth.signIn',
  signOut: 'auth.signOut',
  me: 'auth.me',
} as const

/** One way to sign in, of the model that the actor's id names. */
export const linkIdentity = (
  collected: Collected,
  actor: ActorDefinition,
  models: Readonly<Record<string, ModelDefinition>>,
  mistakes: Mistakes,
  open: (declared: IdentityDeclaration, definition: IdentityDefinition) => void,
): IdentityDefinition | undefined => {
  let identity: IdentityDefinition | undefined
  for (const { name, declaration } of collected.all) {
    if (!(declaration instanceof IdentityDeclaration) || failureOf(declaration) !== undefined) continue
    if (identity !== undefined)
      mistakes.add(
        name,
        'duplicate-name',
        'There is a second identity',
        'Accounts are the rows of one model: put both into one.',
      )
    if (actor.model !== declaration.model) {
      mistakes.add(
        name,
        'invalid-declaration',
        `Accounts are rows of ${declaration.model}, but the actor's id is not`,
        `Declare the actor with id: ref('${declaration.model}').`,
      )
    }
    for (const field of Object.keys(actor.fields)) {
      if (field !== 'id' && !Object.hasOwn(models[declaration.model]?.fields ?? {}, field)) {
        mistakes.add(
          name,
          'unknown-model-field',
          `The actor has ${field}, and ${declaration.model} has no field of that name`,
          `Add ${field} to ${declaration.model}, or take it from the actor.`,
        )
      }
    }
    identity = definition(declaration)
    open(declaration, identity)
  }
  return identity
}

const definition = ({
  model,
  login,
  password,
  passwordMin,
  register,
  sessions,
}: IdentityDeclaration): IdentityDefinition => ({
  model,
  login,
  password,
  passwordMin,
  register,
  sessions,
})

/** `account`: what one sees of one's own account; absent, its id and what it signs in with. */
export const identityRoutes = (
  identity: IdentityDefinition,
  model: ModelDefinition,
  actor: ActorDefinition,
  account: Shape | undefined,
): Readonly<Record<string, Operation>> => {
  const posted = (input: InvokeOperation['input'], path: string, status: number, summary: string): InvokeOperation => ({
    kind: 'invoke',
    auth: 'optional',
    input,
    sensitive: true,
    output: {
      type: { kind: 'object' },
      fields: { token: { type: { kind: 'text' } }, expiresAt: { type: { kind: 'timestamp' } } },
    },
    summary,
    http: { method: 'POST', path, status, params: {}, query: {}, body: [] },
  })
  const { [identity.login]: login, [identity.password]: password, ...others } = accountInputs(identity, model)
  if (!login || !password) return {}
  const me: CompiledOperation = {
    kind: 'read',
    auth: 'required',
    input: {},
    answers: {
      kind: 'one',
      from: { model: identity.model, as: 'row', where: mine(model, actor) },
      item: account ?? ownAccount(identity, model),
    },
    summary: 'The account that is signed in',
    http: { method: 'GET', path: '/auth/me', params: {}, query: {} },
  }
  return {
    [identityOperations.register]: posted(
      { [identity.login]: login, [identity.password]: password, ...others },
      '/auth/register',
      201,
      'Make an account and sign in',
    ),
    [identityOperations.signIn]: posted(
      { [identity.login]: login, [identity.password]: { type: { kind: 'secret' } } },
      '/auth/sign-in',
      200,
      'Sign in',
    ),
    [identityOperations.signOut]: {
      kind: 'invoke',
      auth: 'required',
      input: {},
      summary: 'End this session',
      http: { method: 'POST', path: '/auth/sign-out', status: 204, params: {}, query: {} },
    },
    [identityOperations.me]: me,
  }
}

/** What a new account is made of, and nothing else. */
export function accountInputs(
  identity: IdentityDefinition,
  model: ModelDefinition,
): Readonly<Record<string, InputField>> {
  const names = [identity.login, identity.password, ...identity.register]
  const fields = names.flatMap((name): [string, InputField][] => {
    const field = Object.hasOwn(model.fields, name) ? model.fields[name] : undefined
    return field
      ? [[name, name === identity.password ? { ...inputOf(field), min: identity.passwordMin } : inputOf(field)]]
      : []
  })
  return Object.fromEntries(fields)
}

const mine = (model: ModelDefinition, actor: ActorDefinition): Expr => ({
  kind: 'call',
  fn: 'eq',
  args: [
    { kind: 'field', row: 'row', field: model.id },
    { kind: 'actor', field: 'id', type: actor.fields.id?.type ?? { kind: 'ref' } },
  ],
})

const ownAccount = (identity: IdentityDefinition, model: ModelDefinition): Shape => ({
  kind: 'object',
  members: Object.fromEntries(
    [model.id, identity.login].map((name): [string, Shape] => [
      name,
      {
        kind: 'value',
        expr: { kind: 'field', row: 'row', field: name },
        type: model.fields[name]?.type ?? { kind: 'text' },
        nullable: true,
      },
    ]),
  ),
})
