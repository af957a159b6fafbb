import { isDeepStrictEqual } from 'node:util'
import { failureOf } from '../../declare/failed.ts'
import type { Handler } from '../../declare/handler.ts'
import type { RecordedApiKeys } from '../../declare/identity/api-keys.ts'
import type { RecordedEmail } from '../../declare/identity/email.ts'
import { IdentityDeclaration } from '../../declare/identity.ts'
import type { MailTemplate } from '../../declare/mail.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import type {
  ActorDefinition,
  ApiKeysDefinition,
  EmailDefinition,
  IdentityDefinition,
  Operation,
  OrganizationsDefinition,
} from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import type { Collected } from './collect.ts'

/** The declared identity and the model of its accounts. */
export interface Accounts {
  readonly identity: IdentityDefinition
  readonly model: ModelDefinition
  readonly actor: ActorDefinition
  /** Absent: accounts belong to none. */
  readonly organizations?: Organizations
}

/** The declared organizations and the model of their rows. */
export interface Organizations {
  readonly definition: OrganizationsDefinition
  readonly model: ModelDefinition
}

/** Undefined: the manifest has no such model. */
export function accountsIn(
  models: Readonly<Record<string, ModelDefinition>>,
  actor: ActorDefinition,
  identity: IdentityDefinition,
): Accounts | undefined {
  const model = Object.hasOwn(models, identity.model) ? models[identity.model] : undefined
  const { organizations: definition } = identity
  const own = definition && Object.hasOwn(models, definition.model) ? models[definition.model] : undefined
  return model && { identity, model, actor, ...(definition && own && { organizations: { definition, model: own } }) }
}

/** An operation that is Bede's own; with its handler, where it has one. */
export interface Brought {
  readonly operation: Operation
  readonly handler?: Handler
  /** The mails it sends. */
  readonly mails?: readonly MailTemplate[]
  /** Dangerous in wrong hands: asks again who somebody is, where the identity has step-up. */
  readonly guarded?: true
}

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
      const given = declaration.organizations !== undefined && Object.hasOwn(organizationFields, field)
      if (field !== 'id' && !given && !Object.hasOwn(models[declaration.model]?.fields ?? {}, field)) {
        mistakes.add(
          name,
          'unknown-model-field',
          `The actor has ${field}, and ${declaration.model} has no field of that name`,
          `Add ${field} to ${declaration.model}, or take it from the actor.`,
        )
      }
    }
    if (declaration.organizations) checkActor(name, declaration.organizations, actor, mistakes)
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
  sessions: { absolute, idle, signed, cookie },
  organizations,
  secondFactor: { totp, passkeys, stepUp },
  administration,
  apiKeys,
  permissions,
  email,
}: IdentityDeclaration): IdentityDefinition => ({
  model,
  login,
  password,
  passwordMin,
  register,
  sessions: { absolute, idle, ...(signed && { signed }), ...(cookie && { cookie }) },
  ...(organizations && { organizations }),
  ...(totp && { totp }),
  ...(passkeys && { passkeys }),
  ...(stepUp && { stepUp: { within: stepUp.within } }),
  ...(administration && {
    administration: {
      allow: administration.allow,
      ...(administration.impersonation !== undefined && { impersonation: administration.impersonation }),
    },
  }),
  ...(!permissions && { permissions }),
  ...(apiKeys && { apiKeys: definitionOf(apiKeys) }),
  ...(email && { email: emailDefinition(email) }),
})

const definitionOf = ({ prefix, services, ...rest }: RecordedApiKeys): ApiKeysDefinition => ({
  ...rest,
  ...(prefix !== undefined && { prefix }),
  ...(services && { services }),
})

const emailDefinition = ({ field, pages, ...features }: RecordedEmail): EmailDefinition => ({
  field,
  ...Object.fromEntries(Object.entries(features).filter(([, value]) => value !== undefined)),
  pages,
})

/** What an actor is told of its organization; not from its own row but from its membership. */
export const organizationFields = {
  organizationId: (model: string) => `organizationId: ref('${model}', { optional: true })`,
  organizationRole: (_: string, roles: readonly string[]) =>
    `organizationRole: choice([${roles.map((role) => `'${role}'`).join(', ')}], { optional: true })`,
} as const

/** The actor says of which organization it is, and as what: or policies could not speak of it. */
function checkActor(
  place: string,
  { model, roles }: NonNullable<IdentityDefinition['organizations']>,
  { fields }: ActorDefinition,
  mistakes: Mistakes,
): void {
  const { organizationId, organizationRole } = fields
  const right = {
    organizationId: organizationId?.type.kind === 'ref' && organizationId.type.model === model,
    organizationRole:
      organizationRole?.type.kind === 'choice' &&
      isDeepStrictEqual([...(organizationRole.type.choices ?? [])].sort(), [...roles].sort()),
  }
  for (const [name, write] of Object.entries(organizationFields)) {
    if (right[name as keyof typeof right] && fields[name]?.optional) continue
    mistakes.add(
      place,
      'invalid-declaration',
      `With organizations the actor has a field ${name} that is empty where there is none`,
      `Write ${write(model, roles)} into the actor.`,
    )
  }
}
