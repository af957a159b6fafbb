import type { Json } from '../../../expr/value.ts'
import type { Manifest } from '../../../manifest/manifest.ts'

/** Somebody the world needs, before there is an account. */
export interface Cast {
  readonly name: string
  /** Values of the account's own fields. */
  readonly set: Readonly<Record<string, Json>>
  /** Whose tenant it is in: those of the same name share one. */
  readonly tenant: 'ada' | 'eve'
  /** As what it belongs to its organization. */
  readonly organizationRole?: string
  readonly privileged: boolean
}

/** Two who are alike, one of another tenant, and one for each thing by which rules tell people apart. */
export function castOf(manifest: Manifest): readonly Cast[] {
  const { identity, actor, models } = manifest
  if (!identity) return []
  const account = models[identity.model]
  const apart = Object.values(models).some(({ tenant }) => tenant) || identity.organizations !== undefined
  const least = identity.organizations?.roles.at(-1)
  const plain = (name: string, tenant: Cast['tenant']): Cast => ({
    name,
    set: {},
    tenant,
    privileged: false,
    ...(least !== undefined && { organizationRole: least }),
  })
  const varied = Object.entries(account?.fields ?? {}).flatMap(([field]): Cast[] => {
    const known = Object.hasOwn(actor.fields, field)
    if (!known && !isAsked(manifest, field)) return []
    return otherValues(manifest, identity.model, field).map((value) => ({
      ...plain(`${field} ${value}`, 'ada'),
      set: { [field]: value },
      privileged: known,
    }))
  })
  const members = (identity.organizations?.roles ?? [])
    .filter((role) => role !== least)
    .map((role): Cast => ({ ...plain(`member ${role}`, 'ada'), organizationRole: role, privileged: true }))
  return [plain('ada', 'ada'), plain('bob', 'ada'), ...(apart ? [plain('eve', 'eve')] : []), ...varied, ...members]
}

/** Values of a field beside the one that a row has when nothing is said: of a choice and of a boolean. */
export function otherValues({ models }: Manifest, model: string, name: string): readonly Json[] {
  const field = models[model]?.fields[name]
  if (!field || field.managed || field.generated || field.computed !== undefined) return []
  const usual = usualValue(models, model, name)
  const all: readonly Json[] =
    field.type.kind === 'boolean' ? [false, true] : field.type.kind === 'choice' ? (field.type.choices ?? []) : []
  return all.filter((value) => value !== usual)
}

/** What a choice or a boolean is where nothing else is asked for. */
export function usualValue(models: Manifest['models'], model: string, name: string): Json {
  const field = models[model]?.fields[name]
  if (field?.default?.kind === 'value') return field.default.value
  if (field?.type.kind === 'boolean') return false
  return field?.type.choices?.[0] ?? null
}

/** Whether some rule asks for a field of this name. */
export function isAsked({ policies }: Manifest, field: string): boolean {
  const visit = (part: unknown): boolean => {
    if (Array.isArray(part)) return part.some(visit)
    if (typeof part !== 'object' || part === null) return false
    if ('kind' in part && part.kind === 'field' && 'field' in part && part.field === field) return true
    return Object.values(part).some(visit)
  }
  return Object.values(policies).some(({ fields: _, ...rules }) => visit(rules))
}
