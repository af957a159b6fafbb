import type { FieldName } from '../../model/field-name.ts'
import type { Models, Schema } from '../../model/schema.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { readSpan, type Span } from '../../toolkit/span.ts'

/** Accounts belong to organizations, which are rows of a model of the app's. */
export interface OrganizationsOptions<S extends Schema<S>, O extends keyof S> {
  /** `organization` when absent. */
  readonly model?: O
  /** From the strongest to the weakest, two or more: the first owns the organization, the last manages nobody. */
  readonly roles: readonly [string, string, ...string[]]
  /** What a new organization may say of itself; `['name']` when absent. */
  readonly create?: readonly FieldName<S, O>[]
  /** `lasts`: how long an invitation can be accepted, 7 days when absent. */
  readonly invitations?: { readonly lasts?: Span }
}

/** As recorded. */
export interface RecordedOrganizations {
  readonly model: string
  readonly roles: readonly string[]
  readonly create: readonly string[]
  /** Seconds. */
  readonly invitations: number
}

interface Loose {
  readonly model?: string
  readonly roles?: readonly string[]
  readonly create?: readonly string[]
  readonly invitations?: { readonly lasts?: string }
}

export function recordOrganizations(models: Models, options: Loose, place: string): RecordedOrganizations {
  const { model = 'organization', roles = [], create = ['name'], invitations = {} } = options
  const declared = Object.hasOwn(models, model) ? models[model] : undefined
  if (declared === undefined) {
    const meant = nearest(model, Object.keys(models))
    throw refused(
      `${place} organizations: there is no model '${model}'`,
      meant === undefined
        ? `Declare one: model({ id: id<'${model}'>(), name: text({ min: 1, max: 120 }) }), and put it into defineSchema.`
        : `Perhaps you meant '${meant}'.`,
    )
  }
  if (roles.length < 2 || new Set(roles).size !== roles.length) {
    throw refused(
      `${place} organizations: the roles are ${JSON.stringify(roles)}`,
      "Write two or more different ones, the strongest first: roles: ['owner', 'admin', 'member'].",
    )
  }
  for (const name of create) {
    const field = Object.hasOwn(declared.fields, name) ? declared.fields[name] : undefined
    if (field?.face === 'field') continue
    const meant = nearest(name, Object.keys(declared.fields))
    throw new Problem('unknown-model-field', {
      message: `${place} organizations.create: ${model} has no field '${name}'`,
      ...(meant === undefined ? {} : { hint: `Perhaps you meant '${meant}'.` }),
    })
  }
  const missing = Object.entries(declared.fields).flatMap(([name, member]) =>
    member.face === 'field' &&
    member.type.kind !== 'id' &&
    !member.optional &&
    member.default === undefined &&
    !create.includes(name)
      ? [name]
      : [],
  )
  if (missing.length > 0) {
    throw refused(
      `${place} organizations: none could be made without ${missing.join(' and ')}`,
      `Write create: [${[...create, ...missing].map((name) => `'${name}'`).join(', ')}], or give it a default.`,
    )
  }
  const lasts = invitations.lasts ?? '7d'
  const seconds = readSpan(lasts)
  if (seconds === undefined) {
    throw refused(`${place} organizations.invitations.lasts is '${lasts}'`, "Write a length of time like '7d'.")
  }
  return { model, roles: [...roles], create: [...create], invitations: seconds }
}

const refused = (message: string, hint: string): Problem => new Problem('invalid-declaration', { message, hint })
