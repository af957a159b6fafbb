import type { FieldDefinition, TenantDefinition } from '../../model/definition.ts'
import type { AnyModel } from '../../model/model.ts'
import type { ActorDefinition } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'

type Fields = readonly (readonly [string, FieldDefinition])[]

/** Whose the rows of a model are, checked; undefined: they belong to nobody in particular, or a mistake was noted. */
export const linkTenant = (
  name: string,
  { declaration }: AnyModel,
  fields: Fields,
  actor: ActorDefinition,
  mistakes: Mistakes,
): TenantDefinition | undefined => {
  const { tenant } = declaration
  if (tenant === undefined) return undefined
  const place = `${name}.tenant`
  const field = fields.find(([each]) => each === tenant)?.[1]
  if (field === undefined) {
    const known = fields.map(([each]) => each)
    mistakes.unknown(place, 'unknown-model-field', `field of ${name}`, tenant, known)
    return undefined
  }
  const of = field.type.kind === 'ref' ? field.type.model : undefined
  if (of === undefined) {
    const hint = `Name the field that says whose a row is, such as organizationId: ref('organization').`
    mistakes.add(place, 'invalid-declaration', `${name}.${tenant} names no row`, hint)
    return undefined
  }
  if (field.default !== undefined && !(field.default.kind === 'actor' && isOf(of, actor, field.default.field))) {
    const message = `${name}.${tenant} is taken from the actor, and has another default`
    mistakes.add(place, 'invalid-declaration', message, 'Take the default away.')
    return undefined
  }
  const known = actorField(tenant, of, actor)
  if (typeof known === 'string') return { field: tenant, actor: known }
  mistakes.add(
    place,
    'invalid-declaration',
    known.length === 0
      ? `The actor has no field that names a ${of}`
      : `${known.join(' and ')} of the actor both name a ${of}`,
    known.length === 0
      ? `Add ${tenant}: ref('${of}', { optional: true }) to the actor.`
      : `Call the one that says where the actor is now ${tenant}.`,
  )
  return undefined
}

const isOf = (model: string, { fields }: ActorDefinition, field: string): boolean =>
  Object.hasOwn(fields, field) && fields[field]?.type.kind === 'ref' && fields[field].type.model === model

/** The actor's field of the same name, or the only one that names a row of the same model; else those there are. */
const actorField = (name: string, model: string, actor: ActorDefinition): string | readonly string[] => {
  if (isOf(model, actor, name)) return name
  const found = Object.keys(actor.fields).filter((field) => field !== 'id' && isOf(model, actor, field))
  const [only, ...more] = found
  return only !== undefined && more.length === 0 ? only : found
}

/** The tenant's field as it is kept: from the actor at create, and never another. */
export const stamped = (field: FieldDefinition, { actor }: TenantDefinition): FieldDefinition => ({
  ...field,
  default: { kind: 'actor', field: actor },
  immutable: true,
})
