import type { FieldName } from '../model/field-name.ts'
import type { Models, Schema } from '../model/schema.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { recordedOr } from './failed.ts'
import {
  type AdministrationOptions,
  type RecordedAdministration,
  recordAdministration,
} from './identity/administration.ts'
import { type ApiKeysOptions, type RecordedApiKeys, recordApiKeys } from './identity/api-keys.ts'
import {
  type EmailOptions,
  type LooseEmail,
  type RecordedEmail,
  type ResetOptions,
  recordEmail,
} from './identity/email.ts'
import { type OrganizationsOptions, type RecordedOrganizations, recordOrganizations } from './identity/organizations.ts'
import {
  type LooseSecondFactor,
  type RecordedSecondFactor,
  recordSecondFactor,
  type SecondFactorOptions,
} from './identity/second-factor.ts'
import { type RecordedSessions, recordSessions, type SessionsOptions } from './identity/sessions.ts'
import type { ActorDeclaration } from './scope.ts'
import { ViewDeclaration } from './shape.ts'
import type { View } from './view.ts'
import { modelNamed } from './write.ts'

declare const identity: unique symbol
/** How people sign in. */
export interface Identity {
  readonly [identity]: true
}

/** How the accounts of a model sign in. The defaults suit a model with one unique e-mail address and one secret. */
export interface IdentityOptions<
  S extends Schema<S>,
  M extends keyof S,
  T,
  O extends keyof S = 'organization' & keyof S,
  A = object,
> extends EmailOptions<S, M>,
    SecondFactorOptions {
  /** The unique field people sign in with; the model's only unique `email` field when absent. */
  readonly login?: FieldName<S, M>
  /**
   * Where the password's hash is kept: the model's only `secret` when absent. `min`: characters, 10 when absent. `reset`:
   * one that was forgotten is replaced by a link sent to the account's address; the link lasts an hour when nothing else is said.
   */
  readonly password?: { readonly field?: FieldName<S, M>; readonly min?: number; readonly reset?: ResetOptions }
  /** What else a new account may say of itself. Nothing that is not listed is taken (class 22). */
  readonly register?: readonly FieldName<S, M>[]
  /** How long sessions last, and by what their holders show them. */
  readonly sessions?: SessionsOptions
  /** What one sees of one's own account; its id and what one signs in with when absent. */
  readonly view?: View<S, M, T>
  /** Accounts belong to organizations: brings the routes under /auth/organizations, and the actor's organization. */
  readonly organizations?: OrganizationsOptions<S, O>
  /** Who looks after other people's accounts: brings the routes under /auth/admin. */
  readonly administration?: AdministrationOptions<A>
  /** Accounts make keys for programs that call on their behalf: brings the routes under /auth/keys. */
  readonly apiKeys?: ApiKeysOptions<A>
  /** `false`: no routes under /auth, because the app has its own, which use a handler's `auth`. */
  readonly routes?: false
  /** `false`: no GET /me/permissions. */
  readonly permissions?: false
}

/** How an app's accounts sign in, as recorded. */
export class IdentityDeclaration {
  readonly model: string
  readonly login: string
  readonly password: string
  readonly passwordMin: number
  readonly register: readonly string[]
  readonly sessions: RecordedSessions
  readonly email: RecordedEmail | undefined
  readonly view: ViewDeclaration | undefined
  readonly organizations: RecordedOrganizations | undefined
  readonly administration: RecordedAdministration | undefined
  readonly apiKeys: RecordedApiKeys | undefined
  readonly routes: boolean
  readonly permissions: boolean
  readonly secondFactor: RecordedSecondFactor
  constructor(parts: IdentityDeclaration) {
    this.model = parts.model
    this.login = parts.login
    this.password = parts.password
    this.passwordMin = parts.passwordMin
    this.register = parts.register
    this.sessions = parts.sessions
    this.email = parts.email
    this.view = parts.view
    this.organizations = parts.organizations
    this.administration = parts.administration
    this.apiKeys = parts.apiKeys
    this.routes = parts.routes
    this.permissions = parts.permissions
    this.secondFactor = parts.secondFactor
  }
}

interface Loose extends LooseEmail, LooseSecondFactor {
  readonly login?: string
  readonly password?: {
    readonly field?: string
    readonly min?: number
    readonly reset?: true | { readonly lasts?: string }
  }
  readonly register?: readonly string[]
  readonly sessions?: Parameters<typeof recordSessions>[0]
  readonly view?: unknown
  readonly organizations?: Parameters<typeof recordOrganizations>[1]
  readonly administration?: Parameters<typeof recordAdministration>[1]
  readonly apiKeys?: Parameters<typeof recordApiKeys>[1]
  readonly routes?: false
  readonly permissions?: false
}

const defaultMin = 10
/** Shorter than anything that could be called a password. */
const leastMin = 6

export const recordIdentity = (
  models: Models,
  actor: ActorDeclaration,
  model: string,
  options: Loose = {},
): IdentityDeclaration =>
  recordedOr(
    `${model} identity`,
    undefined,
    () => recordedIdentity(models, actor, model, options),
    () =>
      new IdentityDeclaration({
        model,
        login: '',
        password: '',
        passwordMin: defaultMin,
        register: [],
        sessions: { absolute: 0, idle: 0, signed: undefined, cookie: undefined },
        email: undefined,
        view: undefined,
        organizations: undefined,
        administration: undefined,
        apiKeys: undefined,
        routes: false,
        permissions: false,
        secondFactor: {},
      }),
  )

const recordedIdentity = (
  models: Models,
  actor: ActorDeclaration,
  model: string,
  options: Loose,
): IdentityDeclaration => {
  const place = `${model} identity`
  const { login, password = {}, register = [], sessions = {}, view, routes, ...more } = options
  const { organizations, administration, apiKeys, permissions } = options
  const min = password.min ?? defaultMin
  if (!Number.isInteger(min) || min < leastMin) {
    throw refused(
      `${place}: a password of at least ${min} characters`,
      `Say a whole number of at least ${leastMin}; 10 is a good one.`,
    )
  }
  const signsIn = login ?? only(models, model, 'email', place)
  const declaration = new IdentityDeclaration({
    model,
    login: signsIn,
    password: password.field ?? only(models, model, 'secret', place),
    passwordMin: min,
    register,
    sessions: recordSessions(sessions, place),
    email: recordEmail(
      models,
      { model, login: signsIn, routes: routes !== false },
      { ...more, reset: password.reset },
      place,
    ),
    view: view instanceof ViewDeclaration ? view : undefined,
    organizations: organizations && recordOrganizations(models, organizations, place),
    administration: administration && recordAdministration(actor, administration, place),
    apiKeys: apiKeys && recordApiKeys(actor, apiKeys, place),
    routes: routes !== false,
    permissions: permissions !== false,
    secondFactor: recordSecondFactor(options, routes !== false, place),
  })
  if (apiKeys && routes === false)
    throw refused(`${place} apiKeys: without routes nobody could make a key`, 'Take routes: false away, or apiKeys.')
  check(models, declaration, place)
  return declaration
}

function check(models: Models, declaration: IdentityDeclaration, place: string): void {
  const { model, login, password, register } = declaration
  const signsIn = fieldOf(models, model, login, `${place} login`)
  if (!signsIn.unique || signsIn.optional || !['email', 'text', 'slug'].includes(signsIn.type.kind)) {
    throw refused(
      `${place}: ${model}.${login} does not tell accounts apart`,
      `Make it email({ unique: true }) or text({ unique: true }), and not optional.`,
    )
  }
  const taken = declaration.sessions.cookie
    ? [login, password, ...register].find((name) => name === 'session')
    : undefined
  if (taken !== undefined) {
    throw refused(
      `${place}: '${taken}' of a sign-in says whether it is for a cookie, and ${model}.${taken} would be another`,
      'Give the field another name, with was: so that nothing is lost.',
    )
  }
  if (fieldOf(models, model, password, `${place} password`).type.kind !== 'secret') {
    throw refused(
      `${place}: ${model}.${password} would keep passwords as they are`,
      `Make it secret({ private: true }).`,
    )
  }
  for (const field of register) fieldOf(models, model, field, `${place} register`)
  const missing = Object.entries(modelNamed(models, model).fields).flatMap(([name, member]) => {
    const needed =
      member.face === 'field' && member.type.kind !== 'id' && !member.optional && member.default === undefined
    return needed && name !== login && name !== password && !register.includes(name) ? [name] : []
  })
  if (missing.length > 0) {
    throw refused(
      `${place}: nobody could register without ${missing.join(' and ')}`,
      `Add ${missing.map((name) => `'${name}'`).join(', ')} to register, or give it a default.`,
    )
  }
}

function fieldOf(models: Models, model: string, name: string, place: string) {
  const { fields } = modelNamed(models, model)
  const member = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (member?.face === 'field') return member
  const meant = nearest(name, Object.keys(fields))
  throw new Problem('unknown-model-field', {
    message: `${place}: ${model} has no field '${name}'`,
    ...(meant === undefined ? {} : { hint: `Perhaps you meant '${meant}'.` }),
  })
}

function only(models: Models, model: string, kind: 'email' | 'secret', place: string): string {
  const names = Object.entries(modelNamed(models, model).fields).flatMap(([name, member]) =>
    member.face === 'field' && member.type.kind === kind ? [name] : [],
  )
  const [name, ...others] = names
  if (name !== undefined && others.length === 0) return name
  const say = kind === 'email' ? "login: '…'" : "password: { field: '…' }"
  throw refused(
    `${place}: ${model} has ${names.length} fields of kind ${kind}, so which one is not clear`,
    `Say ${say}, or add ${kind}(${kind === 'email' ? '{ unique: true }' : '{ private: true }'}).`,
  )
}

const refused = (message: string, hint: string): Problem => new Problem('invalid-declaration', { message, hint })
