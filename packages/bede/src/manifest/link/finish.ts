import type { Json } from '../../expr/value.ts'
import { freeze } from '../freeze.ts'
import type { ActorDefinition, Manifest } from '../manifest.ts'

/** Plain, frozen JSON: nothing of the declarations is shared with it. Fields of the actor get the type the app gives them. */
export const finish = (manifest: Manifest): Manifest => {
  const copy: Manifest = JSON.parse(JSON.stringify(manifest, whole))
  settle(copy as unknown as Json, copy.actor)
  return freeze(copy)
}

/** A JavaScript bigint as a `bigint` field's value stands in JSON. */
const whole = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

const settle = (value: Json, actor: ActorDefinition): void => {
  if (typeof value !== 'object' || value === null) return
  if (isActorField(value)) {
    const type = Object.hasOwn(actor.fields, value.field) ? actor.fields[value.field]?.type : undefined
    if (type !== undefined) value.type = type
  }
  for (const member of Object.values(value)) settle(member, actor)
}

// An expression; a default from the actor has no type of its own.
const isActorField = (value: object): value is { kind: 'actor'; field: string; type: unknown } =>
  'kind' in value && value.kind === 'actor' && 'type' in value && 'field' in value && typeof value.field === 'string'
