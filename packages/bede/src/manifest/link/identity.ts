import { failureOf } from '../../declare/failed.ts'
import type { Handler } from '../../declare/handler.ts'
import { IdentityDeclaration } from '../../declare/identity.ts'
import type { MailTemplate } from '../../declare/mail.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import type { ActorDefinition, IdentityDefinition, Operation } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import type { Collected } from './collect.ts'

/** The declared identity and the model of its accounts. */
export interface Accounts {
  readonly identity: IdentityDefinition
  readonly model: ModelDefinition
  readonly actor: ActorDefinition
}

/** An operation that is Bede's own; with its handler, where it has one. */
export interface Brought {
  readonly operation: Operation
  readonly handler?: Handler
  /** The mails it sends. */
  readonly mails?: readonly MailTemplate[]
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
  sessions: { absolute, idle, signed, cookie },
}: IdentityDeclaration): IdentityDefinition => ({
  model,
  login,
  password,
  passwordMin,
  register,
  sessions: { absolute, idle, ...(signed && { signed }), ...(cookie && { cookie }) },
})
